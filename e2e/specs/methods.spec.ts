import type { RunStatus } from '../../src/engine/protocol.ts';
import { METHODS } from '../../src/methods/registry.ts';
import type { MethodDefinition } from '../../src/methods/types.ts';
import { expect, test } from '../fixtures/shared-app.ts';
import { GOLDEN } from '../fixtures/test.ts';

test.use({ modelsDir: `${GOLDEN}/models` });

/** Values under which every method does all that it can do. */
const VALUES = {
  weight: 0.6,
  density: 0.4,
  gamma: 0.05,
  t: 0.3,
  scale: 0.5,
  select_topk: 0.3,
  filter_wise: true,
};

/** As many of the golden models as the method takes. */
function recipeOf({ name, inputs, parameters }: MethodDefinition): string {
  const hasBase = inputs.base === 'required' || inputs.base === 'optional';
  const models = ['golden/alpha', 'golden/beta', 'golden/gamma'].slice(0, inputs.max);
  const valuesOf = (scope: 'model' | 'global') =>
    Object.fromEntries(
      Object.entries(VALUES).filter(([key]) =>
        parameters.some((each) => each.name === key && each.scope === scope && each.unused !== true),
      ),
    );
  return JSON.stringify({
    merge_method: name,
    ...(hasBase ? { base_model: 'golden/base' } : {}),
    models: models.map((model) => ({ model, parameters: valuesOf('model') })),
    parameters: valuesOf('global'),
    seed: 7,
    out_dtype: 'bfloat16',
  });
}

const hashOf = (run: RunStatus) => run.files.find(({ path }) => path === 'model.safetensors')?.sha256;

for (const method of METHODS.values()) {
  test(`${method.name} gives the same bits on both engines`, async ({ sharedApp: app }) => {
    const hashes: (string | undefined)[] = [];
    for (const engine of ['cpu', 'gpu'] as const) {
      const { id } = await app.start(recipeOf(method), { engine });
      const run = await app.waitForRun(id, 'done');
      expect(run.engine).toBe(engine);
      hashes.push(hashOf(run));
      await app.remove(id);
    }
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });
}
