import { describe, expect, test } from 'vitest';
import { check, tiny } from './checkpoints.test-helper.ts';
import type { MergePlan, PlannedTensor } from './types.ts';

type Models = Parameters<typeof check>[1];

function planOf(text: string, models: Models): MergePlan {
  const { plan, problems } = check(text, models);
  if (plan === null) throw new Error(problems.map(({ message }) => message).join('\n'));
  return plan;
}

function tensorOf(plan: MergePlan, name: string): PlannedTensor {
  const tensor = plan.tensors.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`no ${name}`);
  return tensor;
}

function inputsOf(plan: MergePlan, name: string): string[] {
  return tensorOf(plan, name).inputs.map(({ model, tensor }) => `${plan.models[model]?.ref}:${tensor}`);
}

function configOf(plan: MergePlan): Record<string, unknown> {
  const content = plan.sideFiles.find(({ path }) => path === 'config.json')?.content;
  return JSON.parse(content?.kind === 'text' ? content.text : '{}') as Record<string, unknown>;
}

const LINEAR = `merge_method: linear
models:
  - model: a
    parameters: { weight: 1 }
  - model: b
    parameters: { weight: 3 }
`;
const TIES = `merge_method: ties
base_model: base
models:
  - model: a
    parameters: { weight: 1 }
  - model: b
    parameters: { weight: 1 }
`;
const BIAS = 'model.layers.1.self_attn.q_proj.bias';
const HEAD = 'lm_head.weight';
const bias = { tensors: { [BIAS]: { shape: [8] } } };
const tied = { tensors: { [HEAD]: null }, config: { tie_word_embeddings: true } };

describe('the base', () => {
  test('takes part in a recipe with `models:` though it is not listed', () => {
    const plan = planOf(TIES, [tiny('a'), tiny('b'), tiny('base')]);
    expect(plan.models.map(({ ref }) => ref)).toEqual(['a', 'b', 'base']);
    expect(inputsOf(plan, 'model.norm.weight')).toEqual([
      'a:model.norm.weight',
      'b:model.norm.weight',
      'base:model.norm.weight',
    ]);
    expect(tensorOf(plan, 'model.norm.weight')).toMatchObject({ base: 2, program: 'method' });
  });

  test('stays where it is listed, and needs no weight', () => {
    const plan = planOf(TIES.replace('  - model: a\n', '  - model: base\n  - model: a\n'), [
      tiny('a'),
      tiny('b'),
      tiny('base'),
    ]);
    expect(tensorOf(plan, 'model.norm.weight')).toMatchObject({
      base: 0,
      inputs: [{ parameters: { weight: null } }, { parameters: { weight: 1, density: 1 } }, {}],
    });
  });

  test('can differ by slice', () => {
    const text = `merge_method: task_arithmetic
base_model: a
parameters: { weight: 0.5 }
slices:
  - sources:
      - { model: a, layer_range: [0, 2] }
      - { model: b, layer_range: [0, 2] }
  - sources:
      - { model: a, layer_range: [2, 4] }
      - { model: b, layer_range: [2, 4] }
    base_model: b
`;
    const plan = planOf(text, [tiny('a'), tiny('b')]);
    expect(tensorOf(plan, 'model.embed_tokens.weight').base).toBe(0);
    expect(tensorOf(plan, 'model.layers.3.mlp.up_proj.weight').base).toBe(1);
    expect(tensorOf(plan, 'model.norm.weight').base).toBe(1);
  });
});

