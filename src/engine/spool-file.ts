/** The scratch file of a run: bytes of a tensor that does not fit in memory and is read more than once. */

import type { JobFiles } from '../storage/types.ts';
import { readAll, writeAll } from '../storage/write-all.ts';
import type { RunControl } from './control.ts';
import type { Spool } from './step-feed.ts';

/** @returns the job's scratch file; a full disk pauses the run, as for output. */
export async function openSpool(files: JobFiles, control: RunControl): Promise<Spool> {
  const file = await files.spool();
  return {
    write: (at, bytes) => control.untilStored(async () => writeAll(file, bytes, at, 'spool')),
    read: (at, target) => readAll(file, target, at, 'spool'),
  };
}
