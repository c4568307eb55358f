import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LIMITS } from '../base/limits.ts';
import { BEYOND_MERGEKIT, METHODS } from '../methods/registry.ts';
import { goldenMisses } from './golden.test-helper.ts';
import { planFolders, runInMemory } from './memory-run.test-helper.ts';

const ROOT = new URL('../../e2e/data/golden/', import.meta.url);
const RECIPES = readdirSync(new URL('recipes/', ROOT)).map((file) => ({
  name: file.replace('.yml', ''),
  text: readFileSync(new URL(`recipes/${file}`, ROOT), 'utf8'),
}));

test('there are golden merges of every method that mergekit has', () => {
  const methods = new Set(RECIPES.map(({ text }) => /^merge_method: (\w+)/m.exec(text)?.[1]));
  expect([...methods].sort()).toEqual(
    [...METHODS.keys()].filter((name) => !BEYOND_MERGEKIT.has(name)).sort(),
  );
});

test.each(RECIPES)('$name is what mergekit wrote', async ({ name, text }) => {
  const expected = readFileSync(new URL(`expected/${name}/model.safetensors`, ROOT));
  const run = await runInMemory(await planFolders(text, 'e2e/data/golden/models'));
  const actual = run.shards.get('model.safetensors') ?? new Uint8Array(0);
  expect(await goldenMisses(name, 'cpu', actual, expected)).toEqual([]);
});

test.each(RECIPES)('$name fetches every byte once, and stays under the ceiling', async ({ text }) => {
  const planned = await planFolders(text, 'e2e/data/golden/models');
  const run = await runInMemory(planned, { budgetBytes: LIMITS.minBudgetBytes });
  expect(run.meter.fetchedBytes).toBe(planned.plan.totals.fetchBytes);
  expect(run.budget.peakBytes).toBeLessThanOrEqual(LIMITS.minBudgetBytes);
  expect(run.budget.inFlightBytes).toBe(0);
});
