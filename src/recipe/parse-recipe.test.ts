import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { modelsToOpen } from './model-refs.ts';
import { parseRecipe } from './parse-recipe.ts';

const DATA = new URL('../../e2e/data/', import.meta.url);
const RECIPES = ['golden/recipes/', 'eval/recipes/'].flatMap((folder) =>
  readdirSync(new URL(folder, DATA)).map((file) => `${folder}${file}`),
);

function marked(text: string, ...locate: Parameters<ReturnType<typeof parseRecipe>['locate']>): string {
  const { start, end } = parseRecipe(text).locate(...locate);
  return text.slice(start, end);
}

test.each(RECIPES)('%s has no problems', (file) => {
  const parsed = parseRecipe(readFileSync(new URL(file, DATA), 'utf8'));
  expect(parsed.problems).toEqual([]);
  expect(parsed.recipe?.slices.length).toBeGreaterThan(0);
});

test('a models recipe is one slice over all layers', () => {
  const { recipe } = parseRecipe(`
merge_method: dare_ties
base_model: a/base@main
models:
  - model: a/b
    parameters: {weight: 0.4, density: [1, "0.5"]}
  - model: {model: {path: a/c, revision: v1}}
parameters:
  int8_mask: true
  t:
    - filter: mlp
      value: [0, 1e-3]
    - value: .5
dtype: torch.float16
out_dtype: bfloat16
seed: 7
out_shard_size: 2GB
name: try
`);
  const plain = (...value: number[]) => [{ filter: null, layers: null, kind: null, value }];
  const repo = (text: string, name: string, revision: string | null) => ({
    text,
    repo: name,
    revision,
    adapter: null,
  });
  expect(recipe).toEqual({
    name: 'try',
    mergeMethod: 'dare_ties',
    baseModel: repo('a/base@main', 'a/base', 'main'),
    form: 'models',
    slices: [
      {
        form: 'models',
        module: null,
        sources: [
          {
            model: repo('a/b', 'a/b', null),
            layerRange: null,
            parameters: new Map([
              ['weight', plain(0.4)],
              ['density', plain(1, 0.5)],
            ]),
            path: ['models', 0],
          },
          {
            model: repo('a/c@v1', 'a/c', 'v1'),
            layerRange: null,
            parameters: new Map(),
            path: ['models', 1],
          },
        ],
        baseModel: null,
        parameters: new Map(),
        path: [],
      },
    ],
    parameters: new Map([
      ['int8_mask', plain(1)],
      [
        't',
        [
          { filter: 'mlp', layers: null, kind: null, value: [0, 0.001] },
          { filter: null, layers: null, kind: null, value: [0.5] },
        ],
      ],
    ]),
    dtype: 'float16',
    outDtype: 'bfloat16',
    seed: 7,
    outShardSizeBytes: 2e9,
  });
});

test('slices keep ranges, bases, parameters and paths; absent keys have defaults', () => {
  const { recipe } = parseRecipe(`
merge_method: passthrough
slices:
  - sources:
      - {model: mine, layer_range: [0, 4]}
  - base_model: mine
    parameters: {t: {filter: mlp, value: 1}}
    sources:
      - {model: mine, layer_range: ["4", 6.0]}
      - {model: mine, layer_range: [0, 2], parameters: {scale: 0}}
`);
  expect(recipe).toMatchObject({
    form: 'slices',
    dtype: null,
    outDtype: null,
    seed: 0,
    outShardSizeBytes: 5e9,
  });
  const second = recipe?.slices[1];
  expect(second?.path).toEqual(['slices', 1]);
  expect(second?.baseModel?.repo).toBe('mine');
  expect(second?.parameters.get('t')).toEqual([{ filter: 'mlp', layers: null, kind: null, value: [1] }]);
  expect(second?.sources.map(({ layerRange }) => layerRange)).toEqual([
    [4, 6],
    [0, 2],
  ]);
  expect(second?.sources[1]?.path).toEqual(['slices', 1, 'sources', 1]);
});

test('anchors and merges mean what they repeat', () => {
  const { recipe, problems } = parseRecipe(`
merge_method: linear
models:
  - &first
    model: a/b
    parameters: &values {weight: 0.5}
  - <<: *first
    model: a/c
  - model: a/d
    parameters:
      <<: [*values, {weight: 9, density: 1}]
      gamma: 2
`);
  expect(problems).toEqual([]);
  const sources = recipe?.slices[0]?.sources ?? [];
  expect(sources.map(({ model }) => model.repo)).toEqual(['a/b', 'a/c', 'a/d']);
  expect(sources[1]?.parameters.get('weight')).toEqual([
    { filter: null, layers: null, kind: null, value: [0.5] },
  ]);
  expect([...(sources[2]?.parameters.keys() ?? [])].sort()).toEqual(['density', 'gamma', 'weight']);
  expect(sources[2]?.parameters.get('weight')).toEqual([
    { filter: null, layers: null, kind: null, value: [0.5] },
  ]);
});

