import { appendFile, open } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { RunStatus } from '../../src/engine/protocol.ts';
import { dropFolder, folderIsOpen, withFolders } from '../fixtures/folders.ts';
import { digestsOf, LONG_RECIPE, LONG_SETTINGS, longHub, mergeLong } from '../fixtures/long-run.ts';
import { pressResume, runShown } from '../fixtures/run-panel.ts';
import { expect, test } from '../fixtures/test.ts';
import type { Hub } from '../hub/types.ts';

test.use({ hubOptions: longHub(8) });

const REPOS = ['made/long-base', 'made/long-a', 'made/long-b'];
const RECIPE = LONG_RECIPE.replaceAll('made/', 'local/');
/** Of the merge itself: recipe and model card name the models, which are called otherwise here. */
const isMerge = (path: string) => path.endsWith('.safetensors') || path === 'config.json';

function expectSameMerge(run: RunStatus, other: RunStatus): void {
  const weights = (each: RunStatus) => Object.entries(digestsOf(each)).filter(([path]) => isMerge(path));
  expect(weights(run).length).toBeGreaterThan(2);
  expect(weights(run)).toEqual(weights(other));
}

/** What was asked of the hub besides the page's own files. */
function asked(hub: Hub): readonly string[] {
  return hub
    .log()
    .map(({ path }) => path)
    .filter((path) => path.startsWith('/api/') || path.includes('/resolve/') || path.includes('safetensors'));
}

/** Starts a run and pauses it before it is done, in one breath. */
function startPaused(page: Page, text: string): Promise<string> {
  return page.evaluate(
    async ({ text, settings }) => {
      const graft = window.graft;
      if (graft === undefined) throw new Error('The page is not ready.');
      const { id } = await graft.start(text, settings);
      await graft.pause(id);
      return id;
    },
    { text, settings: LONG_SETTINGS },
  );
}

test('dropped folders are merged with no hub at all, and remembered', async ({ app, hub }) => {
  const { page } = app;
  const expected = await mergeLong(app);
  await withFolders(hub, REPOS, async (folders) => {
    hub.clearLog();
    for (const folder of folders) await dropFolder(page, folder);
    expect(await app.setRecipe(RECIPE)).toMatch(/^Ready/);
    const cards = page.getByRole('region', { name: 'Models in the recipe' });
    await expect(cards.getByRole('listitem', { name: 'local/long-a', exact: true })).toContainText(
      'this machine',
    );
    const run = await app.waitForRun(await app.merge(), 'done');
    expectSameMerge(run, expected);

    await app.reload();
    expect(await app.settled()).toMatch(/^Ready/);
    const id = await startPaused(page, RECIPE);
    expect(await app.run(id)).toMatchObject({ state: 'paused' });
    await app.reload();
    await pressResume(page);
    expectSameMerge(await app.waitForRun(id, 'done'), expected);
    expect(asked(hub)).toEqual([]);
  });
});

test('folders come through a plain file input where there is no picker, for this visit', async ({
  app,
  hub,
}) => {
  const { page } = app;
  const expected = await mergeLong(app);
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  await app.reload();
  await withFolders(hub, REPOS, async (folders) => {
    hub.clearLog();
    for (const folder of folders) {
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        page.getByRole('button', { name: 'Open a model folder' }).click(),
      ]);
      await chooser.setFiles(folder);
      await folderIsOpen(page, folder);
    }
    expect(await app.setRecipe(RECIPE)).toMatch(/^Ready/);
    expectSameMerge(await app.waitForRun(await app.merge(), 'done'), expected);

    await app.reload();
    await app.settled();
    const cards = page.getByRole('region', { name: 'Models in the recipe' });
    await expect(cards.getByRole('listitem', { name: 'local/long-a', exact: true })).toContainText(
      'Open the folder local/long-a again, under the same name.',
    );
    expect(asked(hub)).toEqual([]);
  });
});

test('a new browser asks for permission in words; dropping the folders again goes on', async ({
  hub,
  profile,
}) => {
  const before = await profile.open();
  const expected = await mergeLong(before.app);
  await withFolders(hub, REPOS, async (folders) => {
    for (const folder of folders) await dropFolder(before.app.page, folder);
    expect(await before.app.setRecipe(RECIPE)).toMatch(/^Ready/);
    const id = await startPaused(before.app.page, RECIPE);
    await before.context.close();

    const { app } = await profile.open();
    await app.settled();
    await expect(
      app.page.getByRole('button', { name: 'Grant access to local/long-a', exact: true }),
    ).toBeVisible();
    const cards = app.page.getByRole('region', { name: 'Models in the recipe' });
    await expect(cards.getByRole('listitem', { name: 'local/long-a', exact: true })).toContainText(
      'The browser asks for permission to read the folder local/long-a again.',
    );
    await pressResume(app.page);
    expect((await app.waitForRun(id, 'failed')).error).toMatchObject({ tag: 'PermissionNeeded' });
    await expect(runShown(app.page)).toContainText('Press "Grant access" beside local/long-');

    for (const folder of folders) await dropFolder(app.page, folder);
    await pressResume(app.page);
    expectSameMerge(await app.waitForRun(id, 'done'), expected);
  });
});

test.describe('models that do not fit under the ceiling', () => {
  test.use({ hubOptions: longHub(32) });

  test('a file that changes on the disk ends the run in words', async ({ app, hub }) => {
    const { page } = app;
    await withFolders(hub, REPOS, async (folders) => {
      for (const folder of folders) await dropFolder(page, folder);
      expect(await app.setRecipe(RECIPE)).toMatch(/^Ready/);
      const weights = `${folders[1]}/model-00002-of-00002.safetensors`;

      // While the run has the file open.
      const first = await startPaused(page, RECIPE);
      await overwriteEnd(weights);
      await app.resume(first, LONG_SETTINGS);
      expect((await app.waitForRun(first, 'failed')).error).toMatchObject({ tag: 'SourceChanged' });
      await expect(runShown(page)).toContainText(/local\/long-a.* has changed on the disk/);
      await app.cancel(first);

      // Between two visits, and to the same size.
      const second = await startPaused(page, RECIPE);
      await app.reload();
      await overwriteEnd(weights);
      await app.resume(second, LONG_SETTINGS);
      expect((await app.waitForRun(second, 'failed')).error).toMatchObject({ tag: 'SourceChanged' });
      await app.cancel(second);

      // Before it starts: the check reads it anew.
      await appendFile(weights, 'x');
      await expect(app.start(RECIPE, LONG_SETTINGS)).rejects.toMatchObject({ tag: 'RecipeRefused' });
    });
  });
});

/** Writes other bytes over the end of a file. */
async function overwriteEnd(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(64, 7), 0, 64, size - 64);
  await handle.close();
}
