import { type App, openApp } from '../fixtures/app.ts';
import {
  digestsOf,
  finishLong,
  longHub,
  mergeLong,
  slowDown,
  startLong,
  weightBytesSent,
} from '../fixtures/long-run.ts';
import { runShown } from '../fixtures/run-panel.ts';
import { expect, test } from '../fixtures/test.ts';

test.use({ hubOptions: longHub(12) });

const KILLS = 20;
/** Of one download; six run at a time. */
const BYTES_PER_SECOND = 2_500_000;

/** Ends the tab as a crash does, or as closing it does: nothing in it gets a last word. */
async function killTab(app: App, how: 'crash' | 'close'): Promise<void> {
  if (how === 'crash') {
    const session = await app.page.context().newCDPSession(app.page);
    const crashed = app.page.waitForEvent('crash');
    session.send('Page.crash').catch(() => undefined);
    await crashed;
  }
  await app.page.close({ runBeforeUnload: false });
}

test(`a tab killed at any of ${KILLS} moments of a run: resuming gives the same bytes`, async ({
  hub,
  profile,
}) => {
  test.setTimeout(600_000);
  const opened = await profile.open();
  let { app } = opened;
  slowDown(hub, BYTES_PER_SECOND);
  const startedAt = performance.now();
  const whole = await mergeLong(app);
  const runMs = performance.now() - startedAt;
  await app.remove(whole.id);
  hub.faults.clear();

  let wentOn = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Anywhere within one of as many equal parts of the run.
    const afterMs = ((kill + Math.random()) / KILLS) * runMs;
    const how = kill % 2 === 0 ? 'crash' : 'close';
    await test.step(`${how} after ${Math.round(afterMs)} of ${Math.round(runMs)} ms`, async () => {
      slowDown(hub, BYTES_PER_SECOND);
      const id = await startLong(app);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await killTab(app, how);

      hub.clearLog();
      hub.faults.clear();
      app = await openApp(await opened.context.newPage(), hub);
      const found = await app.run(id);
      expect(['interrupted', 'done']).toContain(found.state);
      const run = found.state === 'done' ? found : await finishLong(app, id);
      expect(digestsOf(run)).toEqual(digestsOf(whole));
      expect(run.fetchedBytes).toBe(run.fetchBytes);
      if (weightBytesSent(hub) < run.fetchBytes) wentOn++;
      expect(app.troubles).toEqual([]);
      await app.remove(id);
    });
  }
  // The later ones had something recorded to go on from.
  expect(wentOn).toBeGreaterThan(2);
});

test('a whole browser killed in the middle of a run: the next one resumes it to the same bytes', async ({
  hub,
  profile,
}) => {
  const before = await profile.open();
  const whole = await mergeLong(before.app);
  slowDown(hub, BYTES_PER_SECOND);
  const id = await startLong(before.app);
  await before.app.waitForProgress(id, 0.6);
  await before.kill();

  hub.clearLog();
  hub.faults.clear();
  const { app } = await profile.open();
  expect((await app.run(whole.id)).files).toEqual(whole.files);
  expect(await app.run(id)).toMatchObject({ state: 'interrupted' });
  await expect(runShown(app.page)).toContainText('The page was closed while this ran.');
  const run = await finishLong(app, id);
  expect(digestsOf(run)).toEqual(digestsOf(whole));
  expect(weightBytesSent(hub)).toBeLessThan(run.fetchBytes);
});
