import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { METHODS } from '../../methods/registry.ts';
import type { Checkpoint } from '../../model/types.ts';
import type { RecipeCheck } from '../check.ts';
import { check, checkGolden, skeleton, tiny, towered } from '../checkpoints.test-helper.ts';
import { exportForMergekit } from './mergekit.ts';

/** The exported text; throws the reasons of a refusal. */
function exported({ planned, problems }: RecipeCheck): string {
  if (planned === null) throw new Error(problems.map(({ message }) => message).join('\n'));
  const result = exportForMergekit(planned);
  if (result.kind === 'refused') throw new Error(result.reasons.join('\n'));
  return result.text;
}

type Entry = { filter?: string; value: number | number[] };
type Value = number | number[] | Entry[];
type Place = { parameters?: Record<string, Value> };
interface Plain extends Place {
  models?: (Place & { model: string })[];
  slices?: (Place & { sources: (Place & { model: string; layer_range: [number, number] })[] })[];
}

/** mergekit's own reading of a value: the first entry whose filter is missing, `*` or a part of the name. */
function evaluated(value: Value | undefined, name: string, t: number): number | null {
  if (value === undefined) return null;
  if (typeof value === 'number') return value;
  if (typeof value[0] === 'number') return gradient(value as number[], t);
  const entry = (value as Entry[]).find(({ filter }) => !filter || filter === '*' || name.includes(filter));
  if (entry === undefined) return null;
  return typeof entry.value === 'number' ? entry.value : gradient(entry.value, t);
}

function gradient(values: readonly number[], t: number): number {
  const position = t * (values.length - 1);
  const low = Math.trunc(position);
  const high = Math.min(values.length - 1, low + 1);
  const fraction = position - low;
  return (1 - fraction) * (values[low] ?? 0) + fraction * (values[high] ?? 0);
}

/** Every parameter of every tensor by mergekit's precedence (source, slice, recipe) over the exported text. */
function expectSameValues(check: RecipeCheck): void {
  const recipe = parse(exported(check)) as Plain;
  const { plan } = check;
  const planned = check.planned?.at(-1);
  if (plan === null || planned === undefined) throw new Error('no plan');
  const expanded = new Map(planned.expanded.map((tensor) => [tensor.name, tensor]));
  for (const tensor of plan.tensors) {
    const wanted = expanded.get(tensor.name);
    if (tensor.program !== 'method' || wanted === undefined) continue;
    const slice: Place = recipe.slices?.[wanted.slice] ?? {};
    const sources = recipe.slices?.[wanted.slice]?.sources ?? recipe.models ?? [];
    for (const { name, scope, default: fallback = null } of planned.resolved.method.parameters) {
      const shared = (at: string) =>
        evaluated(slice.parameters?.[name], at, wanted.t) ??
        evaluated(recipe.parameters?.[name], at, wanted.t) ??
        fallback;
      if (scope === 'global') {
        expect(tensor.globalParameters[name], `${name} of ${tensor.name}`).toBe(shared(tensor.name));
        continue;
      }
      for (const [index, input] of tensor.inputs.entries()) {
        const own = sources[wanted.inputs[index]?.source ?? -1]?.parameters?.[name];
        const value = evaluated(own, input.tensor, wanted.t) ?? shared(input.tensor);
        expect(input.parameters[name], `${name} of ${tensor.name}`).toBe(value);
      }
    }
  }
}

const GOLDEN = new URL('../../../e2e/data/golden/recipes/', import.meta.url);
const recipes = readdirSync(GOLDEN)
  .map((file) => [file.replace('.yml', ''), readFileSync(new URL(file, GOLDEN), 'utf8')] as const)
  .filter(([, text]) => METHODS.has(/^merge_method: (\w+)/m.exec(text)?.[1] ?? ''));

