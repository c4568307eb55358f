/** Everything mergekit 0.1.4 ends with, told here before a weight is fetched, or not wrong here at all. */

import { describe, expect, test } from 'vitest';
import { GraftError, toGraftError } from '../base/errors.ts';
import { METHODS } from '../methods/registry.ts';
import { memoryFiles } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import type { Checkpoint } from '../model/types.ts';
import type { RecipeCheck } from './check.ts';
import { check, tiny, towered } from './checkpoints.test-helper.ts';

const A = tiny('a');
const B = tiny('b');
const C = tiny('c');
const UP = 'model.layers.1.mlp.up_proj.weight';

interface Row {
  /** mergekit's message, or enough of it to find it. */
  readonly message: string;
  readonly recipe: string;
  /** Problems here, as `line code`; warnings with a `?`. */
  readonly expected: readonly string[];
  readonly models?: readonly (Checkpoint | readonly [string, GraftError])[];
  readonly then?: (result: RecipeCheck) => void;
}

const of = (method: string, rest: string): string => `merge_method: ${method}\n${rest}`;
const models = (...refs: string[]): string =>
  `models: [${refs.map((ref) => `{ model: ${ref}, parameters: { weight: 1 } }`).join(', ')}]\n`;
const LINEAR = of('linear', models('a', 'b'));

const PARSE: readonly Row[] = [
  {
    message: "Exactly one of 'models', 'slices', or 'modules' must be present (none)",
    recipe: 'merge_method: linear\n',
    expected: ['1 missing-models'],
  },
  {
    message: "Exactly one of 'models', 'slices', or 'modules' must be present (two)",
    recipe: `${LINEAR}slices: [{ sources: [{ model: a, layer_range: [0, 1] }] }]\n`,
    expected: ['3 conflicting-keys'],
  },
  {
    message: 'Must specify either output slices or models to merge',
    recipe: of('linear', 'modules:\n  default: { parameters: { weight: 1 } }\n'),
    expected: ['3 missing-models'],
  },
  {
    message: 'Cannot specify both tokenizer_source and tokenizer',
    recipe: `${LINEAR}tokenizer_source: base\ntokenizer: { source: base }\n`,
    expected: ['3 conflicting-keys', '3 tokenizer-redundant?', '4 tokenizer-redundant?'],
  },
  { message: "Can't parse X", recipe: of('linear', models('a+b+c')), expected: ['2 invalid-model'] },
  {
    message: 'Invalid model path - multiple @',
    recipe: of('linear', models('a@b@c')),
    expected: ['2 invalid-model'],
  },
  { message: 'No output requested', recipe: '# nothing\n', expected: ['1 empty-recipe'] },
  {
    message: 'No models referenced in config',
    recipe: of('linear', 'models: []\n'),
    expected: ['2 empty-list'],
  },
  {
    message: 'Unimplemented dtype "X"',
    recipe: `${LINEAR}dtype: bf16\n`,
    expected: ['3 unknown-dtype'],
  },
  {
    message: 'ValidationError (layer_range of three)',
    recipe: of('linear', 'slices: [{ sources: [{ model: a, layer_range: [0, 1, 2] }] }]\n'),
    expected: ['2 invalid-layer-range'],
  },
  {
    message: 'IndexError (a gradient without numbers)',
    recipe: `${LINEAR}parameters: { normalize: [] }\n`,
    expected: ['3 empty-list'],
  },
  {
    message: 'Need to specify cache dir to merge adapters',
    recipe: of('linear', models('a/b+c/d')),
    expected: ['2 adapter-unsupported'],
    models: [tiny('a/b+c/d')],
  },
];

