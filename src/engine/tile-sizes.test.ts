import { expect, test } from 'vitest';
import { METHODS } from '../methods/registry.ts';
import type { MethodDefinition } from '../methods/types.ts';
import { inputsOf, mergeArrays } from './merge-arrays.test-helper.ts';

const ROWS = 300;
const LENGTH = 96;
/** The least common multiple of a row and a block: the smallest tile of whole rows. */
const GRANULE = 12_288;
const SHAPE = [ROWS, LENGTH];

/** A base and close relatives of it, with zeros and outliers. */
const MODELS = [0, 1, 2, 3].map((model) =>
  Float32Array.from({ length: ROWS * LENGTH }, (_, index) => {
    const origin = Math.sin(index * 0.7) * 0.05;
    const change = index % (11 + model) === 0 ? 0 : Math.sin(index * (1.3 + model)) * 0.004;
    return model === 0 ? origin : origin + (index % 997 === model ? 20 : 1) * change;
  }),
);

/** Values that make every method ask for all it may ask for. */
const PARAMETERS = { weight: 0.6, density: 0.4, epsilon: 0.002, gamma: 0.05, t: 0.3, scale: 0.5, rescale: 1 };
const VARIANTS: readonly Readonly<Record<string, number>>[] = [
  {},
  { select_topk: 0.3 },
  { filter_wise: 1 },
  { nuslerp_flatten: 0 },
  { nuslerp_flatten: 0, nuslerp_row_wise: 1 },
];

function variantsOf({ parameters }: MethodDefinition): Readonly<Record<string, number>>[] {
  const names = new Set(parameters.map(({ name }) => name));
  return VARIANTS.filter((variant) => Object.keys(variant).every((name) => names.has(name)));
}

test.each([...METHODS.values()])('$name gives the same bits in every tile size', async (method) => {
  const base = ['required', 'optional'].includes(method.inputs.base) ? 0 : null;
  const operands = MODELS.slice(0, Math.min(4, method.inputs.max + (base === null ? 0 : 1)));
  for (const variant of variantsOf(method)) {
    const merge = { method, operands, base, shape: SHAPE, parameters: { ...PARAMETERS, ...variant } };
    const whole = await mergeArrays(merge);
    expect(whole.every(Number.isFinite)).toBe(true);
    const sizes = method.wholeRows?.(inputsOf(merge)) ? [GRANULE] : [4096, GRANULE];
    for (const tileElements of sizes) {
      expect(await mergeArrays({ ...merge, tileElements }), `${tileElements}`).toEqual(whole);
    }
  }
});
