import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { parse } from 'yaml';
import { tabTo } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';

/** With everything that mergekit has not: layers, a kind, a glob and a seed. */
const RECIPE = `# mine
merge_method: linear
models:
  - model: quill/base
    parameters:
      weight:
        - { layers: 0-1, value: 0.25 }
        - { kind: norm, value: 0.5 }
        - { filter: '*.mlp.*_proj.weight', value: 0.75 }
        - value: 1
  - model: quill/add
    parameters: { weight: 0.5 }
seed: 3
dtype: float32
`;

interface Entry {
  readonly filter?: string;
  readonly value: number;
}

/** mergekit's own reading: the first entry without a filter, or with one that is a part of the name. */
function weightOf(name: string, entries: readonly Entry[]): number | undefined {
  return entries.find(({ filter }) => filter === undefined || name.includes(filter))?.value;
}

/** Chooses the entry from the recipe's menu without a mouse. */
async function chooseExport(page: Page): Promise<void> {
  await page.keyboard.press('Alt+2');
  await tabTo(page, 'button', 'Recipe file');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu', { name: 'Recipe file' })).toBeVisible();
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Export for mergekit' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toHaveCount(0);
}

/** Tries to export `text`; fails when a file comes of it or the reason is not said. */
async function expectRefusal(page: Page, reason: string): Promise<void> {
  const downloads: string[] = [];
  page.on('download', (download) => downloads.push(download.suggestedFilename()));
  await chooseExport(page);
  await expect(page.getByRole('log', { name: 'Announcements' })).toContainText(reason);
  expect(downloads).toEqual([]);
}

test('the keyboard exports a recipe as YAML that mergekit reads alike', async ({ app }) => {
  const { page } = app;
  expect(await app.setRecipe(RECIPE)).toMatch(/^Ready/);
  await page.getByRole('textbox', { name: 'Recipe name' }).fill('My mix: 1');
  const [download] = await Promise.all([page.waitForEvent('download'), chooseExport(page)]);
  expect(download.suggestedFilename()).toBe('My-mix-1.mergekit.yml');

  const text = readFileSync(await download.path(), 'utf8');
  expect(text).toMatch(/^# Put the paths of the folders in place of `quill\/base`, `quill\/add`\.$/m);
  const recipe = parse(text);
  const weight: readonly Entry[] = recipe.models[0].parameters.weight;
  expect(recipe).toEqual({
    merge_method: 'linear',
    models: [
      { model: 'quill/base', parameters: { weight } },
      { model: 'quill/add', parameters: { weight: 0.5 } },
    ],
    dtype: 'float32',
  });
  for (const entry of weight) {
    expect(['filter', 'value']).toEqual(expect.arrayContaining(Object.keys(entry)));
    expect(entry.filter ?? '').not.toContain('*');
  }
  const names = ['layers.1.mlp.up_proj', 'layers.2.input_layernorm', 'layers.2.mlp.up_proj', 'embed_tokens'];
  expect(names.map((name) => weightOf(`model.${name}.weight`, weight))).toEqual([0.25, 0.5, 0.75, 1]);
  await expect(page.getByRole('log', { name: 'Announcements' })).toContainText(
    'Exported My-mix-1.mergekit.yml.',
  );
});

test('the page says why a recipe cannot be exported', async ({ app }) => {
  const { page } = app;
  const recipe = 'merge_method: magmax\nbase_model: quill/base\nmodels:\n  - model: quill/add\n';
  expect(await app.setRecipe(recipe)).toMatch(/^Ready/);
  await expectRefusal(page, 'mergekit has no method magmax.');
  expect(await app.setRecipe(recipe.replace('magmax', 'linear'))).toMatch(/problem/);
  await expectRefusal(page, 'A recipe is exported once it has no errors.');
});
