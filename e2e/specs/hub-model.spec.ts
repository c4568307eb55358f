import { readFileSync } from 'node:fs';
import { compareTensors, readSafetensors } from '../fixtures/safetensors.ts';
import { expect, GOLDEN, test } from '../fixtures/test.ts';

// Its experts are sharded and in BF16; weights come from a second origin, by signed addresses.
const recipe = readFileSync(`${GOLDEN}/recipes/ties-bf16.yml`, 'utf8');

test('models of a hub are found, checked, merged and fetched once', async ({ app, hub }) => {
  const { page } = app;
  await app.useHub();
  expect(await app.setRecipe(recipe)).toMatch(/^Ready/);
  const cards = page.getByRole('region', { name: 'Models in the recipe' });
  await expect(cards.getByRole('listitem', { name: 'golden/beta' })).toContainText('Fits the other models');
  // Checking reads headers only.
  const headerBytes = hub.log().reduce((sum, { origin, bytes }) => sum + (origin === 'cdn' ? bytes : 0), 0);

  hub.clearLog();
  const run = await app.waitForRun(await app.merge(), 'done');
  const fetched = hub.log().filter(({ origin }) => origin === 'cdn');
  const fetchedBytes = fetched.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(headerBytes).toBeLessThan(0.5 * run.fetchBytes);
  expect(run.fetchedBytes).toBe(run.fetchBytes);
  expect(fetchedBytes).toBeLessThan(1.1 * run.fetchBytes);
  expect(fetched.every(({ status, authorization }) => status === 206 && !authorization)).toBe(true);

  const expected = readSafetensors(`${GOLDEN}/expected/ties-bf16/model.safetensors`);
  const actual = readSafetensors(await app.download(run.id, 'model.safetensors'));
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, tensor] of expected) {
    const merged = actual.get(name);
    if (merged === undefined) throw new Error(`${name} is missing`);
    const { unequalCount, elementCount } = compareTensors(merged, tensor);
    expect(unequalCount, name).toBeLessThanOrEqual(Math.ceil(elementCount / 1000));
  }
});

test('a search of the hub adds a model to the recipe', async ({ app }) => {
  const { page } = app;
  await app.useHub();
  await app.setRecipe(
    'merge_method: linear\nmodels:\n  - model: golden/alpha\n    parameters: {weight: 1}\n',
  );
  await page.getByRole('searchbox', { name: 'Search models on the Hub' }).fill('gamma');
  await page.getByRole('button', { name: 'Add golden/gamma to the recipe' }).click();
  await app.settled();
  const cards = page.getByRole('region', { name: 'Models in the recipe' });
  await expect(cards.getByRole('listitem', { name: 'golden/gamma' })).toBeVisible();
});
