/** The private file system of a real browser, in real dedicated workers. */
import { afterEach, expect, test } from 'vitest';
import { openOpfsRoot } from './opfs.ts';
import type { ScenarioCall, ScenarioResult } from './testing/scenario-worker.ts';
import { holdJob, isJobHeld } from './web-lock.ts';

const workers: Worker[] = [];

function startWorker() {
  const worker = new Worker(new URL('./testing/scenario-worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return {
    worker,
    run: <Name extends ScenarioCall['name']>(name: Name, id = '') =>
      new Promise<ScenarioResult<Name>>((resolve, reject) => {
        worker.onmessage = ({ data }) =>
          'error' in data ? reject(new Error(data.error)) : resolve(data.result);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage({ name, id } satisfies ScenarioCall);
      }),
  };
}

afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

const WHOLE = {
  plan: '{"a":1}',
  state: { step: 1 },
  dropped: [],
  completedIsRecord: true,
  bytesMatch: true,
  shaMatches: true,
};

test('a job is written, looked at while open, closed, opened again and removed', async () => {
  const [writer, other] = [startWorker(), startWorker()];
  expect(await writer.run('makeJob', 'whole-life')).toEqual({ step: 1 });
  expect(await other.run('lookAt', 'whole-life')).toEqual({
    sizeBytes: 9_000_000,
    crcMatches: true,
    config: '{}',
    listed: { step: 1 },
    openAgain: 'JobLocked',
    remove: 'JobLocked',
  });
  await writer.run('closeJob');
  expect(await other.run('reopen', 'whole-life')).toEqual(WHOLE);
  expect(await other.run('removeJob', 'whole-life')).toEqual({ listed: false, orphans: [] });
});

test('a worker killed with its files open leaves a job that goes on', async () => {
  const first = startWorker();
  await first.run('makeJob', 'killed');
  first.worker.terminate();
  const second = startWorker();
  expect(await second.run('reopen', 'killed')).toEqual(WHOLE);
  expect(await second.run('removeJob', 'killed')).toEqual({ listed: false, orphans: [] });
});

test('a lock that lingers is waited for', async () => {
  expect(await startWorker().run('waitForLock')).toBe(true);
});

test('what is missing has its own error, and no path leads out', async () => {
  expect(await startWorker().run('missing')).toEqual({
    file: 'FileMissing',
    nested: 'FileMissing',
    directory: 'FileMissing',
    remove: 'FileMissing',
    escape: 'InvalidFile',
  });
});

test('asking for quota takes little, never grants the absurd, and keeps nothing', async () => {
  const { small, huge, leftOver } = await startWorker().run('quota');
  expect(small).toBe('fits');
  // Private windows, as this test's, hold files in memory: there the answer is not worth what it costs.
  expect(['refused', 'unknown']).toContain(huge);
  expect(leftOver).toBe(false);
});

test('one writer per job across workers, freed by release and by death', async () => {
  const [first, second] = [startWorker(), startWorker()];
  await first.run('hold', 'locked');
  expect(await isJobHeld('locked')).toBe(true);
  expect(await isJobHeld('lock')).toBe(false);
  await expect(holdJob('locked')).rejects.toMatchObject({ tag: 'JobLocked', where: 'locked' });
  await first.run('release');
  await second.run('hold', 'locked');
  second.worker.terminate();
  await expect.poll(() => isJobHeld('locked')).toBe(false);
});

test('outside a worker there are no sync handles, and that is told', async () => {
  await expect(openOpfsRoot()).rejects.toMatchObject({ tag: 'StorageUnavailable' });
});
