import { describe, expect, test } from 'vitest';
import { GraftError } from '../base/errors.ts';
import type { Checkpoint } from '../model/types.ts';
import { applyEdits } from '../recipe/apply-edits.ts';
import { brief, check, LINEAR, TIES, tiny } from './checkpoints.test-helper.ts';

const A = tiny('a');
const B = tiny('b');
const C = tiny('c');

function without(name: string, ref = 'b'): Checkpoint {
  return tiny(ref, { tensors: { [name]: null } });
}

const SLERP = `merge_method: slerp
base_model: a
models:
  - model: b
parameters:
  t: 0.5
`;
const STACK = `merge_method: passthrough
slices:
  - sources:
      - model: a
        layer_range: [0, 2]
  - sources:
      - model: b
        layer_range: [2, 4]
`;
const EVERYTHING = `merge_method: tise
base_model: a
models:
  - model: b
    wieght: 0.4
    parameters:
      weight: [0.2, 'x']
      densty: 2
  - model: nobody/nothing
dtype: bf16
`;

describe('wrong recipes', () => {
  test.each<
    [name: string, text: string, expected: string[], models?: (Checkpoint | readonly [string, GraftError])[]]
  >([
    ['a method that does not exist', LINEAR.replace('linear', 'linaer'), ['1:15 error unknown-method']],
    ['a method of others', LINEAR.replace('linear', 'opcm'), ['1:15 error unsupported-method']],
    ['no base', TIES.replace('base_model: a\n', ''), ['1:15 error missing-base-model']],
    ['no base for slerp', SLERP.replace('base_model: a\n', ''), ['1:15 error missing-base-model']],
    [
      'slerp of three',
      SLERP.replace('  - model: b\n', '  - model: b\n  - model: c\n'),
      ['3:1 error model-count'],
    ],
    ['slerp of the base alone', SLERP.replace('model: b', 'model: a'), ['3:1 error model-count']],
    [
      'ties of the base alone',
      'merge_method: ties\nbase_model: a\nmodels:\n  - model: a\n',
      ['3:1 error model-count'],
    ],
    [
      'a base for passthrough',
      'merge_method: passthrough\nbase_model: b\nmodels:\n  - model: a\n',
      ['2:1 error base-model-forbidden'],
    ],
    [
      'passthrough of two',
      'merge_method: passthrough\nmodels: [{ model: a }, { model: b }]\n',
      ['2:1 error model-count'],
    ],
    [
      'passthrough of two in one slice',
      'merge_method: passthrough\nslices:\n  - sources:\n      - { model: a, layer_range: [0, 2] }\n      - { model: b, layer_range: [0, 2] }\n',
      ['3:5 error model-count'],
    ],
    [
      'a slice without the base',
      'merge_method: ties\nbase_model: a\nparameters: { weight: 1 }\nslices:\n  - sources:\n      - { model: b, layer_range: [0, 2] }\n      - { model: c, layer_range: [0, 2] }\n',
      ['5:5 error base-model-not-a-source'],
    ],
    ['layers past the end', STACK.replace('[2, 4]', '[2, 5]'), ['8:22 error layer-range-outside']],
    ['models of unequal depth', LINEAR, ['5:12 error unequal-layer-counts'], [A, tiny('b', { layers: 5 })]],
    ['no weight', LINEAR.replace('    parameters: { weight: 1 }\n', ''), ['3:12 error missing-parameter']],
    ['no t', SLERP.replace('parameters:\n  t: 0.5\n', ''), ['1:15 error missing-parameter']],
    [
      't under a model',
      'merge_method: slerp\nbase_model: a\nmodels:\n  - model: b\n    parameters:\n      t: 0.5\n',
      ['1:15 error missing-parameter', '6:7 error global-parameter-under-model'],
    ],
    [
      'a base of linear without a weight',
      LINEAR.replace('models:', 'base_model: c\nmodels:'),
      ['2:13 error missing-parameter'],
    ],
    [
      'a filter that leaves tensors without weight',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ filter: mlp, value: 1 }] }'),
      ['4:27 error missing-parameter'],
    ],
    [
      'a misspelt parameter',
      TIES.replace('density: 0.5', 'densty: 0.5'),
      ['4:5 error x'].map(() => '5:30 error unknown-parameter'),
    ],
    [
      'a parameter of another method',
      LINEAR.replace('weight: 1 }', 'weight: 1, density: 0.5 }'),
      ['4:30 warning unused-parameter'],
    ],
    [
      'a parameter of a method of mergekit',
      LINEAR.replace('weight: 1 }', 'weight: 1, gamma: 0.5 }'),
      ['4:30 warning unused-parameter'],
    ],
    [
      'a parameter without effect',
      `${TIES}parameters: { int8_mask: true }\n`,
      ['8:15 warning unused-parameter'],
    ],
    ['a density past 1', TIES.replace('density: 0.5', 'density: 1.5'), ['5:39 error parameter-out-of-range']],
    [
      'a density below 0 in a gradient',
      TIES.replace('density: 0.5', 'density: [0.5, -0.1]'),
      ['5:39 error parameter-out-of-range'],
    ],
    [
      'a density that keeps nothing',
      TIES.replace('density: 0.5', 'density: 0.01'),
      ['5:39 error refused-values'],
    ],
    ['weights that cancel out', LINEAR.replace('weight: 1', 'weight: -1'), ['4:27 error refused-values']],
    [
      'a filter that matches nothing',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ filter: mpl, value: 1 }, { value: 2 }] }'),
      ['4:38 warning filter-matches-nothing'],
    ],
    [
      'a glob that is not for whole names',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ filter: mlp*, value: 1 }, { value: 2 }] }'),
      ['4:38 warning filter-matches-nothing'],
    ],
    [
      'layers that no model has',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ layers: 4-9, value: 1 }, { value: 2 }] }'),
      ['4:38 warning filter-matches-nothing'],
    ],
    [
      'conditions that no tensor meets together',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ filter: mlp, kind: norm, value: 1 }, { value: 2 }] }'),
      ['4:49 warning filter-matches-nothing'],
    ],
    [
      'a model that cannot be opened',
      LINEAR,
      ['5:12 error model-failed'],
      [A, ['b', new GraftError('ModelNotFound', 'There is no model b.')]],
    ],
    [
      'a quantized model',
      LINEAR,
      ['3:12 error quantized-model'],
      [tiny('a', { config: { quantization_config: { quant_method: 'gptq' } } }), B],
    ],
    ['other vocabularies', LINEAR, ['5:12 error different-vocabularies'], [A, tiny('b', { vocabulary: 22 })]],
    ['other sizes', LINEAR, ['5:12 error different-shapes'], [A, tiny('b', { hidden: 16 })]],
    [
      'one tensor of another shape',
      LINEAR,
      ['5:12 error different-shapes'],
      [A, tiny('b', { tensors: { 'model.layers.1.mlp.up_proj.weight': { shape: [8, 8] } } })],
    ],
    [
      'other architectures',
      LINEAR,
      ['5:12 error different-architectures'],
      [
        A,
        tiny('b', {
          config: { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] },
          tensors: { 'model.layers.0.self_attn.q_proj.bias': { shape: [8] } },
        }),
      ],
    ],
    [
      'architectures that differ in name only',
      LINEAR,
      ['5:12 warning mixed-architectures'],
      [A, tiny('b', { config: { model_type: 'mistral', architectures: ['MistralForCausalLM'] } })],
    ],
    [
      'a layer without its matrix',
      LINEAR,
      ['5:12 error missing-tensor'],
      [A, without('model.layers.2.mlp.up_proj.weight')],
    ],
    [
      'a model without a final norm',
      LINEAR,
      ['5:12 error missing-tensor'],
      [A, without('model.norm.weight')],
    ],
    [
      'a model without an embedding',
      LINEAR,
      ['5:12 error missing-tensor'],
      [A, without('model.embed_tokens.weight')],
    ],
    ['scales', LINEAR, ['5:12 error unsupported-tensor-type'], [A, tiny('b', { dtype: 'F8_E8M0' })]],
    [
      'four-bit floats',
      LINEAR,
      ['3:12 error unsupported-tensor-type'],
      [tiny('a', { dtype: 'F4' }), tiny('b', { dtype: 'BF16' })],
    ],
    [
      'floats against integers',
      LINEAR,
      ['5:12 error different-tensor-types'],
      [A, tiny('b', { tensors: { 'model.norm.weight': { shape: [8], dtype: 'I32' } } })],
    ],
    [
      'a head of another vocabulary in a stack',
      STACK,
      ['7:16 error different-vocabularies'],
      [A, tiny('b', { vocabulary: 22 })],
    ],
    ['a stack of unequal sizes', STACK, ['7:16 error different-shapes'], [A, tiny('b', { hidden: 16 })]],
    [
      'what the parser finds, beside what the models show',
      LINEAR.replace('models:', 'colour: red\nmodels:').replace('weight: 1', 'wieght: 1'),
      ['2:1 error unknown-key', '4:12 error missing-parameter', '5:19 error unknown-parameter'],
    ],
    [
      'every kind at once beside a value that cannot be read',
      EVERYTHING,
      [
        '1:15 error unknown-method',
        '5:5 error misplaced-parameter',
        '7:21 error invalid-parameter',
        '8:7 error unknown-parameter',
        '9:12 error model-failed',
        '10:8 error unknown-dtype',
      ],
      [A, B, ['nobody/nothing', new GraftError('ModelNotFound', 'There is no such model.')]],
    ],
    [
      'a misspelt parameter of a misspelt method without its base',
      TIES.replace('ties', 'tise').replace('base_model: a\n', '').replace('density', 'densty'),
      ['1:15 error unknown-method', '1:15 error missing-base-model', '4:30 error unknown-parameter'],
    ],
    [
      'a parameter under a method like no other',
      LINEAR.replace('linear', 'average').replace('weight', 'wieght'),
      ['1:15 error unknown-method'],
    ],
    [
      'a parameter whose name and value are wrong',
      TIES.replace('density: 0.5', 'densty: x'),
      ['5:30 error unknown-parameter', '5:38 error invalid-parameter'],
    ],
    [
      'a missing base beside a weight that cannot be read',
      TIES.replace('base_model: a\n', '').replace('weight: 1', 'weight: x'),
      ['1:15 error missing-base-model', '4:27 error invalid-parameter'],
    ],
    [
      'a weight that cannot be read is not missing',
      LINEAR.replace('1', 'x'),
      ['4:27 error invalid-parameter'],
    ],
    [
      'a base that cannot be read is not missing',
      TIES.replace('base_model: a', 'base_model: ../a'),
      ['2:13 error local-path'],
    ],
    [
      'a model that cannot be read does not change the count',
      SLERP.replace('model: b', 'model: ../b').replace('t: 0.5', 'x: 1'),
      ['4:12 error local-path', '6:3 error unknown-parameter'],
    ],
    [
      'too many models beside a value that cannot be read',
      SLERP.replace('  - model: b\n', '  - model: b\n  - model: c\n').replace('0.5', 'x'),
      ['3:1 error model-count', '7:6 error invalid-parameter'],
    ],
    [
      'too many models, of which one cannot be opened',
      SLERP.replace('  - model: b\n', '  - model: b\n  - model: c\n'),
      ['3:1 error model-count', '5:12 error model-failed'],
      [A, B, ['c', new GraftError('ModelNotFound', 'There is no model c.')]],
    ],
    [
      'models that do not fit beside a value that cannot be read',
      LINEAR.replace('1', 'x'),
      ['4:27 error invalid-parameter', '5:12 error different-vocabularies'],
      [A, tiny('b', { vocabulary: 22 })],
    ],
    [
      'a range that cannot be read is not too long',
      STACK.replace('[2, 4]', '[2, x]').replace('passthrough', 'passthru'),
      ['1:15 error unknown-method', '8:22 error invalid-layer-range'],
    ],
    [
      'nothing to merge by a method that does not exist',
      'merge_method: linaer\nparameters: { wieght: 1 }\n',
      ['1:1 error missing-models', '1:15 error unknown-method', '2:15 error unknown-parameter'],
    ],
    [
      'no method',
      LINEAR.replace('merge_method: linear\n', ''),
      ['1:1 error missing-key', '4:12 error model-failed'],
      [A, ['b', new GraftError('ModelNotFound', 'There is no model b.')]],
    ],
  ])('%s', (_, text, expected, models = [A, B, C]) => {
    const { problems, plan } = check(text, models);
    expect(problems.map(brief)).toEqual(expected);
    expect(plan === null).toBe(expected.some((each) => each.includes(' error ')));
    for (const { message } of problems) expect(message).toMatch(/^\S.*[.?]$/);
  });
});

