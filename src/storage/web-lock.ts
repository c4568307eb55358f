/**
 * One writer per job across tabs: an exclusive Web Lock, held for the whole run. It also keeps Chrome from freezing a
 * hidden, busy tab (browser exemptions count held locks).
 */

import { GraftError } from '../base/errors.ts';

const PREFIX = 'graft-job:';

export interface JobHold {
  release(): void;
}

/** Takes the job's lock now, or throws `JobLocked` because another tab or worker has it. */
export async function holdJob(id: string): Promise<JobHold> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(PREFIX + id, { mode: 'exclusive', ifAvailable: true }, (lock) => {
        if (lock === null) {
          throw new GraftError('JobLocked', 'This job runs in another tab.', {
            where: id,
            fix: 'Go on in that tab, or close it and resume here.',
          });
        }
        return new Promise<void>((release) => resolve({ release }));
      })
      .catch(reject);
  });
}

/** Whether some tab or worker of this origin runs the job right now. */
export async function isJobHeld(id: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === PREFIX + id);
}

/** Resolves as soon as no tab or worker runs the job; at once when none does. */
export async function whenJobFree(id: string): Promise<void> {
  await navigator.locks.request(PREFIX + id, { mode: 'shared' }, () => undefined);
}
