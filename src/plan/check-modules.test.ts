import { describe, expect, test } from 'vitest';
import { applyEdits } from '../recipe/apply-edits.ts';
import { brief, check, tiny, towered } from './checkpoints.test-helper.ts';
import type { MergePlan } from './types.ts';

const MODELS = [towered('a'), towered('b')];

const MODULES = `merge_method: linear
parameters: { weight: 1 }
modules:
  text_decoder:
    slices:
      - sources:
          - { model: a, layer_range: [0, 2] }
          - { model: b, layer_range: [1, 3] }
      - sources: [{ model: b, layer_range: [3, 4] }]
  vision_tower:
    parameters: { weight: [0, 1] }
    models:
      - model: a
      - { model: b, parameters: { weight: 2 } }
  multi_modal_projector:
    models: [{ model: b }]
`;
const SLICES = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 2] }] # lower
  - sources: [{ model: b, layer_range: [2, 4] }]
dtype: bfloat16
`;

function planOf(text: string): MergePlan {
  const { plan, problems } = check(text, MODELS);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

function inputsOf(plan: MergePlan, name: string): string[] {
  const tensor = plan.tensors.find((each) => each.name === name);
  return (tensor?.inputs ?? []).map(({ model, tensor: input, parameters }) => {
    return `${plan.models[model]?.ref} ${input} ${parameters.weight ?? '-'}`;
  });
}

/** The text after the first fix there is. */
function fixed(text: string): string {
  const problem = check(text, MODELS).problems.find(({ fixes }) => fixes.length > 0);
  return applyEdits(text, problem?.fixes[0]?.edits ?? []);
}

describe('modules', () => {
  const plan = planOf(MODULES);

  test('each is made of its own slices, with its own values', () => {
    const text = 'language_model.model.layers';
    expect(inputsOf(plan, `${text}.1.mlp.fc1.weight`)).toEqual([
      `a ${text}.1.mlp.fc1.weight 1`,
      `b ${text}.2.mlp.fc1.weight 1`,
    ]);
    expect(inputsOf(plan, `${text}.2.mlp.fc1.weight`)).toEqual([`b ${text}.3.mlp.fc1.weight 1`]);
    expect(inputsOf(plan, 'language_model.model.norm.weight')).toEqual([
      'b language_model.model.norm.weight 1',
    ]);
    const vision = 'vision_tower.encoder.layers';
    expect(inputsOf(plan, `${vision}.1.mlp.fc1.weight`)).toEqual([
      `a ${vision}.1.mlp.fc1.weight 0.5`,
      `b ${vision}.1.mlp.fc1.weight 2`,
    ]);
    expect(inputsOf(plan, 'multi_modal_projector.linear.weight')).toEqual([
      'b multi_modal_projector.linear.weight 1',
    ]);
    expect(plan.tensors).toHaveLength(4 * 3 + 3 + 4 * 3 + 2 + 1);
  });

  test('the config tells the layers of each', () => {
    const file = plan.sideFiles.find(({ path }) => path === 'config.json');
    expect(JSON.parse(file?.content.kind === 'text' ? file.content.text : '{}')).toMatchObject({
      text_config: { num_hidden_layers: 3 },
      vision_config: { num_hidden_layers: 3 },
    });
    expect(plan.totals.layerCount).toBe(3);
  });

  test('a sliced tower is counted in its own config', () => {
    const sliced = planOf(
      MODULES.replace('weight: [0, 1]', 'weight: 1').replace(
        /models:\n {6}- model: a\n.*\n/,
        'slices: [{ sources: [{ model: a, layer_range: [0, 3] }] }, { sources: [{ model: b, layer_range: [1, 3] }] }]\n',
      ),
    );
    const file = sliced.sideFiles.find(({ path }) => path === 'config.json');
    expect(JSON.parse(file?.content.kind === 'text' ? file.content.text : '{}')).toMatchObject({
      text_config: { num_hidden_layers: 3 },
      vision_config: { num_hidden_layers: 5 },
    });
    expect(inputsOf(sliced, 'vision_tower.encoder.layers.4.mlp.fc1.weight')).toEqual([
      'b vision_tower.encoder.layers.2.mlp.fc1.weight 1',
    ]);
  });

  test('a model of one module answers to `default` and to `text_decoder`', () => {
    for (const name of ['default', 'text_decoder']) {
      const text = `merge_method: passthrough\nmodules:\n  ${name}:\n    slices: [{ sources: [{ model: a, layer_range: [0, 2] }] }]\n`;
      const { plan: single, problems } = check(text, [tiny('a')]);
      expect(problems).toEqual([]);
      expect(single?.totals.layerCount).toBe(2);
    }
  });

  test('`models` merges every module, and gradients run over the layers of each', () => {
    const plain = planOf(
      'merge_method: linear\nparameters: { weight: [0, 1] }\nmodels: [{ model: a }, { model: b, parameters: { weight: 1 } }]\n',
    );
    expect(plain.tensors).toHaveLength(MODELS[0]?.tensors.size ?? 0);
    const name = 'vision_tower.encoder.layers.1.mlp.fc1.weight';
    expect(inputsOf(plain, name)).toEqual([`a ${name} 0.5`, `b ${name} 1`]);
  });
});

describe('problems of modules', () => {
  test.each<[name: string, text: string, expected: string[]]>([
    ['a wrong name', MODULES.replace('vision_tower:', 'vision_towr:'), ['10:3 error unknown-module']],
    [
      'a name that nothing is like',
      MODULES.replace('vision_tower:', 'xyzzy:'),
      ['10:3 error unknown-module'],
    ],
    [
      'the same module twice',
      MODULES.replace('multi_modal_projector:', 'visual:'),
      ['15:3 error repeated-module'],
    ],
    [
      'a module that is not listed',
      MODULES.replace(/ {2}multi_modal[\s\S]*/, ''),
      ['3:1 warning module-left-out'],
    ],
    [
      'layers past the end of a tower',
      MODULES.replace('{ model: b, layer_range: [3, 4] }', '{ model: b, layer_range: [3, 5] }'),
      ['9:44 error layer-range-outside'],
    ],
    [
      'a parameter that the method has not',
      MODULES.replace('parameters: { weight: [0, 1] }', 'parameters: { wieght: 1 }'),
      ['11:19 error unknown-parameter'],
    ],
    ['slices of a model of several modules', SLICES, ['2:1 error slices-of-modules']],
  ])('%s', (_, text, expected) => {
    expect(check(text, MODELS).problems.map(brief)).toEqual(expected);
  });

  test('a model that lacks a module of the others', () => {
    const text =
      'merge_method: linear\nparameters: { weight: 1 }\nmodules:\n  vision_tower:\n    models: [{ model: a }, { model: c }]\n';
    expect(check(text, [towered('a'), tiny('c')]).problems.map(brief)).toContain('5:37 error unknown-module');
  });

  test('the names there are, and the nearest one', () => {
    const [problem] = check(MODULES.replace('vision_tower:', 'vision_towr:'), MODELS).problems;
    expect(problem?.message).toContain('`text_decoder`, `vision_tower` and `multi_modal_projector`');
    expect(fixed(MODULES.replace('vision_tower:', 'vision_towr:'))).toBe(MODULES);
  });

  test('a module that is not listed can be listed', () => {
    const text = fixed(MODULES.replace(/ {2}multi_modal[\s\S]*/, ''));
    expect(text).toContain(
      'modules:\n  multi_modal_projector:\n    models:\n      - model: a\n      - model: b\n  text_decoder:',
    );
    expect(check(text, MODELS).problems).toEqual([]);
  });

  test('models of odd names can be listed', () => {
    const odd = [towered('a: #1'), towered('b')];
    const text = MODULES.replace(/ {2}multi_modal[\s\S]*/, '').replaceAll(/model: a\b/g, "model: 'a: #1'");
    const [problem] = check(text, odd).problems;
    expect(check(applyEdits(text, problem?.fixes[0]?.edits ?? []), odd).problems).toEqual([]);
  });

  test('slices can be put under the decoder', () => {
    const text = fixed(SLICES);
    expect(text).toContain('# lower');
    expect(check(text, MODELS).problems).toEqual([]);
    expect(planOf(text).totals.layerCount).toBe(4);
  });
});
