/** Walks a byte range in pieces, giving way between them so that a worker stays responsive and can be cancelled. */

import { GraftError } from '../base/errors.ts';
import type { HashOptions } from './types.ts';
import { yieldToLoop } from './yield-to-loop.ts';

/** Ten milliseconds of SHA-256. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Calls `use` with each piece of `[start, end)` in order. The piece's memory is used again for the next.
 * @param read fills all of `target` from offset `at` on, or throws
 */
export async function readChunks(
  range: { readonly start: number; readonly end: number },
  read: (at: number, target: Uint8Array) => Promise<void>,
  use: (piece: Uint8Array) => void,
  { signal, onBytes }: HashOptions = {},
): Promise<void> {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, range.end - range.start));
  for (let at = range.start; at < range.end; at += chunk.byteLength) {
    if (signal?.aborted) throw new GraftError('Cancelled', 'Reading the output was cancelled.');
    const piece = chunk.subarray(0, Math.min(chunk.byteLength, range.end - at));
    await read(at, piece);
    use(piece);
    onBytes?.(piece.byteLength);
    await yieldToLoop();
  }
}
