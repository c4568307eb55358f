/**
 * SHA-256 over hash-wasm: WebCrypto's digest is about three times faster but takes only whole buffers, and a shard has
 * gigabytes. Measured 0.2 GB/s of CPU time in Node 20, so large files are best hashed beside other work.
 */

import { createSHA256 } from 'hash-wasm';
import { readChunks } from './read-chunks.ts';
import type { HashOptions } from './types.ts';

/**
 * Lower-case hex SHA-256 of `sizeBytes` bytes, read in pieces. Throws `Cancelled` when the signal fires.
 * @param read fills all of `target` from offset `at` on, or throws
 */
export async function sha256Stream(
  sizeBytes: number,
  read: (at: number, target: Uint8Array) => Promise<void>,
  options: HashOptions = {},
): Promise<string> {
  const hasher = await createSHA256();
  hasher.init();
  await readChunks({ start: 0, end: sizeBytes }, read, (piece) => hasher.update(piece), options);
  return hasher.digest('hex');
}

/** The 32 bytes of a whole buffer's SHA-256. */
export async function sha256Digest(bytes: Uint8Array): Promise<Uint8Array> {
  const hasher = await createSHA256();
  return hasher.init().update(bytes).digest('binary');
}
