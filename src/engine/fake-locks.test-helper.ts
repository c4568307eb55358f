/** Web Locks for tests outside a browser: as much of the interface as storage/web-lock.ts uses. */

import { type Deferred, deferred } from '../base/deferred.ts';

interface Options {
  readonly mode: 'exclusive' | 'shared';
  readonly ifAvailable?: boolean;
}

/** What `navigator.locks` is to all tabs of one origin. */
export class FakeLocks {
  readonly #held = new Map<string, Deferred<void>>();

  async request(
    name: string,
    { mode, ifAvailable = false }: Options,
    callback: (lock: object | null) => unknown,
  ): Promise<unknown> {
    for (let held = this.#held.get(name); held !== undefined; held = this.#held.get(name)) {
      if (ifAvailable) return callback(null);
      await held.promise;
    }
    if (mode === 'shared') return callback({ name });
    const release = deferred<void>();
    this.#held.set(name, release);
    try {
      return await callback({ name });
    } finally {
      this.#held.delete(name);
      release.resolve();
    }
  }

  async query(): Promise<{ held: { name: string }[] }> {
    return { held: [...this.#held.keys()].map((name) => ({ name })) };
  }
}
