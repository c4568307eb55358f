import type { Page } from '@playwright/test';
import {
  digestsOf,
  expectNothingTwice,
  finishLong,
  LONG_RECIPE,
  LONG_SETTINGS,
  longHub,
  mergeLong,
  slowDown,
  startLong,
} from '../fixtures/long-run.ts';
import { pressResume, runShown } from '../fixtures/run-panel.ts';
import { expect, test } from '../fixtures/test.ts';

test.use({ hubOptions: longHub() });

const MB = 1_000_000;
/** The share of the disk that a site has for what it stores; more than one run's output, less than two. */
const ONE_RUN_BYTES = 40 * MB;

async function setQuota(page: Page, quotaSize: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize });
}

test('without room a run waits in words; deleting another one lets it finish', async ({ hub, profile }) => {
  const { app } = await profile.open();
  const { page } = app;
  await setQuota(page, ONE_RUN_BYTES);
  expect(await app.check(LONG_RECIPE, LONG_SETTINGS)).toMatchObject({ cost: { storageFits: true } });
  const first = await mergeLong(app, { name: 'first' });
  await expect.poll(async () => (await app.check(LONG_RECIPE, LONG_SETTINGS)).cost?.storageFits).toBe(false);

  hub.clearLog();
  const id = await startLong(app, { name: 'second' });
  expect((await app.waitForRest(id)).error).toMatchObject({ tag: 'StorageFull' });
  await page.getByRole('option', { name: /^second/ }).click();
  const second = runShown(page, 'second');
  await expect(second).toContainText("Paused. The disk, or this site's share of it, has no room.");
  await expect(second).toContainText('Free space on this disk (delete finished runs here, or other files)');
  await pressResume(page, 'second');
  await expect(second.getByText('Going on.')).toHaveCount(1);
  expect((await app.waitForRest(id)).error).toMatchObject({ tag: 'StorageFull' });

  await page.getByRole('option', { name: /^first/ }).click();
  await runShown(page, 'first').getByRole('button', { name: 'Remove' }).click();
  await expect(second).toBeVisible();
  await pressResume(page, 'second');
  const run = await app.waitForRun(id, 'done');
  expect(run.error).toBeUndefined();
  expect(digestsOf(run)).toEqual(digestsOf(first));
  expectNothingTwice(hub, run);
  expect(app.troubles).toEqual([]);
});

test('room that goes while a run is at work pauses it, and nothing is done twice after', async ({
  hub,
  profile,
}) => {
  const { app } = await profile.open();
  const whole = await mergeLong(app);
  await app.remove(whole.id);
  hub.clearLog();
  slowDown(hub, 3 * MB);
  const id = await startLong(app);
  await app.waitForProgress(id, 0.3);
  await setQuota(app.page, MB);
  hub.faults.clear();
  const paused = await app.waitForRun(id, 'paused');
  expect(paused.error).toMatchObject({ tag: 'StorageFull' });
  await setQuota(app.page, ONE_RUN_BYTES);
  const run = await finishLong(app, id);
  expect(digestsOf(run)).toEqual(digestsOf(whole));
  expectNothingTwice(hub, run);
});
