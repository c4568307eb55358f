import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { modelsToOpen } from '../recipe/model-refs.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import { checkRecipe } from './check.ts';
import { tiny } from './checkpoints.test-helper.ts';

// Hundreds of plans a test: slow on a busy machine, and no test here is about time.
vi.setConfig({ testTimeout: 60_000 });

const FOLDER = new URL('../../e2e/data/golden/recipes/', import.meta.url);
const GOLDEN = readdirSync(FOLDER).map((file) => readFileSync(new URL(file, FOLDER), 'utf8'));
const VALUES = ['', 'x', '../x', '[]', '{}', '[0, 1]', '[0, x]', '{ value: 1 }', '*gone', 'tise', '2'];

/** A golden recipe with the values of some lines replaced, most of them by what cannot be read there. */
const damaged = fc
  .tuple(
    fc.constantFrom(...GOLDEN),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...VALUES)), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, changes]) => {
    const lines = text.split('\n');
    for (const [at, value] of changes) {
      const index = at % lines.length;
      lines[index] = (lines[index] ?? '').replace(/: ?[^:]*$/, `: ${value}`);
    }
    return lines.join('\n');
  });

test('a damaged recipe is checked as far as it can be read, and planned only when it can be read whole', () => {
  let drafts = 0;
  fc.assert(
    fc.property(damaged, (text) => {
      const parsed = parseRecipe(text);
      const refs = modelsToOpen(parsed);
      const { problems, plan } = checkRecipe(parsed, new Map(refs.map((ref) => [ref.text, tiny(ref.text)])));
      expect(plan === null).toBe(problems.some(({ severity }) => severity === 'error'));
      if (parsed.recipe !== null) return;
      if (parsed.draft !== null) drafts++;
      expect(plan).toBeNull();
      const told = problems.map(({ code }) => code);
      expect(told).not.toContain('missing-parameter');
      expect(told).not.toContain('model-failed');
      if (parsed.draft?.gaps.has('base')) expect(told).not.toContain('missing-base-model');
      if (parsed.draft?.gaps.has('sources')) expect(told).not.toContain('model-count');
      for (const problem of parsed.problems) expect(problems).toContainEqual(problem);
    }),
    { numRuns: 300 },
  );
  expect(drafts).toBeGreaterThan(30);
});