describe('tensors that not every model has', () => {
  test('an optional one is merged over the models that have it', () => {
    const { plan, problems } = check(LINEAR, [tiny('a', bias), tiny('b')]);
    expect(problems).toMatchObject([{ code: 'optional-tensor', severity: 'warning' }]);
    expect(problems[0]?.message).toContain('b lacks `model.layers.{}.self_attn.q_proj.bias`');
    expect(plan && inputsOf(plan, BIAS)).toEqual([`a:${BIAS}`]);
    expect(plan?.warnings).toEqual([problems[0]?.message]);
  });

  test('one that the base lacks is copied from the first model that has it', () => {
    const plan = planOf(TIES, [tiny('a', bias), tiny('b', bias), tiny('base')]);
    expect(inputsOf(plan, BIAS)).toEqual([`a:${BIAS}`]);
    expect(tensorOf(plan, BIAS)).toMatchObject({ program: 'copy', base: null });
  });

  test('one that only the base has is copied', () => {
    const plan = planOf(TIES, [tiny('a'), tiny('b'), tiny('base', bias)]);
    expect(inputsOf(plan, BIAS)).toEqual([`base:${BIAS}`]);
    expect(tensorOf(plan, BIAS).program).toBe('copy');
  });

  test('a tied model gives its embedding where another has a head', () => {
    const { plan, problems } = check(LINEAR, [tiny('a', tied), tiny('b')]);
    expect(problems.map(({ code, span }) => `${span.line} ${code}`)).toEqual(['3 embedding-as-head']);
    if (plan === null) throw new Error('no plan');
    expect(inputsOf(plan, HEAD)).toEqual(['a:model.embed_tokens.weight', `b:${HEAD}`]);
    expect(configOf(plan).tie_word_embeddings).toBe(false);
    const inputs = plan.tensors.flatMap((tensor) => tensor.inputs);
    const embedding = tiny('a').tensors.get('model.embed_tokens.weight');
    const twice = (embedding?.end ?? 0) - (embedding?.start ?? 0);
    expect(plan.totals.fetchBytes).toBe(inputs.reduce((sum, { start, end }) => sum + end - start, -twice));
  });

  test('where all are tied there is no head', () => {
    const plan = planOf(LINEAR, [tiny('a', tied), tiny('b', tied)]);
    expect(plan.tensors.map(({ name }) => name)).not.toContain(HEAD);
    expect(configOf(plan).tie_word_embeddings).toBe(true);
  });

  test('integers are copied from the base, whatever the method', () => {
    const ids = { tensors: { 'model.position_ids': { shape: [1, 9], dtype: 'I64' as const } } };
    const plan = planOf(`${TIES}dtype: float32\n`, [tiny('a', ids), tiny('b', ids), tiny('base', ids)]);
    expect(tensorOf(plan, 'model.position_ids')).toMatchObject({
      program: 'copyEqual',
      dtype: 'I64',
      base: null,
    });
    expect(inputsOf(plan, 'model.position_ids')[0]).toBe('base:model.position_ids');
  });

  test('names that no rule knows are merged like any other', () => {
    const odd = { tensors: { 'strange.thing': { shape: [3, 3] } } };
    expect(inputsOf(planOf(LINEAR, [tiny('a', odd), tiny('b', odd)]), 'strange.thing')).toHaveLength(2);
  });
});

