/** Whether the origin may store so many bytes. `navigator.storage.estimate()` cannot say: Chrome's answer is made up. */

import { isGraftError } from '../base/errors.ts';
import type { SyncDirectory, SyncFile } from './types.ts';
import { resizeFile } from './write-all.ts';

/**
 * `fits`: the browser's quota takes it (no web API tells the free disk space, so the disk may still fill up).
 * `refused`: it does not. `unknown`: this browser cannot be asked cheaply.
 */
export type QuotaAnswer = 'fits' | 'refused' | 'unknown';

const PROBE = 'quota-probe';
/**
 * Growing to these first shows whether the browser allocates for real, as private windows of Chrome do, in memory; a
 * sparse file takes under a millisecond each.
 */
const TRIAL_BYTES = [64, 256, 1024].map((mib) => mib * 1024 * 1024);
const SLOW_MS = 100;

/**
 * Grows a scratch file to `sizeBytes` on top of what the origin stores already, and deletes it again. In a worker only.
 * @param now a clock in milliseconds
 */
export async function probeQuota(
  root: SyncDirectory,
  sizeBytes: number,
  now: () => number = () => performance.now(),
): Promise<QuotaAnswer> {
  let file: SyncFile;
  try {
    file = await root.openFile(PROBE, { create: true });
  } catch {
    return 'unknown';
  }
  try {
    return grow(file, sizeBytes, now);
  } finally {
    await discard(root, file);
  }
}

function grow(file: SyncFile, sizeBytes: number, now: () => number): QuotaAnswer {
  const steps = [...TRIAL_BYTES.filter((trial) => trial < sizeBytes), sizeBytes];
  try {
    for (const step of steps) {
      const startMs = now();
      resizeFile(file, step, PROBE);
      if (step < sizeBytes && now() - startMs > SLOW_MS) return 'unknown';
    }
    return 'fits';
  } catch (error) {
    return isGraftError(error, 'StorageFull') ? 'refused' : 'unknown';
  }
}

async function discard(root: SyncDirectory, file: SyncFile): Promise<void> {
  try {
    resizeFile(file, 0, PROBE);
  } finally {
    file.close();
    // Another tab may be asking with the same file; it deletes it then.
    await root.remove(PROBE).catch((error: unknown) => {
      if (!isGraftError(error, 'JobLocked') && !isGraftError(error, 'FileMissing')) throw error;
    });
  }
}

/**
 * Asks the browser not to evict this site's files. On the page only, and in Firefox in answer to a click: above 10 GiB it
 * is required there. False when refused or not offered.
 */
export async function requestPersistence(): Promise<boolean> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  if (typeof storage?.persist !== 'function') return false;
  return (await storage.persisted()) || (await storage.persist());
}