describe('quick fixes lead to a recipe that can run', () => {
  test.each<[name: string, text: string]>([
    ['the nearest method', LINEAR.replace('linear', 'linaer')],
    ['a misspelt parameter', TIES.replace('density: 0.5', 'densty: 0.5')],
    ['a missing weight', LINEAR.replace('    parameters: { weight: 1 }\n', '')],
    ['a missing weight beside another parameter', TIES.replace('weight: 1, ', '')],
    ['a missing t', SLERP.replace('parameters:\n  t: 0.5\n', '')],
    ['a missing t beside another parameter', SLERP.replace('t: 0.5', '"normalize": 1')],
    ['a base that must go', 'merge_method: passthrough\nbase_model: b\nmodels:\n  - model: a\n'],
    [
      'a glob that lacks a star',
      LINEAR.replace('{ weight: 1 }', '{ weight: [{ filter: mlp*, value: 1 }, { value: 2 }] }'),
    ],
    ['a parameter without effect', LINEAR.replace('{ weight: 1 }', '\n      weight: 1\n      density: 0.5')],
  ])('%s', (_, text) => {
    const models = [A, B, C];
    const fixable = check(text, models).problems.find(({ fixes }) => fixes.length > 0);
    expect(fixable).toBeDefined();
    const fixed = applyEdits(text, fixable?.fixes[0]?.edits ?? []);
    const left = check(fixed, models).problems;
    expect(left.map(brief)).not.toContain(fixable === undefined ? '' : brief(fixable));
    expect(left.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('a missing base is offered as the first model', () => {
    const text = TIES.replace('base_model: a\n', '');
    const [problem] = check(text, [A, B, C]).problems;
    expect(applyEdits(text, problem?.fixes[0]?.edits ?? [])).toContain('merge_method: ties\nbase_model: b\n');
  });
});

test('each problem of many tensors is told once', () => {
  const odd = tiny('b', {
    tensors: {
      'model.layers.0.mlp.up_proj.weight': { shape: [8, 8] },
      'model.layers.1.mlp.up_proj.weight': { shape: [8, 8] },
      'model.layers.2.mlp.up_proj.weight': { shape: [8, 8] },
      'model.layers.3.mlp.up_proj.weight': { shape: [8, 8] },
    },
  });
  const { problems } = check(LINEAR, [A, odd]);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toContain('and 1 more');
});