describe('slices', () => {
  test('the same model may stand in a slice twice, each with its own values and mask', () => {
    const text = `merge_method: dare_linear
base_model: base
slices:
  - sources:
      - { model: base, layer_range: [0, 2] }
      - { model: a, layer_range: [0, 2], parameters: { weight: 0.2, density: 0.5 } }
      - { model: a, layer_range: [2, 4], parameters: { weight: 0.8, density: 0.5 } }
`;
    const plan = planOf(text, [tiny('a'), tiny('base')]);
    const tensor = tensorOf(plan, 'model.layers.1.mlp.up_proj.weight');
    expect(tensor.inputs.map((input) => [input.tensor, input.parameters.weight])).toEqual([
      ['model.layers.1.mlp.up_proj.weight', null],
      ['model.layers.1.mlp.up_proj.weight', 0.2],
      ['model.layers.3.mlp.up_proj.weight', 0.8],
    ]);
    expect(new Set(tensor.inputs.map(({ maskKey }) => maskKey.join())).size).toBe(3);
    expect(tensor.readsTwice).toBe(true);
  });

  test('a last slice may have more sources than the first', () => {
    const text = `merge_method: linear
parameters: { weight: 1 }
slices:
  - sources: [{ model: a, layer_range: [0, 2] }]
  - sources: [{ model: a, layer_range: [2, 4] }, { model: b, layer_range: [2, 4] }]
`;
    const plan = planOf(text, [tiny('a'), tiny('b')]);
    expect(inputsOf(plan, 'model.embed_tokens.weight')).toHaveLength(1);
    expect(inputsOf(plan, HEAD)).toEqual([`a:${HEAD}`, `b:${HEAD}`]);
  });

  test('a slerp slice of one model is copied', () => {
    const text = `merge_method: slerp
base_model: a
parameters: { t: 0.5 }
slices:
  - sources: [{ model: a, layer_range: [0, 2] }, { model: b, layer_range: [0, 2] }]
  - sources: [{ model: b, layer_range: [2, 4] }]
`;
    const plan = planOf(text, [tiny('a'), tiny('b')]);
    expect(tensorOf(plan, 'model.layers.0.mlp.up_proj.weight').program).toBe('method');
    expect(tensorOf(plan, 'model.layers.2.mlp.up_proj.weight').program).toBe('copy');
    expect(inputsOf(plan, 'model.layers.2.mlp.up_proj.weight')).toEqual([
      'b:model.layers.2.mlp.up_proj.weight',
    ]);
  });

  test('a last slice without layers chooses the final norm and the head', () => {
    const text = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 2] }]
  - sources: [{ model: b, layer_range: [4, 4] }]
`;
    const plan = planOf(text, [tiny('a'), tiny('b')]);
    expect(plan.totals.layerCount).toBe(2);
    expect(inputsOf(plan, 'model.embed_tokens.weight')).toEqual(['a:model.embed_tokens.weight']);
    expect(inputsOf(plan, HEAD)).toEqual([`b:${HEAD}`]);
    expect(inputsOf(plan, 'model.norm.weight')).toEqual(['b:model.norm.weight']);
  });

  test('conditions count layers as the name does that filters are compared with', () => {
    const text = `merge_method: task_arithmetic
base_model: a
parameters:
  lambda: [{ layers: 1, value: 0.5 }, { value: 1 }]
  weight: [{ layers: 3, kind: mlp, value: 0.25 }, { filter: 'model.layers.*.weight', value: 1 }, { value: 2 }]
slices:
  - sources: [{ model: a, layer_range: [2, 4] }, { model: b, layer_range: [2, 4] }]
`;
    const plan = planOf(text, [tiny('a'), tiny('b')]);
    const valuesOf = (name: string) => {
      const { globalParameters, inputs } = tensorOf(plan, name);
      return [globalParameters.lambda, inputs[1]?.parameters.weight];
    };
    // Layer 1 of the output is layer 3 of its sources.
    expect(valuesOf('model.layers.1.mlp.up_proj.weight')).toEqual([0.5, 0.25]);
    expect(valuesOf('model.layers.1.self_attn.q_proj.weight')).toEqual([0.5, 1]);
    expect(valuesOf('model.layers.0.mlp.up_proj.weight')).toEqual([1, 1]);
    expect(valuesOf('model.embed_tokens.weight')).toEqual([1, 2]);
  });

  test('a repeated layer of a passthrough may have its own scale', () => {
    const text = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 2] }]
  - sources: [{ model: a, layer_range: [1, 2], parameters: { scale: [{ filter: q_proj, value: 0 }] } }]
`;
    const plan = planOf(text, [tiny('a')]);
    expect(plan.totals.layerCount).toBe(3);
    expect(configOf(plan).num_hidden_layers).toBe(3);
    expect(tensorOf(plan, 'model.layers.2.self_attn.q_proj.weight').inputs[0]?.parameters).toEqual({
      scale: 0,
    });
    expect(tensorOf(plan, 'model.layers.2.mlp.up_proj.weight').inputs[0]?.parameters).toEqual({
      scale: null,
    });
  });
});

describe('dtypes', () => {
  const models = [tiny('a', { dtype: 'F32' }), tiny('b', { dtype: 'F16' })];
  test.each([
    ['out_dtype: float16\ndtype: float32\n', 'F16', 'float16'],
    ['dtype: bfloat16\n', 'BF16', 'bfloat16'],
    ['', 'F32', 'float32'],
  ])('%j', (keys, dtype, name) => {
    const plan = planOf(LINEAR + keys, models);
    expect(new Set(plan.tensors.map((tensor) => tensor.dtype))).toEqual(new Set([dtype]));
    expect(configOf(plan).torch_dtype).toBe(name);
  });
});

test('shards, index and side files follow from the recipe', () => {
  const plan = planOf(`${LINEAR}out_shard_size: 1000\n`, [tiny('a'), tiny('b')]);
  expect(plan.shards.length).toBeGreaterThan(1);
  expect(plan.sideFiles.map(({ path }) => path)).toEqual([
    'config.json',
    'README.md',
    'mergekit_config.yml',
    'model.safetensors.index.json',
    'tokenizer.json',
  ]);
  expect(plan.sideFiles.at(-1)?.content).toMatchObject({ kind: 'copy', model: 0, path: 'tokenizer.json' });
});

test('the same recipe and seed give the same masks; another seed gives others', () => {
  const text = `merge_method: dare_ties
base_model: base
models: [{ model: a, parameters: { weight: 1, density: 0.5 } }]
`;
  const keys = (recipe: string) =>
    planOf(recipe, [tiny('a'), tiny('base')]).tensors.map(({ inputs }) =>
      inputs.map(({ maskKey }) => maskKey.join()),
    );
  expect(keys(text)).toEqual(keys(text));
  expect(keys(`${text}seed: 7\n`)).not.toEqual(keys(text));
  expect(new Set(keys(text).flat()).size).toBe(keys(text).flat().length);
});
