import { openApp } from '../fixtures/app.ts';
import {
  digestsOf,
  expectNothingTwice,
  finishLong,
  longHub,
  mergeLong,
  slowDown,
  startLong,
  weightBytesSent,
} from '../fixtures/long-run.ts';
import { pressResume, runShown } from '../fixtures/run-panel.ts';
import { storedFiles } from '../fixtures/stored.ts';
import { expect, test } from '../fixtures/test.ts';

test.use({ hubOptions: longHub() });

/** Of one download; six run at a time. */
const BYTES_PER_SECOND = 2_000_000;

test('pause stops a run where it is, resume finishes it, and nothing is fetched twice', async ({
  app,
  hub,
}) => {
  const { page } = app;
  slowDown(hub, BYTES_PER_SECOND);
  hub.clearLog();
  const id = await startLong(app);
  await app.waitForProgress(id, 0.3);
  await runShown(page).getByRole('button', { name: 'Pause' }).click();
  await expect(runShown(page)).toContainText('Paused. What is merged so far is kept.');
  // What was being fetched still arrives, and is kept for later.
  await expect
    .poll(async () => {
      const before = await app.run(id);
      await page.waitForTimeout(1000);
      const { fetchedBytes, writtenBytes } = await app.run(id);
      return fetchedBytes === before.fetchedBytes && writtenBytes === before.writtenBytes;
    })
    .toBe(true);
  const { activeSeconds, writtenBytes, writeBytes } = await app.run(id);
  expect(writtenBytes).toBeLessThan(writeBytes);
  await page.waitForTimeout(1000);
  expect((await app.run(id)).activeSeconds).toBe(activeSeconds);

  hub.faults.clear();
  await pressResume(page);
  const run = await app.waitForRun(id, 'done');
  expectNothingTwice(hub, run);
  expect(digestsOf(run)).toEqual(digestsOf(await mergeLong(app)));
});

test('cancel deletes what was written, and the run stays in the list', async ({ app, hub }) => {
  const { page } = app;
  slowDown(hub, BYTES_PER_SECOND);
  const id = await startLong(app);
  await app.waitForProgress(id, 0.3);
  const before = await storedFiles(page);
  expect(Object.keys(before).filter((path) => path.endsWith('.safetensors')).length).toBeGreaterThan(1);
  await runShown(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(runShown(page)).toContainText('Cancelled. Its partial output was deleted.');
  const left = Object.keys(await storedFiles(page));
  expect(left.filter((path) => !/^jobs\/[^/]+\/state-\d$/.test(path))).toEqual([]);
  // Nothing goes on behind its back.
  await page.waitForTimeout(500);
  const sent = hub.log().length;
  await page.waitForTimeout(1000);
  expect(hub.log().length).toBe(sent);

  await app.reload();
  expect(await app.run(id)).toMatchObject({ state: 'cancelled' });
  await expect(app.resume(id)).rejects.toMatchObject({ message: expect.stringContaining('cancelled') });
  await runShown(page).getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No runs yet')).toBeVisible();
  expect(await storedFiles(page)).toEqual({});
});

test('a second run is refused in words while one is at work', async ({ app, hub }) => {
  const { page } = app;
  slowDown(hub, BYTES_PER_SECOND);
  const id = await startLong(app);
  expect(await app.settled()).toMatch(/^Ready/);
  await page.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(page.locator('.toast')).toContainText(
    'Another run is at work. Wait for it, or pause or cancel it',
  );
  expect(await app.runs()).toHaveLength(1);

  await app.pause(id);
  const second = await app.waitForRun(await app.merge(), 'done');
  expect(second.files.length).toBeGreaterThan(0);
  hub.faults.clear();
  await finishLong(app, id);
});

test('a run cut short by a reload is found interrupted, and resuming fetches only what is missing', async ({
  app,
  hub,
}) => {
  const { page } = app;
  slowDown(hub, BYTES_PER_SECOND);
  const id = await startLong(app);
  const { fetchBytes, writeBytes } = await app.waitForProgress(id, 0.7);
  await app.reload();
  expect(await app.run(id)).toMatchObject({ state: 'interrupted', fetchBytes, writeBytes });
  await expect(runShown(page)).toContainText('Resume goes on from the last finished tensor.');

  // The page's own settings name another hub; the run keeps to its own.
  hub.clearLog();
  hub.faults.clear();
  await pressResume(page);
  const run = await app.waitForRun(id, 'done');
  expect(run.fetchedBytes).toBe(fetchBytes);
  expect(weightBytesSent(hub)).toBeLessThan(0.8 * fetchBytes);
  const ranges = hub.log().filter(({ origin }) => origin === 'cdn');
  expect(new Set(ranges.map(({ path, range }) => `${path} ${range}`)).size).toBe(ranges.length);
  expect(digestsOf(run)).toEqual(digestsOf(await mergeLong(app)));
});

test('a second tab sees the run of the first, cannot take it, and can once the first is closed', async ({
  app,
  hub,
  context,
}) => {
  slowDown(hub, BYTES_PER_SECOND);
  const id = await startLong(app);
  await app.waitForProgress(id, 0.2);
  await app.pause(id);

  const other = await openApp(await context.newPage(), hub);
  expect(await other.run(id)).toMatchObject({ state: 'paused' });
  await pressResume(other.page);
  const toast = other.page.locator('.toast');
  await expect(toast).toContainText(
    'This job runs in another tab. Go on in that tab, or close it and resume here.',
  );
  await runShown(other.page).getByRole('button', { name: 'Cancel' }).click();
  await expect(toast).toContainText('This job runs in another tab.');
  expect(await app.run(id)).toMatchObject({ state: 'paused' });

  hub.faults.clear();
  await app.page.close();
  // The second tab hears of it by itself.
  await expect(runShown(other.page)).toContainText('Interrupted');
  await pressResume(other.page);
  await other.waitForRun(id, 'done');
  expect(other.troubles).toEqual([]);
});
