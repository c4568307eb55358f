/** The browser's file-system errors in Graft's words. */

import { type ErrorFields, GraftError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';

const MAKE_ROOM =
  'Free space on this disk (delete finished runs here, or other files), then resume: what is written is kept.';

/** `needBytes`: how much was asked for, where known. */
export function storageFull(path: string, needBytes?: number, cause?: unknown): GraftError {
  const room = needBytes === undefined ? '' : ` for ${formatBytes(needBytes)}`;
  const message = `The disk, or this site's share of it, has no room${room}.`;
  return new GraftError('StorageFull', message, { where: path, fix: MAKE_ROOM, cause });
}

export function corrupt(path: string, message: string): GraftError {
  return new GraftError('StorageCorrupt', message, {
    where: path,
    fix: 'Remove this run and start it again.',
  });
}

/**
 * Any error thrown by the private file system's API as a `GraftError`. A `GraftError` passes unchanged.
 * @param doing the verb of the operation, as in `Could not write ...`
 */
export function toStorageError(error: unknown, doing: string, path: string): GraftError {
  if (error instanceof GraftError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  const fields: ErrorFields = { where: path, cause: error };
  switch (name) {
    case 'QuotaExceededError':
      return storageFull(path, undefined, error);
    case 'NotFoundError':
      return new GraftError('FileMissing', `${path} is not in storage.`, fields);
    case 'NoModificationAllowedError':
      return new GraftError('JobLocked', `${path} is open in another tab.`, {
        ...fields,
        fix: 'Close the other tab that runs this job, then try again.',
      });
    case 'SecurityError':
      return new GraftError('StorageUnavailable', 'The browser keeps this site from storing files.', {
        ...fields,
        fix: 'Allow this site to store data, or leave private browsing.',
      });
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new GraftError('StorageUnavailable', `Could not ${doing} ${path}: ${reason}`, {
        ...fields,
        fix: 'Reload the page and resume.',
      });
    }
  }
}
