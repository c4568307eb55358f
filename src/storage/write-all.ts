/** Whole-or-throw operations on a `SyncFile`. `path` is for messages only. */

import { corrupt, storageFull, toStorageError } from './storage-errors.ts';
import type { SyncFile } from './types.ts';

/**
 * Writes all of `bytes` from offset `at` on.
 *
 * A full disk shows as a count that is not the length (short, or 4294967288 in Chrome 150: a negative number read as
 * unsigned, larger than the buffer), or as QuotaExceededError. All become `StorageFull`.
 */
export function writeAll(file: SyncFile, bytes: Uint8Array, at: number, path: string): void {
  const written = guarded('write', path, () => file.write(bytes, { at }));
  if (written !== bytes.byteLength) throw storageFull(path, bytes.byteLength);
}

/** Fills all of `target` from offset `at` on; a file that ends earlier is `StorageCorrupt`. */
export function readAll(file: SyncFile, target: Uint8Array, at: number, path: string): void {
  const read = guarded('read', path, () => file.read(target, { at }));
  if (read !== target.byteLength) throw corrupt(path, `${path} ends before byte ${at + target.byteLength}.`);
}

/** Sets the file's size; growth that the quota refuses is `StorageFull`. */
export function resizeFile(file: SyncFile, sizeBytes: number, path: string): void {
  guarded('resize', path, () => file.truncate(sizeBytes));
}

/** Makes what was written survive a power loss; `close` alone does not. */
export function flushFile(file: SyncFile, path: string): void {
  guarded('flush', path, () => file.flush());
}

function guarded<Result>(doing: string, path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw toStorageError(error, doing, path);
  }
}