test('names such as __proto__ are plain parameter names', () => {
  const { recipe } = parseRecipe(
    'merge_method: linear\nmodels: [{model: a/b, parameters: {__proto__: 1}}]\n',
  );
  expect([...(recipe?.slices[0]?.sources[0]?.parameters.keys() ?? [])]).toEqual(['__proto__']);
});

test('a misspelt key is read as the key it was meant as', () => {
  const parsed = parseRecipe('merge_method: linear\nmodels:\n- modell: a/b\n  paramaters: {weight: 1}\n');
  expect(parsed.problems.map(({ code }) => code)).toEqual(['unknown-key', 'unknown-key']);
  expect(parsed.recipe?.slices[0]?.sources[0]?.parameters.get('weight')).toBeDefined();
  expect(parsed.locate(['models', 0, 'parameters', 'weight'], 'key')).toMatchObject({ line: 4, column: 16 });
});

test('a draft keeps what can be read beside a value that cannot', () => {
  const { recipe, draft } = parseRecipe(`
merge_method: ties
base_model: a/base
models:
  - model: a/b
    parameters: {densty: [0.2, x], weight: 1}
`);
  expect(recipe).toBeNull();
  expect(draft).toMatchObject({ mergeMethod: 'ties', form: 'models', baseModel: { text: 'a/base' } });
  expect([...(draft?.gaps ?? [])]).toEqual([]);
  expect(draft?.slices[0]?.sources[0]?.parameters).toEqual(
    new Map([
      ['densty', []],
      ['weight', [{ filter: null, layers: null, kind: null, value: [1] }]],
    ]),
  );
});

test('a recipe that can be read whole is its own draft', () => {
  const { recipe, draft } = parseRecipe('merge_method: linear\nmodels: [{model: a/b}]\n');
  expect(draft).toEqual({ ...recipe, gaps: new Set() });
});

const MODEL = 'models: [{model: a/b}]\n';
const SOURCE = '{model: a/b, layer_range: [0, 2]}';
test.each<[what: string, text: string, models: string[], gaps: string[]]>([
  ['a base', `base_model: [a]\n${MODEL}`, ['a/b'], ['base']],
  ['a model', 'models: [{model: ../x}, {model: a/b}]', ['a/b'], ['sources']],
  ['an entry', 'models: [a/c, {model: a/b}]', ['a/b'], ['sources']],
  ['an entry without a model', 'models: [{parameters: {t: 1}}, {model: a/b}]', ['a/b'], ['sources']],
  ['the models', 'models: a/b', [], ['sources']],
  ['an empty list', 'models: []', [], ['sources']],
  ['no models', 'seed: 1', [], ['sources']],
  ['modules', 'modules: {a: 1}', [], ['sources']],
  [
    'both forms',
    `${MODEL}slices: [{sources: [{model: a/c, layer_range: [0, 2]}]}]`,
    ['a/b', 'a/c'],
    ['sources'],
  ],
  ['a range', 'slices: [{sources: [{model: a/b, layer_range: 2}]}]', ['a/b'], ['layers']],
  ['no range', 'slices: [{sources: [{model: a/b}]}]', ['a/b'], ['layers']],
  [
    'unequal ranges',
    `slices: [{sources: [${SOURCE}, {model: a/c, layer_range: [0, 3]}]}]`,
    ['a/b', 'a/c'],
    ['layers'],
  ],
  ['the base of a slice', `slices: [{base_model: 7, sources: [${SOURCE}]}]`, ['a/b'], ['base']],
  ['the sources of a slice', `slices: [{sources: [${SOURCE}]}, {sources: x}]`, ['a/b'], ['sources']],
  ['no sources', `slices: [{sources: [${SOURCE}]}, {parameters: {t: 1}}]`, ['a/b'], ['sources']],
  ['an alias to nothing', `base_model: *gone\n${MODEL}`, ['a/b'], ['base', 'layers', 'sources']],
])('a draft has a gap for %s', (_, text, models, gaps) => {
  const { recipe, draft } = parseRecipe(`merge_method: linear\n${text}`);
  expect(recipe).toBeNull();
  const sources = draft?.slices.flatMap((slice) => slice.sources) ?? [];
  expect(sources.map(({ model }) => model.text)).toEqual(models);
  expect([...(draft?.gaps ?? [])].sort()).toEqual(gaps);
});

test('a draft without a method keeps the rest', () => {
  const { draft } = parseRecipe(`${MODEL}parameters: {t: 1}\n`);
  expect(draft?.mergeMethod).toBeNull();
  expect([...(draft?.parameters.keys() ?? [])]).toEqual(['t']);
  expect(draft?.gaps.size).toBe(0);
});

test.each(['', 'a: [', 'just text', `${MODEL}: x\n- y`])('%j gives no draft', (text) => {
  expect(parseRecipe(text).draft).toBeNull();
});

