/**
 * Copies a finished run into a folder the person chose. On the page: picker folders have no sync handles, so this goes
 * through createWritable, which publishes a file only when it is closed.
 */

import { GraftError, isGraftError } from '../base/errors.ts';
import { splitPath } from './paths.ts';
import { storageFull } from './storage-errors.ts';

/** Large Blobs cross to the browser's process fastest, and none of their bytes pass through the page's memory. */
const PIECE_BYTES = 64 * 1024 * 1024;

export interface SavedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Writes `files` into `folder`, replacing files of the same names, and checks their sizes. A file that fails or is
 * cancelled half way does not appear (and an older one of its name stays); files finished before it do.
 *
 * @param open gives the content of a path
 * @param onBytes the bytes written so far, of all files
 * Throws `PermissionNeeded`, `StorageFull`, `Cancelled`, `StorageCorrupt` (a size is wrong) or `StorageUnavailable`.
 */
export async function saveToFolder(
  folder: FileSystemDirectoryHandle,
  files: readonly SavedFile[],
  open: (path: string) => Promise<File>,
  onBytes: (writtenBytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  let writtenBytes = 0;
  for (const { path, sizeBytes } of files) {
    const source = await open(path);
    if (source.size !== sizeBytes) throw wrongSize(path, source.size, sizeBytes);
    try {
      const target = await fileHandle(folder, path);
      await copy(source, target, signal, (count) => {
        writtenBytes += count;
        onBytes(writtenBytes);
      });
      const saved = await target.getFile();
      if (saved.size !== sizeBytes) throw wrongSize(path, saved.size, sizeBytes);
    } catch (error) {
      throw toSaveError(error, path, signal);
    }
  }
}

async function fileHandle(folder: FileSystemDirectoryHandle, path: string): Promise<FileSystemFileHandle> {
  const { directories, name } = splitPath(path);
  let parent = folder;
  for (const directory of directories) parent = await parent.getDirectoryHandle(directory, { create: true });
  return parent.getFileHandle(name, { create: true });
}

async function copy(
  source: File,
  target: FileSystemFileHandle,
  signal: AbortSignal | undefined,
  onCount: (count: number) => void,
): Promise<void> {
  const writable = await target.createWritable();
  try {
    for (let at = 0; at < source.size; at += PIECE_BYTES) {
      signal?.throwIfAborted();
      const piece = source.slice(at, at + PIECE_BYTES);
      await writable.write(piece);
      onCount(piece.size);
    }
    signal?.throwIfAborted();
    await writable.close();
  } catch (error) {
    // Rejects when the failure has closed the stream already; the first error is the one to tell.
    await writable.abort().catch(() => {});
    throw error;
  }
}

function wrongSize(path: string, sizeBytes: number, expectedBytes: number): GraftError {
  return new GraftError('StorageCorrupt', `${path} has ${sizeBytes} bytes instead of ${expectedBytes}.`, {
    where: path,
    fix: 'Save it again; if that does not help, merge again.',
  });
}

function toSaveError(error: unknown, path: string, signal: AbortSignal | undefined): GraftError {
  if (isGraftError(error)) return error;
  if (signal?.aborted)
    return new GraftError('Cancelled', 'Saving was cancelled.', { where: path, cause: error });
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  // Chromium reports a full disk as an AbortError of its data pipe.
  if (name === 'QuotaExceededError' || name === 'AbortError') return storageFull(path, undefined, error);
  if (name === 'NotAllowedError') {
    return new GraftError('PermissionNeeded', 'The browser no longer allows writing to this folder.', {
      where: path,
      fix: 'Choose the folder again.',
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new GraftError('StorageUnavailable', `Could not save ${path}: ${reason}`, {
    where: path,
    fix: 'Choose another folder, or download the file by itself.',
    cause: error,
  });
}
