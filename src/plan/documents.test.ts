import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { brief, check, tiny } from './checkpoints.test-helper.ts';
import { exportForMergekit } from './export/mergekit.ts';
import type { MergePlan, PlannedOperand } from './types.ts';

const MODELS = [tiny('a'), tiny('b'), tiny('c', { dtype: 'F16' })];

const FIRST = `name: first
merge_method: slerp
base_model: a
models: [{ model: b }]
parameters: { t: 0.5 }
`;
const LAST = `merge_method: linear
models:
  - { model: first, parameters: { weight: 0.25 } }
  - { model: c, parameters: { weight: 0.75 } }
`;
const TEXT = `${FIRST}---\n${LAST}`;
const NAME = 'model.layers.1.mlp.up_proj.weight';

function planOf(text: string): MergePlan {
  const { plan, problems } = check(text, MODELS);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

/** `linear(slerp>F32(b, a), c)` */
function shown(plan: MergePlan, name: string): string {
  const tensor = plan.tensors.find((each) => each.name === name);
  const operand = ({ of }: Pick<PlannedOperand, 'of'>): string =>
    typeof of === 'number'
      ? (plan.models[tensor?.inputs[of]?.model ?? -1]?.ref ?? '?')
      : `${of.program === 'copy' ? 'copy' : of.method}>${of.dtype}(${of.operands.map(operand).join(', ')})`;
  const operands = tensor?.operands ?? tensor?.inputs.map((_, of) => ({ of })) ?? [];
  return `${plan.method}>${tensor?.dtype}(${operands.map(operand).join(', ')})`;
}

describe('a document that another one uses', () => {
  test('is a merge inside the other, in float32', () => {
    const plan = planOf(TEXT);
    expect(shown(plan, NAME)).toBe('linear>BF16(slerp>F32(b, a), c)');
    expect(plan.models.map(({ ref }) => ref)).toEqual(['b', 'a', 'c']);
    const tensor = plan.tensors.find(({ name }) => name === NAME);
    expect(tensor?.operands?.map(({ parameters }) => parameters.weight)).toEqual([0.25, 0.75]);
    const [inside] = tensor?.operands ?? [];
    expect(inside?.of).toMatchObject({
      document: 'first',
      name: NAME,
      base: 1,
      globalParameters: { t: 0.5 },
      readsTwice: true,
    });
  });

  test('is rounded to the dtype that it names itself', () => {
    expect(shown(planOf(TEXT.replace('name: first', 'name: first\ndtype: bfloat16')), NAME)).toBe(
      'linear>BF16(slerp>BF16(b, a), c)',
    );
  });

  test('is read through where it is only a copy', () => {
    const copy = `name: first\nmerge_method: passthrough\nmodels: [{ model: a }]\n---\n${LAST}`;
    expect(shown(planOf(copy), NAME)).toBe('linear>BF16(a, c)');
    const slices = `name: first
merge_method: slerp
base_model: a
parameters: { t: 0.5 }
slices: [{ sources: [{ model: b, layer_range: [0, 4] }] }]
---
${LAST}`;
    expect(shown(planOf(slices), NAME)).toBe('linear>BF16(b, c)');
    expect(shown(planOf(slices.replace('name: first', 'name: first\ndtype: float16')), NAME)).toBe(
      'linear>F16(copy>F16(b), c)',
    );
  });

  test('nests as deep as documents do', () => {
    const deep = `${TEXT.replace('---\n', '---\nname: second\n')}---\nmerge_method: passthrough\nmodels: [{ model: second }]\n`;
    expect(shown(planOf(deep), NAME)).toBe('passthrough>BF16(linear>F32(slerp>F32(b, a), c))');
  });

  test('may be sliced, and its layers are where it puts them', () => {
    const text = `name: first
merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 2] }]
  - sources: [{ model: b, layer_range: [0, 4] }]
---
merge_method: passthrough
slices: [{ sources: [{ model: first, layer_range: [2, 4] }] }]
`;
    const plan = planOf(text);
    expect(plan.totals.layerCount).toBe(2);
    expect(plan.tensors.find(({ name }) => name === NAME)?.inputs.map(({ tensor }) => tensor)).toEqual([
      'model.layers.1.mlp.up_proj.weight',
    ]);
    expect(shown(plan, NAME)).toBe('passthrough>BF16(b)');
  });

  test('gives config and tokenizer where it is the base, and leaves the card its models', () => {
    const text = `${FIRST}---\nmerge_method: task_arithmetic\nbase_model: first\nmodels: [{ model: c, parameters: { weight: 1 } }]\n`;
    const plan = planOf(text);
    expect(plan.sideFiles.find(({ path }) => path === 'tokenizer.json')?.content).toMatchObject({
      model: plan.models.findIndex(({ ref }) => ref === 'a'),
    });
    const contentOf = (path: string) => plan.sideFiles.find((file) => file.path === path)?.content;
    expect(contentOf('mergekit_config.yml')).toEqual({ kind: 'text', text });
    expect(contentOf('config.json')).toMatchObject({
      text: expect.stringContaining('"num_hidden_layers": 4'),
    });
    expect(contentOf('README.md')).toMatchObject({ text: expect.stringContaining('* c') });
  });

  test('counts what is fetched once', () => {
    const plan = planOf(TEXT);
    const one = planOf(FIRST).totals.fetchBytes / 2;
    expect(plan.totals.fetchBytes).toBe(3 * one);
  });
});

describe('problems in documents', () => {
  test.each<[name: string, text: string, expected: string[]]>([
    [
      'of the first',
      TEXT.replace('t: 0.5', 'tt: 0.5'),
      ['2:15 error missing-parameter', '5:15 error unknown-parameter'],
    ],
    [
      'of the last',
      TEXT.replace('weight: 0.25', 'wieght: 0.25'),
      ['9:14 error missing-parameter', '9:35 error unknown-parameter'],
    ],
    ['a model of neither', TEXT.replace('model: c', 'model: d'), ['10:14 error model-failed']],
    [
      'a first that does not fit',
      TEXT.replace('model: first', 'model: wide')
        .replace('name: first', 'name: wide')
        .replace('base_model: a', 'base_model: b')
        .replace('[{ model: b }]', '[{ model: d }]'),
      ['4:19 error model-failed'],
    ],
  ])('%s', (_, text, expected) => {
    expect(check(text, MODELS).problems.map(brief)).toEqual(expected);
    expect(check(text, MODELS).plan).toBeNull();
  });
});

test('documents that use each other twice over are refused before they multiply', () => {
  const entry = (name: string) => `{ model: ${name}, parameters: { weight: 1 } }`;
  const merge = (refs: readonly string[]) =>
    `merge_method: linear\nmodels: [${refs.map(entry).join(', ')}]\n`;
  const texts = [`name: d0\n${merge(['a'])}`, `name: d1\n${merge(['a', 'd0'])}`];
  for (let i = 2; i < 50; i++) texts.push(`name: d${i}\n${merge([`d${i - 1}`, `d${i - 2}`])}`);
  const { plan, problems } = check(texts.join('---\n'), MODELS);
  expect(plan).toBeNull();
  expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    expect.stringMatching(/^plan-refused: With all that .* more than 256 inputs/),
  ]);
});

test('documents are exported for mergekit-multi', () => {
  const { planned } = check(
    `seed: 3\n${TEXT.replace('weight: 0.75', 'weight: [{ kind: norm, value: 1 }, { value: 0.75 }]')}`,
    MODELS,
  );
  const result = exportForMergekit(planned ?? []);
  if (result.kind === 'refused') throw new Error(result.reasons.join());
  const documents = parseAllDocuments(result.text).map((document) => document.toJS());
  expect(documents[0]).toEqual({ ...parse(FIRST) });
  expect(documents[1]).not.toHaveProperty('name');
  expect(documents[1].models[1].parameters.weight.at(-1)).toEqual({ value: 0.75 });
  expect(result.notes.join(' ')).toMatch(/mergekit-multi.*`b`, `a`, `c`/);
  expect(result.notes.join(' ')).not.toContain('`first`,');
});
