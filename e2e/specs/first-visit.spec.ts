import { readFileSync } from 'node:fs';
import { sha256File } from '../fixtures/app.ts';
import { readSafetensors } from '../fixtures/safetensors.ts';
import { inSettings } from '../fixtures/settings.ts';
import { expect, test } from '../fixtures/test.ts';

test('a first visit merges the demo models and downloads the result, without leaving the page', async ({
  app,
  hub,
}) => {
  const { page } = app;
  expect(await app.settled()).toMatch(/^Ready/);
  hub.clearLog();
  const id = await app.merge();
  await expect(page.getByRole('article', { name: /^Run / })).toBeVisible();
  const run = await app.waitForRun(id, 'done');

  const files = page.getByRole('table', { name: 'Files of the merged model' });
  await expect(files).toBeVisible();
  const names = run.files.map((file) => file.path);
  expect(names).toEqual(
    expect.arrayContaining([
      'README.md',
      'config.json',
      'graft.lock.json',
      'mergekit_config.yml',
      'model.safetensors',
      'tokenizer.json',
    ]),
  );
  for (const { path, sha256 } of run.files) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      files.getByRole('button', { name: `Download ${path}` }).click(),
    ]);
    const arrived = await download.path();
    expect(download.suggestedFilename()).toBe(path);
    expect(await sha256File(arrived), path).toBe(sha256);
    if (path === 'model.safetensors') expect(readSafetensors(arrived).size).toBeGreaterThan(10);
    if (path === 'mergekit_config.yml') expect(readFileSync(arrived, 'utf8')).toBe(run.recipeText);
  }

  // The demo needs nothing but the page's own files.
  const elsewhere = hub.log().filter((entry) => entry.origin === 'cdn' || entry.path.startsWith('/api/'));
  expect(elsewhere).toEqual([]);
});

test('the recipe, finished runs and settings are there on the next visit', async ({ app }) => {
  const { page } = app;
  await app.setRecipe('merge_method: linear\nmodels:\n  - model: quill/add\n    parameters: {weight: 1}\n');
  const id = await app.merge();
  const before = await app.waitForRun(id, 'done');
  await inSettings(page, (dialog) => dialog.getByText('Light', { exact: true }).click());

  await app.reload();
  expect(await app.settled()).toMatch(/^Ready/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await expect(page.getByRole('table', { name: 'Files of the merged model' })).toBeVisible();
  const after = await app.run(id);
  expect(after.files).toEqual(before.files);
  const arrived = await app.download(id, 'model.safetensors');
  expect(await sha256File(arrived)).toBe(
    before.files.find((file) => file.path === 'model.safetensors')?.sha256,
  );
});
