/**
 * Memory that is used again: a fresh buffer costs a page fault for every 4 KiB of it, which takes as long as copying into
 * it does.
 */

/** Free memory kept at most; nothing claims it, so it comes on top of the ceiling of bytes in flight. */
const FREE_BYTES = 128 * 1024 * 1024;
/** Smaller buffers are not worth keeping. */
const LEAST_BYTES = 64 * 1024;
/** A free buffer serves for as little as this share of its size. */
const LEAST_SHARE = 0.6;

export class BufferPool {
  /** Longest unused first. */
  readonly #free: ArrayBuffer[] = [];
  #freeBytes = 0;

  /** `sizeBytes` bytes of any contents, at the start of a buffer that may be longer. */
  take(sizeBytes: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    let bestBytes = sizeBytes / LEAST_SHARE;
    for (const [at, { byteLength }] of this.#free.entries()) {
      if (byteLength < sizeBytes || byteLength >= bestBytes) continue;
      best = at;
      bestBytes = byteLength;
    }
    const [buffer = new ArrayBuffer(sizeBytes)] = best < 0 ? [] : this.#free.splice(best, 1);
    if (best >= 0) this.#freeBytes -= buffer.byteLength;
    return new Uint8Array(buffer, 0, sizeBytes);
  }

  /** Takes a buffer that nobody uses any more. */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength < LEAST_BYTES) return;
    this.#free.push(buffer);
    this.#freeBytes += buffer.byteLength;
    while (this.#freeBytes > FREE_BYTES) this.#freeBytes -= this.#free.shift()?.byteLength ?? 0;
  }
}