test('locate finds keys and values, and the deepest node there is', () => {
  const text = 'models:\n- model: a/b\n  parameters: {weigth: [0, 1], t: }\n';
  expect(marked(text, ['models', 0, 'parameters', 'weigth'], 'key')).toBe('weigth');
  expect(marked(text, ['models', 0, 'parameters', 'weigth'])).toBe('[0, 1]');
  expect(marked(text, ['models', 0, 'parameters', 'weigth', 1])).toBe('1');
  expect(marked(text, ['models', 0, 'parameters', 't'])).toBe('t');
  expect(marked(text, ['models', 0, 'parameters', 'none'], 'key')).toBe('parameters');
  expect(marked(text, ['models', 0])).toBe('model: a/b\n  parameters: {weigth: [0, 1], t: }');
  expect(marked(text, ['models', 7, 'x'], 'key')).toBe('models');
  expect(parseRecipe('').locate(['models'])).toMatchObject({ start: 0, end: 0, line: 1, column: 1 });
});

test('positions count UTF-16 units and every kind of line break', () => {
  const text = '\uFEFF# é𝄞\r\nmerge_method: linear\r\nname: "𝄞" # x\r\nmodels: 𝄞𝄞\r\n';
  const [problem] = parseRecipe(text).problems;
  expect(problem?.span).toMatchObject({ line: 4, column: 9, endLine: 4, endColumn: 13 });
});

test('aliases that multiply are refused', () => {
  const lines = ['f: &f {value: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}'];
  const many = (name: string) => `[${Array.from({ length: 30 }, () => `*${name}`).join(', ')}]`;
  lines.push(`e: &e {model: a/b, layer_range: [0, 1], parameters: {w: &w ${many('f')}}}`);
  lines.push(`s: &s {sources: ${many('e')}}`, `slices: ${many('s')}`);
  const { problems, recipe } = parseRecipe(`merge_method: linear\n${lines.join('\n')}\n`);
  expect(problems.map(({ code }) => code)).toContain('too-large');
  expect(recipe).toBeNull();
});

test('a text full of problems reports the first hundred', () => {
  const text = Array.from({ length: 2_000 }, (_, index) => `key${index}: x`).join('\n');
  expect(parseRecipe(text).problems).toHaveLength(100);
});

test('modules keep their names, values and places', () => {
  const text = `merge_method: linear
parameters: {t: 1}
modules:
  vision_tower:
    parameters: {t: 2}
    models:
    - model: a/b
  default:
    slices:
    - sources: [{model: a/b, layer_range: [0, 0]}]
`;
  const { recipe, problems, locate } = parseRecipe(text);
  expect(problems).toEqual([]);
  expect(recipe?.form).toBe('modules');
  expect(recipe?.slices.map(({ form, module, path }) => [form, module?.name, path.join('.')])).toEqual([
    ['models', 'vision_tower', 'modules.vision_tower'],
    ['slices', 'default', 'modules.default.slices.0'],
  ]);
  const [first] = recipe?.slices ?? [];
  expect(locate(first?.sources[0]?.path ?? []).line).toBe(7);
  expect(first?.module?.parameters.get('t')?.[0]?.value).toEqual([2]);
});

describe('several documents', () => {
  const last = 'merge_method: passthrough\nmodels: [{model: second}]\n';
  const text = `---
merge_method: slerp
name: second
base_model: first
models: [{model: a/b}, {model: first}]
---
${last}---
# the first is written last
name: first
merge_method: linear
models: [{model: a/b}, {model: a/c}]
---
`;

  test('are ordered by what they use, the output last', () => {
    const parsed = parseRecipe(text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.documents.map(({ recipe }) => recipe?.name)).toEqual(['first', 'second', null]);
    expect(parsed.recipe).toBe(parsed.documents.at(-1)?.recipe);
    expect(parsed.recipe?.mergeMethod).toBe('passthrough');
    expect(modelsToOpen(parsed).map((ref) => ref.text)).toEqual(['a/b', 'a/c']);
  });

  test('each tells places in its own part of the text', () => {
    const { documents, locate } = parseRecipe(text);
    expect(documents.map((document) => document.locate(['merge_method'], 'key').line)).toEqual([12, 2, 7]);
    expect(locate(['models', 0, 'model']).line).toBe(8);
  });

  test('an error in one leaves none a meaning, and the drafts of all', () => {
    const parsed = parseRecipe(text.replace('{model: a/c}', '{}'));
    expect(parsed.documents.map(({ recipe }) => recipe)).toEqual([null, null, null]);
    expect(parsed.documents.every(({ draft }) => draft !== null)).toBe(true);
  });

  test('a name alone is only a name, and an empty document is none', () => {
    const parsed = parseRecipe(`name: a/b\n${last}---\n`);
    expect(parsed.problems).toEqual([]);
    expect(parsed.documents).toHaveLength(1);
    expect(modelsToOpen(parsed).map((ref) => ref.text)).toEqual(['second']);
  });

  test('more than anybody needs are refused', () => {
    const many = Array.from({ length: 60 }, (_, at) => `name: d${at}\n${last}`).join('---\n');
    expect(parseRecipe(many).problems.map(({ code }) => code)).toContain('too-large');
  });
});