const MODELS: readonly Row[] = [
  {
    message: 'Must specify --allow-crimes to attempt to mix different architectures',
    recipe: LINEAR,
    models: [
      A,
      tiny('b', {
        config: { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'] },
        tensors: { 'model.layers.0.self_attn.q_proj.bias': { shape: [8] } },
      }),
    ],
    expected: ['2 different-architectures'],
  },
  {
    message: 'Model has multiple modules, must use modules: config syntax to work with slices',
    recipe: of('passthrough', 'slices: [{ sources: [{ model: a, layer_range: [0, 1] }] }]\n'),
    models: [towered('a')],
    expected: ['2 slices-of-modules'],
  },
  {
    message: 'KeyError (a module that the architecture has not)',
    recipe: of('passthrough', 'modules:\n  tower:\n    models: [{ model: a }]\n'),
    models: [towered('a')],
    expected: ['3 unknown-module'],
  },
  {
    message: 'All inputs to a slice must contain the same number of layers (slices)',
    recipe: of(
      'linear',
      'slices: [{ sources: [{ model: a, layer_range: [0, 2] }, { model: b, layer_range: [0, 3] }] }]\n',
    ),
    expected: ['2 unequal-layer-ranges'],
  },
  {
    message: 'All inputs to a slice must contain the same number of layers (models)',
    recipe: LINEAR,
    models: [A, tiny('b', { layers: 5 })],
    expected: ['2 unequal-layer-counts'],
  },
  {
    message: 'Tensor X required but not present in model M',
    recipe: LINEAR,
    models: [A, tiny('b', { tensors: { [UP]: null } })],
    expected: ['2 missing-tensor'],
  },
  {
    message: 'Tensor X required but not present in model M (layers past the end)',
    recipe: of('passthrough', 'slices: [{ sources: [{ model: a, layer_range: [0, 9] }] }]\n'),
    expected: ['2 layer-range-outside'],
  },
  {
    message: 'No value for required tensor X',
    recipe: of('slerp', 'base_model: a\nmodels: [{ model: b }]\nparameters: { t: 0.5 }\n'),
    models: [tiny('a', { tensors: { [UP]: null } }), B],
    expected: ['2 missing-tensor'],
  },
  {
    message: 'Tensor size mismatch for X',
    recipe: LINEAR,
    models: [A, tiny('b', { tensors: { [UP]: { shape: [8, 8] } } })],
    expected: ['2 different-shapes'],
  },
  {
    message: 'Tensor size mismatch for X (embeddings)',
    recipe: LINEAR,
    models: [A, tiny('b', { vocabulary: 30 })],
    expected: ['2 different-vocabularies'],
  },
  {
    message: 'Base model tensor required but not present',
    recipe: of('ram', 'base_model: a\nmodels: [{ model: b }, { model: c }]\n'),
    models: [tiny('a', { tensors: { [UP]: null } }), B, C],
    expected: ['2 missing-tensor'],
  },
];

const METHOD_ROWS: readonly Row[] = [
  {
    message: 'Unimplemented merge method X',
    recipe: of('dare-ties', `base_model: a\n${models('b')}`),
    expected: ['1 unknown-method'],
  },
  {
    message: 'Missing required parameter p for m.T',
    recipe: of('linear', 'models: [{ model: a, parameters: { weight: 1 } }, { model: b }]\n'),
    expected: ['2 missing-parameter'],
  },
  {
    message: 'Missing required parameter t (under a model)',
    recipe: of('slerp', 'base_model: a\nmodels: [{ model: b, parameters: { t: 0.5 } }]\n'),
    expected: ['1 missing-parameter', '3 global-parameter-under-model'],
  },
  {
    message: 'Slerp merge expects exactly two models',
    recipe: of('slerp', 'base_model: a\nmodels: [{ model: b }, { model: c }]\nparameters: { t: 0.5 }\n'),
    expected: ['3 model-count'],
  },
  {
    message: 'Base model not in input tensors',
    recipe: of(
      'slerp',
      'base_model: a\nparameters: { t: 0.5 }\nslices: [{ sources: [{ model: b, layer_range: [0, 2] }, { model: c, layer_range: [0, 2] }] }]\n',
    ),
    expected: ['4 base-model-not-a-source'],
  },
  {
    message: 'NuSlerp base model can not be one of the two models to merge',
    recipe: of('nuslerp', `base_model: a\n${models('a', 'b')}`),
    expected: ['3 model-count'],
  },
  {
    message: 'NuSlerp merge expects exactly two models (plus optional base model)',
    recipe: of('nuslerp', models('a', 'b', 'c')),
    expected: ['2 model-count'],
  },
  {
    message: 'ArceeFusion merge expects exactly two models',
    recipe: of('arcee_fusion', 'base_model: a\nmodels: [{ model: b }, { model: c }]\n'),
    expected: ['3 model-count'],
  },
  {
    message: 'NearSwap merge expects exactly two models, one base and one other',
    recipe: of('nearswap', 'base_model: a\nmodels: [{ model: b }, { model: c }]\nparameters: { t: 0.001 }\n'),
    expected: ['3 model-count'],
  },
  {
    message: 'Passthrough merge expects exactly one tensor (two models)',
    recipe: of('passthrough', 'models: [{ model: a }, { model: b }]\n'),
    expected: ['2 model-count'],
  },
  {
    message: 'Passthrough merge expects exactly one tensor (the base is one)',
    recipe: of('passthrough', 'base_model: b\nmodels: [{ model: a }]\n'),
    expected: ['2 base-model-forbidden'],
  },
  {
    message: 'ModelStockMerge requires at least 3 models (base plus two+ others)',
    recipe: of('model_stock', 'base_model: a\nmodels: [{ model: b }]\n'),
    expected: ['3 model-count'],
  },
  {
    message: 'not gonna zero out the whole tensor buddy',
    recipe: of('ties', 'base_model: a\nmodels: [{ model: b, parameters: { weight: 1, density: 0.01 } }]\n'),
    expected: ['3 refused-values'],
  },
  {
    message: 'Epsilon must be chosen such that density +/- epsilon is in (0, 1)',
    recipe: of(
      'della',
      'base_model: a\nmodels: [{ model: b, parameters: { weight: 1, density: 0.1, epsilon: 0.3 } }]\n',
    ),
    expected: ['3 refused-values'],
  },
  {
    message: 'The weighted sum of the input tensors is zero (weights that cancel out)',
    recipe: of(
      'multislerp',
      'models: [{ model: a, parameters: { weight: 1 } }, { model: b, parameters: { weight: -2 } }, { model: c, parameters: { weight: 1 } }]\n',
    ),
    expected: ['2 refused-values'],
  },
];

function told({ problems }: RecipeCheck): string[] {
  return problems.map(({ span, code, severity }) => `${span.line} ${code}${severity === 'error' ? '' : '?'}`);
}

describe.each([
  ['found in the text', PARSE],
  ['found in the headers', MODELS],
  ['found in the method', METHOD_ROWS],
])('%s', (_, rows) => {
  test.each(rows)('$message', ({ recipe, expected, models: given = [A, B, C] }) => {
    const result = check(recipe, given);
    expect(told(result)).toEqual(expected);
    expect(result.plan).toBeNull();
    for (const { message } of result.problems) expect(message).toMatch(/^\S.*[.?]$/);
  });
});

test('Unable to find model files at P', async () => {
  const empty = memoryFiles({ 'config.json': '{"model_type": "llama"}', 'pytorch_model.bin': 'x' });
  const error = await openCheckpoint(empty, 'b').catch((reason: unknown) => toGraftError(reason));
  if (!(error instanceof GraftError)) throw new Error('opened');
  const result = check(LINEAR, [A, ['b', error]]);
  expect(told(result)).toEqual(['2 model-failed']);
  expect(result.problems[0]?.message).toMatch(/b: |`b`/);
});

const NEEDS_BASE = [...METHODS.values()].filter(({ inputs }) => inputs.base === 'required');

test.each(NEEDS_BASE.map(({ name }) => name))('ValidationError on base_model: %s', (name) => {
  expect(told(check(of(name, models('a', 'b', 'c')), [A, B, C]))).toContain('1 missing-base-model');
});

describe('errors there, right here', () => {
  test('Unexpected setting value: a condition outside a list is a list of one', () => {
    const recipe = of(
      'linear',
      'models: [{ model: a, parameters: { weight: { filter: "*", value: 0.5 } } }, { model: b, parameters: { weight: 1 } }]\n',
    );
    const { plan, problems } = check(recipe, [A, B]);
    expect(problems).toEqual([]);
    expect(plan?.tensors[0]?.inputs[0]?.parameters.weight).toBe(0.5);
  });

  test('More than one architecture in config: the tensors decide', () => {
    const config = { architectures: ['LlamaForCausalLM', 'LlamaModel'] };
    expect(check(LINEAR, [tiny('a', { config }), tiny('b', { config })]).problems).toEqual([]);
  });

  test('No modules found in models: whatever has names can be merged', () => {
    const made = (ref: string) => tiny(ref, { layers: 0, tensors: { 'odd.thing': { shape: [2] } } });
    const { plan, problems } = check(LINEAR, [made('a'), made('b')]);
    expect(problems).toEqual([]);
    expect(plan?.tensors.map(({ name }) => name)).toContain('odd.thing');
  });

  test('--allow-crimes: unlike names over like tensors are a warning', () => {
    const config = { model_type: 'mistral', architectures: ['MistralForCausalLM'] };
    expect(told(check(LINEAR, [A, tiny('b', { config })]))).toEqual(['2 mixed-architectures?']);
  });

  test('Base model tensor required but not present: an optional one is copied, with a warning', () => {
    const bias = { 'model.layers.1.self_attn.q_proj.bias': { shape: [8] } };
    const result = check(of('ram', 'base_model: a\nmodels: [{ model: b }]\n'), [
      A,
      tiny('b', { tensors: bias }),
    ]);
    expect(told(result)).toEqual(['2 optional-tensor?']);
    expect(result.plan?.tensors.find(({ name }) => name.endsWith('bias'))?.program).toBe('copy');
  });

  test('the same model twice in a slice is two sources', () => {
    const recipe = of(
      'linear',
      'parameters: { weight: 1 }\nslices: [{ sources: [{ model: a, layer_range: [0, 2] }, { model: a, layer_range: [2, 4] }] }]\n',
    );
    const { plan, problems } = check(recipe, [A]);
    expect(problems).toEqual([]);
    expect(plan?.tensors.find(({ name }) => name === UP)?.inputs).toHaveLength(2);
  });

  test('Unable to set number of layers: a warning with the number', () => {
    const odd = tiny('a', { config: { num_hidden_layers: undefined } });
    const recipe = of('passthrough', 'slices: [{ sources: [{ model: a, layer_range: [0, 2] }] }]\n');
    expect(check(recipe, [odd]).warnings.join()).toContain('2 layers instead of 4');
  });

  test('Unable to set vocabulary size: it is written where it belongs', () => {
    const odd = tiny('a', { config: { vocab_size: undefined } });
    const { plan } = check(of('passthrough', 'models: [{ model: a }]\n'), [odd]);
    const config = plan?.sideFiles.find(({ path }) => path === 'config.json')?.content;
    expect(config?.kind === 'text' ? JSON.parse(config.text).vocab_size : null).toBe(20);
  });
});
