import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { planLocals, runInMemory } from '../../src/engine/memory-run.test-helper.ts';
import { METHODS } from '../../src/methods/registry.ts';
import type { LocalModel } from '../../src/sources/types.ts';
import { CASES } from './cases.ts';
import { FORMULAS } from './evaluate.ts';
import { measure } from './measure.ts';
import { MODELS, writeModels } from './models.ts';

const SMALL = { hidden: 16, inner: 24, vocabulary: 40 };

async function openModels(dir: string): Promise<LocalModel[]> {
  return Promise.all(
    MODELS.map(async (name): Promise<LocalModel> => {
      const files = ['config.json', 'model.safetensors'].map(async (file) => ({
        path: file,
        file: new File([await readFile(path.join(dir, name, file))], file),
      }));
      return { name, content: { kind: 'files', files: await Promise.all(files) } };
    }),
  );
}

test('every method has a formula and a case', () => {
  expect([...FORMULAS.keys()].sort()).toEqual([...METHODS.keys()].sort());
  expect(new Set(CASES.map(({ method }) => method))).toEqual(new Set(METHODS.keys()));
});

test('every element that the CPU engine writes is the correctly rounded result of its formula', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'graft-fidelity-'));
  try {
    const tensors = await writeModels(dir, SMALL);
    const models = await openModels(dir);
    const tallies = await measure(tensors, async (recipe) => {
      const { shards } = await runInMemory(await planLocals(recipe, models));
      return shards.get('model.safetensors') ?? new Uint8Array(0);
    });
    const elementCount = tensors.reduce((sum, { values }) => sum + values['made/base'].length, 0);
    for (const [method, byDtype] of tallies) {
      const cases = CASES.filter((each) => each.method === method).length;
      for (const [dtype, tally] of byDtype) {
        const { undecided, ...rest } = tally;
        const all = cases * elementCount;
        expect(rest, `${method} ${dtype}`).toEqual({ elementCount: all, right: all, largestUlps: 0 });
        // Ties are common; were they not rounded to even, far more would be undecided.
        expect(undecided / all, `${method} ${dtype}`).toBeLessThan(0.005);
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
