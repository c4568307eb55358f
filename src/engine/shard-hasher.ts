/**
 * Hashes shards while they are written. SHA-256 takes bytes in order and pieces come nearly so: one that is early is held
 * here; a shard with too much held, or that was begun in an earlier visit, is given up and read again at the end.
 */

import { type Deferred, deferred } from '../base/deferred.ts';

/** What hashes, in a worker: streams of bytes, as in hash-calls.ts. */
export interface HashEnd {
  /** Takes `bytes` over: the caller does not use them again. */
  append(stream: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown>;
  digest(stream: string): Promise<string | null>;
  forget(stream: string): Promise<unknown>;
}

/** Early bytes held, and bytes sent and not hashed yet; each small beside the ceiling of bytes in flight. */
const HELD_BYTES = 32 * 1024 * 1024;
const SENT_BYTES = 32 * 1024 * 1024;

interface ShardState {
  nextByte: number;
  readonly early: Map<number, Uint8Array<ArrayBuffer>>;
}

export class ShardHasher {
  readonly #end: HashEnd;
  readonly #run: string;
  /** Null: given up. */
  readonly #shards: (ShardState | null)[];
  readonly #sizes: readonly number[];
  #heldBytes = 0;
  #sentBytes = 0;
  #drained: Deferred<void> | null = null;
  #failed = false;

  /**
   * @param run whose shards these are: runs share the worker, a paused one with another that goes ahead.
   * @param sizes of the shards, in bytes.
   * @param fresh false when part of the output is from an earlier visit.
   */
  constructor(end: HashEnd, run: string, sizes: readonly number[], fresh: boolean) {
    this.#end = end;
    this.#run = run;
    this.#sizes = sizes;
    this.#shards = sizes.map(() => (fresh ? { nextByte: 0, early: new Map() } : null));
  }

  /**
   * Takes a piece as it is written. The bytes may be changed as soon as this returns, unless `isFresh` gives them away for
   * good. Resolves when there is room for the next, so that a slow hash slows the merge instead of filling memory. Never
   * rejects: hashing can be done again.
   */
  async push(shard: number, at: number, bytes: Uint8Array, isFresh: boolean): Promise<void> {
    const state = this.#shards[shard];
    if (state === null || state === undefined) return;
    if (at !== state.nextByte && this.#heldBytes + bytes.byteLength > HELD_BYTES) {
      this.#giveUp(shard, state);
      return;
    }
    this.#heldBytes += bytes.byteLength;
    state.early.set(at, isFresh && ownsBuffer(bytes) ? bytes : bytes.slice());
    for (
      let next = state.early.get(state.nextByte);
      next !== undefined;
      next = state.early.get(state.nextByte)
    ) {
      state.early.delete(state.nextByte);
      state.nextByte += next.byteLength;
      this.#heldBytes -= next.byteLength;
      this.#send(shard, next);
    }
    if (this.#sentBytes > SENT_BYTES) this.#drained ??= deferred();
    await this.#drained?.promise;
  }

  /** The shard's SHA-256, or null when it has to be read again. */
  async digest(shard: number): Promise<string | null> {
    const state = this.#shards[shard];
    if (this.#failed || state === null || state?.nextByte !== this.#sizes[shard]) return null;
    return this.#end.digest(this.#streamOf(shard)).catch(() => null);
  }

  /** Frees what the worker holds of the run. Nothing may be pushed afterwards. */
  close(): void {
    for (const [shard, state] of this.#shards.entries()) {
      if (state !== null) this.#giveUp(shard, state);
    }
  }

  #streamOf(shard: number): string {
    return `${this.#run}/${shard}`;
  }

  #send(shard: number, bytes: Uint8Array<ArrayBuffer>): void {
    const sizeBytes = bytes.byteLength;
    this.#sentBytes += sizeBytes;
    this.#end
      .append(this.#streamOf(shard), bytes)
      .catch(() => {
        this.#failed = true;
      })
      .finally(() => {
        this.#sentBytes -= sizeBytes;
        if (this.#sentBytes > SENT_BYTES) return;
        this.#drained?.resolve();
        this.#drained = null;
      });
  }

  #giveUp(shard: number, state: ShardState): void {
    for (const bytes of state.early.values()) this.#heldBytes -= bytes.byteLength;
    this.#shards[shard] = null;
    this.#end.forget(this.#streamOf(shard)).catch(() => undefined);
  }
}

function ownsBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}
