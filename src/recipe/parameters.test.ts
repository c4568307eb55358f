import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FilterSubject } from './conditions.ts';
import {
  evaluateGradient,
  evaluateValue,
  layerPosition,
  lookupGlobalParameter,
  lookupModelParameter,
} from './parameters.ts';
import { parseRecipe } from './parse-recipe.ts';

/** A tensor by its name alone, which is all that mergekit's filters look at. */
const named = (name: string): FilterSubject => ({ name, layer: null, kind: null });

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });

test('layer positions run from 0 to 1, and a single layer is at 1', () => {
  expect([0, 1, 2].map((layer) => layerPosition(layer, 3))).toEqual([0, 0.5, 1]);
  expect(layerPosition(0, 1)).toBe(1);
});

test('gradients are linear between their numbers', () => {
  expect(evaluateGradient([3], 0.7)).toBe(3);
  expect([0, 0.25, 0.5, 0.75, 1].map((t) => evaluateGradient([0, 1, 4], t))).toEqual([0, 0.5, 1, 2.5, 4]);
  expect(() => evaluateGradient([], 0)).toThrow('gradient of 0 numbers');
});

test('gradients agree with the sum of hat functions', () => {
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, t) => {
        const position = t * (values.length - 1);
        const expected = values.reduce(
          (sum, value, i) => sum + value * Math.max(0, 1 - Math.abs(position - i)),
          0,
        );
        expect(evaluateGradient(values, t)).toBeCloseTo(expected, 6);
      },
    ),
  );
});

test('the first entry whose filter is a part of the name counts', () => {
  const entry = (filter: string | null, ...value: number[]) => ({ filter, layers: null, kind: null, value });
  const value = [entry('self_attn', 1), entry('mlp*', 2), entry('mlp', 3, 5)];
  expect(evaluateValue(value, named('model.layers.0.self_attn.q_proj.weight'), 0)).toBe(1);
  expect(evaluateValue(value, named('model.layers.0.mlp.up_proj.weight'), 0.5)).toBe(4);
  expect(evaluateValue(value, named('model.norm.weight'), 0)).toBeNull();
  expect(evaluateValue(value, named('model.layers.0.MLP.weight'), 0)).toBeNull();
  for (const filter of [null, '*', '']) expect(evaluateValue([entry(filter, 7)], named('x'), 0)).toBe(7);
});

const { recipe } = parseRecipe(`
merge_method: linear
slices:
- parameters: {density: 0.2, t: 0.2, only_mlp: {filter: mlp, value: 0.2}}
  sources:
  - model: a/b
    layer_range: [0, 2]
    parameters: {weight: {filter: mlp, value: 0.1}, t: 0.1, density: [0.1, 0.3]}
  - model: a/b
    layer_range: [2, 4]
parameters: {weight: 0.3, t: 0.3, density: 0.3, only_mlp: 0.3}
`);
const slice = recipe?.slices[0];
const [first, second] = slice?.sources ?? [];
if (!recipe || !slice || !first || !second) throw new Error('the recipe of this test is broken');

test('per-model parameters: source, then slice, then recipe', () => {
  const at = { recipe, slice, source: first };
  const path = ['slices', 0, 'sources', 0, 'parameters'];
  expect(lookupModelParameter(at, 'weight', named('x.mlp.w'), 0)).toEqual({
    value: 0.1,
    path: [...path, 'weight'],
  });
  expect(lookupModelParameter(at, 'density', named('x'), 0.5)).toEqual({
    value: 0.2,
    path: [...path, 'density'],
  });
  // No filter of the source matches: the recipe's value.
  expect(lookupModelParameter(at, 'weight', named('x.norm'), 0)).toEqual({
    value: 0.3,
    path: ['parameters', 'weight'],
  });
  expect(lookupModelParameter(at, 'epsilon', named('x'), 0)).toBeNull();
});

test('a model that is listed twice keeps its entries apart', () => {
  const at = { recipe, slice, source: second };
  expect(lookupModelParameter(at, 'density', named('x'), 0)).toEqual({
    value: 0.2,
    path: ['slices', 0, 'parameters', 'density'],
  });
});

test('global parameters never come from a source', () => {
  const path = ['slices', 0, 'parameters'];
  expect(lookupGlobalParameter({ recipe, slice }, 't', named('x'), 0)).toEqual({
    value: 0.2,
    path: [...path, 't'],
  });
  expect(lookupGlobalParameter({ recipe, slice }, 'only_mlp', named('mlp'), 0)?.value).toBe(0.2);
  expect(lookupGlobalParameter({ recipe, slice }, 'only_mlp', named('norm'), 0)).toEqual({
    value: 0.3,
    path: ['parameters', 'only_mlp'],
  });
});

test("a module's value wins over the recipe's, and a slice's over both", () => {
  const { recipe: whole } = parseRecipe(`
merge_method: linear
parameters: {t: 1, weight: 1, density: 1}
modules:
  tower:
    parameters: {t: 2, weight: 2}
    slices:
    - parameters: {t: 3}
      sources: [{model: a/b, layer_range: [0, 1]}]
`);
  const [inner] = whole?.slices ?? [];
  const [source] = inner?.sources ?? [];
  if (!whole || !inner || !source) throw new Error('not read');
  const at = { recipe: whole, slice: inner, source };
  const found = ['t', 'weight', 'density'].map((name) => lookupModelParameter(at, name, named('x'), 0));
  expect(found.map((each) => each?.value)).toEqual([3, 2, 1]);
  expect(found[1]?.path).toEqual(['modules', 'tower', 'parameters', 'weight']);
});
