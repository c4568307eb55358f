/**
 * A ceiling on what is in flight: a first-come-first-served semaphore over a count, of bytes (the memory ceiling) or of
 * requests.
 *
 * Order matters: work is admitted strictly in the order it asks, so a large claim is never starved by small ones behind
 * it, and since every unit of work fits the ceiling on its own and needs nothing more once admitted, the head of the
 * queue always gets its turn.
 */

import { deferred } from '../base/deferred.ts';
import { GraftError } from '../base/errors.ts';

interface Waiter {
  readonly sizeBytes: number;
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Bytes handed out; `release` gives them back, all at once or in parts. */
export interface Claim {
  /** Gives back `sizeBytes` (all that is left when absent). Never more than was claimed. */
  release(sizeBytes?: number): void;
}

export class Budget {
  readonly limitBytes: number;
  #inFlightBytes = 0;
  #peakBytes = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Highest count of bytes in flight so far. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Waits for `sizeBytes`; rejects with `CannotMerge` when they exceed the ceiling, or with the signal's reason. */
  async claim(sizeBytes: number, signal?: AbortSignal): Promise<Claim> {
    if (sizeBytes > this.limitBytes) {
      throw new GraftError(
        'CannotMerge',
        `One step of this merge needs ${sizeBytes} bytes in memory; the ceiling is ${this.limitBytes}.`,
        { fix: 'Raise the memory ceiling in Settings.' },
      );
    }
    signal?.throwIfAborted();
    if (this.#waiting.length > 0 || this.#inFlightBytes + sizeBytes > this.limitBytes) {
      await this.#wait(sizeBytes, signal);
    } else {
      this.#take(sizeBytes);
    }
    return this.#claimOf(sizeBytes);
  }

  async #wait(sizeBytes: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = deferred<void>();
    const waiter: Waiter = { sizeBytes, admit: resolve, refuse: reject };
    const onAbort = () => {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal?.reason);
      this.#admitWaiting();
    };
    this.#waiting.push(waiter);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #take(sizeBytes: number): void {
    this.#inFlightBytes += sizeBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#inFlightBytes);
  }

  #claimOf(sizeBytes: number): Claim {
    let leftBytes = sizeBytes;
    return {
      release: (wantedBytes = leftBytes) => {
        const givenBytes = Math.min(wantedBytes, leftBytes);
        leftBytes -= givenBytes;
        this.#inFlightBytes -= givenBytes;
        this.#admitWaiting();
      },
    };
  }

  #admitWaiting(): void {
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      if (this.#inFlightBytes + head.sizeBytes > this.limitBytes) return;
      this.#waiting.shift();
      this.#take(head.sizeBytes);
      head.admit();
    }
  }
}
