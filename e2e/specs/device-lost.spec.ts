import type { Browser } from '@playwright/test';
import { digestsOf, longHub, mergeLong, slowDown, startLong } from '../fixtures/long-run.ts';
import { runShown } from '../fixtures/run-panel.ts';
import { expect, test } from '../fixtures/test.ts';

// Smaller than elsewhere: the GPU of a test machine is emulated.
test.use({ hubOptions: longHub(3) });

/** Takes every page's GPU away, as a driver that crashes does. */
async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await session.detach();
}

test('a GPU lost in the middle of a run: it goes on, says so, and the bytes are the same', async ({
  app,
  hub,
  browser,
}) => {
  const undisturbed = await mergeLong(app);
  slowDown(hub, 800_000);
  const id = await startLong(app, { engine: 'gpu' });
  expect(await app.waitForProgress(id, 0.2)).toMatchObject({ state: 'running', engine: 'gpu' });
  await crashGpu(browser);
  await app.waitForProgress(id, 0.5);
  // The second loss is one too many: the CPU takes over.
  await crashGpu(browser);
  hub.faults.clear();
  const run = await app.waitForRun(id, 'done');
  expect(digestsOf(run)).toEqual(digestsOf(undisturbed));
  expect(run.fetchedBytes).toBe(run.fetchBytes);
  expect(run.writtenBytes).toBe(undisturbed.writtenBytes);
  const log = run.log.map(({ text }) => text).join('\n');
  expect(log).toMatch(/The GPU was lost/);
  expect(log).toMatch(/Going on with the CPU engine\./);
  expect(run.engine).toBe('cpu');
  await expect(runShown(app.page)).toContainText('CPU');
});