describe.each(recipes)('golden recipe %s', (_, text) => {
  test('comes back as it was', async () => {
    const before = await checkGolden(text);
    expectSameValues(before);
    const after = await checkGolden(exported(before));
    expect(after.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const rest = (plan: RecipeCheck['plan']) => ({ ...plan, recipeText: '', sideFiles: [], warnings: [] });
    expect(rest(after.plan)).toEqual(rest(before.plan));
  });
});

const models: readonly Checkpoint[] = [tiny('a', { layers: 12 }), tiny('b', { layers: 12 })];

const recipeWith = (weight: string): string =>
  `merge_method: linear\nmodels:\n  - { model: a, parameters: { weight: 1 } }\n  - model: b\n    parameters:\n      weight: ${weight}\n`;

test.each([
  ['a glob', "[{ filter: 'model.layers.*.mlp.*', value: 0.5 }, { value: 1 }]"],
  ['layers', '[{ layers: "0, 4-6, 11", value: [0, 0.5] }, { value: 1 }]'],
  ['a kind', '[{ kind: norm, value: 0.5 }, { kind: attention, value: 0.25 }, { value: 1 }]'],
  ['layers 1 to 1, which are a part of 10 and 11', '[{ layers: 1, value: 0.5 }, { value: 1 }]'],
  [
    'everything at once',
    '[{ filter: q_proj, layers: 2-3, kind: attention, value: 2 }, { filter: "*norm*", value: 3 }, { filter: layers.1, value: 4 }, { value: 1 }]',
  ],
  ['an entry that never counts', '[{ kind: mlp, value: 2 }, { filter: mlp, value: 3 }, { value: 1 }]'],
  ['a lone entry behind which nothing is left', '{ filter: "model*", value: 1 }'],
])('%s is written out', (name, weight) => {
  const text = recipeWith(weight);
  if (name.startsWith('a lone')) {
    // `lm_head.weight` gets no value here, so the recipe itself is wrong.
    expect(() => exported(check(text, models))).toThrow('lm_head.weight');
    return;
  }
  expectSameValues(check(text, models));
});

test('parts of names are as few as can be', () => {
  const text = exported(
    check(
      recipeWith(
        '[{ layers: 4-5, kind: mlp, value: 0.5 }, { kind: attention, value: [0, 1] }, { value: 1 }]',
      ),
      models,
    ),
  );
  expect(parse(text)).toEqual({
    merge_method: 'linear',
    models: [
      { model: 'a', parameters: { weight: 1 } },
      {
        model: 'b',
        parameters: {
          weight: [
            { filter: '.4.mlp.', value: 0.5 },
            { filter: '.5.mlp.', value: 0.5 },
            { filter: '.q_proj.', value: [0, 1] },
            { value: 1 },
          ],
        },
      },
    ],
  });
});

test('a name inside a longer name with another value goes behind it', () => {
  const odd = { tensors: { 'extra.lm_head.weight': { shape: [3, 3] } } };
  const pair = [tiny('a', odd), tiny('b', odd)];
  const result = check(recipeWith('[{ filter: lm_*, value: 0.5 }, { filter: "*", value: 1 }]'), pair);
  expectSameValues(result);
  expect(exported(result)).toContain('extra.lm_head.weight');
});

const condition = fc.record(
  {
    filter: fc.constantFrom(
      'mlp',
      'layers.1',
      '*',
      '*proj*',
      'model.layers.*.weight',
      '*norm.weight',
      'lm_*',
    ),
    layers: fc.constantFrom(0, '1-3', '0, 10-11', '5-5'),
    kind: fc.constantFrom('attention', 'mlp', 'norm', 'embedding', 'head'),
    value: fc.constantFrom<number | number[]>(0.25, 0.5, 2, [0, 1], [1, 0.5, 3]),
  },
  { requiredKeys: ['value'] },
);

test('any conditions are written out so that every tensor keeps its value', () => {
  fc.assert(
    fc.property(fc.array(condition, { minLength: 1, maxLength: 5 }), (entries) => {
      expectSameValues(check(recipeWith(JSON.stringify([...entries, { value: 1 }])), models));
    }),
    { numRuns: 60 },
  );
});

test('a published model of many layers is written out in few parts', () => {
  const pair = [skeleton('llama-3-70b', 'a'), skeleton('llama-3-70b', 'b')];
  const result = check(
    recipeWith('[{ layers: 10-29, value: 0.5 }, { filter: "*_proj*", value: 2 }, { value: 1 }]'),
    pair,
  );
  expectSameValues(result);
  expect(exported(result).match(/filter/g)?.length).toBeLessThan(30);
});

test('slices, bases, dtypes and single entries are written as mergekit reads them', () => {
  const text = `name: mine
seed: 7
out_shard_size: 1GB
merge_method: ties
base_model: a
dtype: bfloat16
out_dtype: float32
slices:
  - base_model: b
    parameters: { density: { filter: mlp, value: 0.5 } }
    sources:
      - { model: a, layer_range: [0, 2], parameters: { weight: 0.3 } }
      - { model: b, layer_range: [0, 2] }
  - sources: [{ model: a, layer_range: [12, 12] }]
`;
  const result = check(text, models);
  expectSameValues(result);
  expect(parse(exported(result))).toEqual({
    merge_method: 'ties',
    base_model: 'a',
    slices: [
      {
        sources: [
          { model: 'a', layer_range: [0, 2], parameters: { weight: 0.3 } },
          { model: 'b', layer_range: [0, 2] },
        ],
        base_model: 'b',
        parameters: { density: [{ filter: 'mlp', value: 0.5 }] },
      },
      { sources: [{ model: 'a', layer_range: [12, 12] }] },
    ],
    dtype: 'bfloat16',
    out_dtype: 'float32',
  });
});

test('modules keep their places, and their filters are written out', () => {
  const text = `merge_method: linear
parameters: { weight: 1 }
modules:
  vision_tower:
    parameters: { weight: [{ layers: 1-2, value: 0.5 }, { value: 1 }] }
    models: [{ model: a }, { model: b }]
  text_decoder:
    slices: [{ sources: [{ model: a, layer_range: [0, 2] }] }]
`;
  expect(parse(exported(check(text, [towered('a'), towered('b')])))).toEqual({
    merge_method: 'linear',
    modules: {
      vision_tower: {
        models: [{ model: 'a' }, { model: 'b' }],
        parameters: { weight: [{ filter: '.1.', value: 0.5 }, { filter: '.2.', value: 0.5 }, { value: 1 }] },
      },
      text_decoder: { slices: [{ sources: [{ model: 'a', layer_range: [0, 2] }] }] },
    },
    parameters: { weight: 1 },
  });
});

test('names that YAML 1.1 takes for something else are quoted', () => {
  const text = exported(check('merge_method: passthrough\nmodels: [{ model: "no" }]\n', [tiny('no')]));
  expect(text).toContain('"no"');
});

test('what mergekit does otherwise is said in comments', () => {
  const text = `merge_method: dare_ties
base_model: a
seed: 7
models: [{ model: b, parameters: { weight: 1, density: 0.5 } }]
`;
  const lines = exported(check(text, models)).split('\n');
  expect(lines.filter((line) => line.startsWith('#'))).toEqual([
    '# Put the paths of the folders in place of `b`, `a`.',
    '# The random masks are others there; fix them with --random-seed 7 (they still depend on the machine).',
  ]);
});

describe('refused in words', () => {
  test.each([
    [
      'the same model twice in a slice',
      'merge_method: linear\nparameters: { weight: 1 }\nslices: [{ sources: [{ model: a, layer_range: [0, 2] }, { model: a, layer_range: [2, 4] }] }]\n',
      '`a` stands twice in one slice',
    ],
    [
      'a method that mergekit lacks',
      'merge_method: magmax\nbase_model: a\nmodels: [{ model: b }]\n',
      'mergekit has no method `magmax`',
    ],
    [
      'a dtype that mergekit lacks',
      `${recipeWith('1')}out_dtype: float8_e4m3fn\n`,
      'mergekit does not write `float8_e4m3fn`',
    ],
  ])('%s', (_, text, reason) => {
    expect(() => exported(check(text, models))).toThrow(reason);
  });
});
