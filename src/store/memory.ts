/** What outlives a visit, behind two functions, so that tests and private windows can do without IndexedDB. */

import { createStore, get, set } from 'idb-keyval';

export type MemoryKey = 'settings' | 'recipe' | 'locals' | 'layout';

export interface Memory {
  /** What was stored, of any shape (older versions wrote it too); undefined when nothing was. */
  read(key: MemoryKey): Promise<unknown>;
  write(key: MemoryKey, value: unknown): Promise<void>;
}

/** IndexedDB. Where it is refused (private windows, full disks) reads give nothing and writes are dropped. */
export function browserMemory(): Memory {
  const store = createStore('graft', 'remembered');
  return {
    async read(key) {
      try {
        return await get<unknown>(key, store);
      } catch {
        return undefined;
      }
    },
    async write(key, value) {
      try {
        await set(key, value, store);
      } catch (error) {
        console.warn(`Graft could not remember ${key}.`, error);
      }
    },
  };
}

/** Forgets with the page. */
export function passingMemory(initial: Readonly<Partial<Record<MemoryKey, unknown>>> = {}): Memory {
  const values = new Map<MemoryKey, unknown>(Object.entries(initial) as [MemoryKey, unknown][]);
  return {
    read: (key) => Promise.resolve(values.get(key)),
    write(key, value) {
      values.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}
