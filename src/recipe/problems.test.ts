import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyEdits } from './apply-edits.ts';
import { parseRecipe } from './parse-recipe.ts';
import { PROBLEM_KINDS, type ProblemCode } from './problem-codes.ts';

/** Problems as `line:column code`, with the marked text. */
function found(text: string): string[] {
  return parseRecipe(text).problems.map(
    ({ span, code }) => `${span.line}:${span.column} ${code} <${text.slice(span.start, span.end)}>`,
  );
}

/** The text after the first fix of the problem with `code`. */
function fixed(text: string, code: ProblemCode): string {
  const fix = parseRecipe(text).problems.find((problem) => problem.code === code)?.fixes[0];
  if (!fix) throw new Error(`no fix for ${code}`);
  return applyEdits(text, fix.edits);
}

const MODELS = 'models:\n- model: a/b\n- model: a/c\n';
const HEAD = `merge_method: linear\n${MODELS}`;
/** A merge of one model. */
const on = (model: string) => `merge_method: passthrough\nmodels:\n- model: ${model}\n`;
const slices = (source: string) =>
  `merge_method: linear\nslices:\n- sources:\n  - model: a/b\n    ${source}\n`;

const CASES: readonly (readonly [code: ProblemCode, text: string, places: readonly string[]])[] = [
  ['too-large', `# ${'x'.repeat(300_000)}`, ['1:262145 too-large <x>']],
  ['too-large', `a: [${'1,'.repeat(40_000)}]`, ['1:13334 too-large <,>']],
  ['too-deep', `a: ${'['.repeat(10_000)}`, ['1:53 too-deep <[>']],
  ['too-deep', '- '.repeat(10_000), ['1:101 too-deep <->']],
  ['too-many-aliases', `a: &a 1\nb: [${'*a,'.repeat(101)}]`, ['2:305 too-many-aliases <*>']],
  ['yaml-syntax', `${HEAD}dtype: "float32\n`, ['5:15 yaml-syntax <2>']],
  ['yaml-syntax', `merge_method: linear\n\tmodels: 1\n`, ['2:1 yaml-syntax <\t>']],
  ['yaml-syntax', 'merge_method: linear: x\n', ['1:15 yaml-syntax <l>']],
  ['several-outputs', `${HEAD}---\n${HEAD}`, ['1:1 several-outputs <merge_method>']],
  [
    'several-outputs',
    `name: one\n${HEAD}---\nname: two\n${HEAD}---\n${HEAD}`,
    ['1:7 several-outputs <one>', '7:7 several-outputs <two>'],
  ],
  ['invalid-name', `name: a/b\n${HEAD}---\n${HEAD}`, ['1:7 invalid-name <a/b>', '1:7 several-outputs <a/b>']],
  [
    'duplicate-name',
    `name: one\n${HEAD}---\nname: one\n${HEAD}---\n${on('one')}`,
    ['7:7 duplicate-name <one>', '7:7 several-outputs <one>'],
  ],
  [
    'unknown-document',
    `name: first\n${HEAD}---\n${on('frist')}`,
    ['1:7 several-outputs <first>', '9:10 unknown-document <frist>'],
  ],
  [
    'unknown-document',
    `name: first\n${HEAD}---\n${on('first@main')}`,
    ['1:7 several-outputs <first>', '9:10 unknown-document <first@main>'],
  ],
  ['document-cycle', `name: one\n${on('two')}---\nname: two\n${on('one')}`, ['9:10 document-cycle <one>']],
  ['document-cycle', `name: one\n${on('one')}---\n${on('one')}`, ['4:10 document-cycle <one>']],
  ['unsupported-tag', `${HEAD}seed: !!python/object:os.system 1\n`, ['5:33 unsupported-tag <1>']],
  ['unknown-anchor', `${HEAD}parameters: *p\n`, ['5:13 unknown-anchor <*p>']],
  ['alias-cycle', `${HEAD}parameters: &p\n  t: *p\n`, ['6:3 invalid-parameter <t>', '6:6 alias-cycle <*p>']],
  ['invalid-merge', `${HEAD}<<: 5\n`, ['5:5 invalid-merge <5>']],
  ['invalid-key', `${HEAD}? [a]\n: 1\n`, ['5:3 invalid-key <[a]>']],
  ['duplicate-key', `${HEAD}seed: 1\nseed: 2\n`, ['6:1 duplicate-key <seed>']],
  ['empty-recipe', '', ['1:1 empty-recipe <>']],
  ['empty-recipe', '# only a comment\n', ['1:1 empty-recipe <>']],
  ['invalid-type', '- a\n', ['1:1 invalid-type <- a>']],
  ['invalid-type', 'merge_method: linear\nmodels: a/b\n', ['2:9 invalid-type <a/b>']],
  ['invalid-type', 'merge_method: linear\nmodels:\n- a/b\n', ['3:3 invalid-type <a/b>']],
  ['invalid-type', `merge_method: 5\n${MODELS}`, ['1:15 invalid-type <5>']],
  ['invalid-type', `${HEAD}parameters: 5\n`, ['5:13 invalid-type <5>']],
  ['missing-key', MODELS, ['1:1 missing-key <models>']],
  ['missing-key', 'merge_method: linear\nmodels:\n- parameters: {}\n', ['3:3 missing-key <parameters>']],
  ['missing-key', slices(''), ['4:5 missing-key <model>']],
  ['missing-key', `merge_method:\n${MODELS}`, ['1:1 missing-key <merge_method>']],
  ['missing-models', 'merge_method: linear\n', ['1:1 missing-models <merge_method>']],
  ['missing-models', 'merge_method: linear\nmodels:\n', ['2:1 missing-models <models>']],
  ['conflicting-keys', `${slices('layer_range: [0, 1]')}${MODELS}`, ['6:1 conflicting-keys <models>']],
  [
    'conflicting-keys',
    `${HEAD}tokenizer_source: base\ntokenizer: {source: base}\n`,
    [
      '5:1 conflicting-keys <tokenizer_source>',
      '5:1 tokenizer-redundant <tokenizer_source>',
      '6:1 tokenizer-redundant <tokenizer>',
    ],
  ],
  ['empty-list', 'merge_method: linear\nmodels: []\n', ['2:9 empty-list <[]>']],
  ['empty-list', `${HEAD}parameters: {t: []}\n`, ['5:17 empty-list <[]>']],
  ['unknown-key', `merge_methd: linear\n${MODELS}`, ['1:1 unknown-key <merge_methd>']],
  ['unknown-key', `${HEAD}something: words\n`, ['5:1 unknown-key <something>']],
  [
    'misplaced-key',
    `merge_method: linear\nmodels:\n- model: a/b\n  layer_range: [0, 1]\n`,
    ['4:3 misplaced-key <layer_range>'],
  ],
  ['misplaced-key', `${HEAD}model: a/b\n`, ['5:1 misplaced-key <model>']],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- model: a/b\n  weight: 0.5\n',
    ['4:3 misplaced-parameter <weight>'],
  ],
  ['misplaced-parameter', `${HEAD}normalize: true\n`, ['5:1 misplaced-parameter <normalize>']],
  ['legacy-key', `${HEAD}embed_slerp: true\n`, ['5:1 legacy-key <embed_slerp>']],
  ['legacy-key', `${HEAD}random_seed: 3\n`, ['5:1 legacy-key <random_seed>']],
  ['ignored-key', `${HEAD}trust_remote_code: true\n`, ['5:1 ignored-key <trust_remote_code>']],
  ['ignored-key', `${HEAD}chat_template: auto\n`, ['5:1 ignored-key <chat_template>']],
  [
    'ignored-key',
    'merge_method: linear\nmodels:\n- model: {model: a/b, override_architecture: X}\n',
    ['3:23 ignored-key <override_architecture>'],
  ],
  [
    'ignored-key',
    'merge_method: linear\nslices:\n- residual_weight: 1\n  sources:\n  - model: a/b\n    layer_range: [0, 1]\n',
    ['3:3 ignored-key <residual_weight>'],
  ],
  ['missing-models', 'merge_method: linear\nmodules:\n  default: {}\n', ['3:12 missing-models <{}>']],
  ['missing-models', 'merge_method: linear\nmodules:\n  a:\n    models:\n', ['4:5 missing-models <models>']],
  ['invalid-type', 'merge_method: linear\nmodules:\n  a:\n', ['3:3 invalid-type <a>']],
  ['invalid-type', 'merge_method: linear\nmodules: [a]\n', ['2:10 invalid-type <[a]>']],
  ['invalid-type', 'merge_method: linear\nmodules: {}\n', ['2:10 invalid-type <{}>']],
  [
    'conflicting-keys',
    `${HEAD}modules:\n  a:\n    ${MODELS.replaceAll('\n', '\n    ')}\n`,
    ['5:1 conflicting-keys <modules>'],
  ],
  [
    'conflicting-keys',
    'merge_method: linear\nmodules:\n  a:\n    models: [{model: a/b}]\n    slices: [{sources: [{model: a/b, layer_range: [0, 1]}]}]\n',
    ['5:5 conflicting-keys <slices>'],
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodules:\n  a:\n    models: [{model: a/b}]\n    weight: 1\n',
    ['5:5 misplaced-parameter <weight>'],
  ],
  [
    'adapter-unsupported',
    'merge_method: linear\nmodels:\n- model: a/b+c/d\n',
    ['3:10 adapter-unsupported <a/b+c/d>'],
  ],
  [
    'adapter-unsupported',
    'merge_method: linear\nmodels:\n- model: {model: a/b, lora: c/d}\n',
    ['3:23 adapter-unsupported <lora>'],
  ],
  [
    'tokenizer-unsupported',
    `${HEAD}tokenizer_source: union\n`,
    ['5:1 tokenizer-unsupported <tokenizer_source>'],
  ],
  ['tokenizer-unsupported', `${HEAD}tokenizer: {}\n`, ['5:1 tokenizer-unsupported <tokenizer>']],
  [
    'tokenizer-unsupported',
    `${HEAD}tokenizer: {source: base, pad_to_multiple_of: 64}\n`,
    ['5:1 tokenizer-unsupported <tokenizer>'],
  ],
  ['tokenizer-redundant', `${HEAD}tokenizer_source: base\n`, ['5:1 tokenizer-redundant <tokenizer_source>']],
  [
    'tokenizer-redundant',
    `${HEAD}base_model: a/b\ntokenizer_source: model:a/b\n`,
    ['6:1 tokenizer-redundant <tokenizer_source>'],
  ],
  [
    'chat-template-unsupported',
    `${HEAD}chat_template: chatml\n`,
    ['5:1 chat-template-unsupported <chat_template>'],
  ],
  ['invalid-model', `merge_method: linear\nmodels:\n- model: a/b@x@y\n`, ['3:10 invalid-model <a/b@x@y>']],
  ['invalid-model', `merge_method: linear\nmodels:\n- model: 5\n`, ['3:10 invalid-model <5>']],
  [
    'invalid-model',
    'merge_method: linear\nmodels:\n- model: {model: {path: a/b, revision: "x y"}}\n',
    ['3:40 invalid-model <"x y">'],
  ],
  [
    'model-url',
    `${HEAD}base_model: https://huggingface.co/a/b\n`,
    ['5:13 model-url <https://huggingface.co/a/b>'],
  ],
  ['local-path', `${HEAD}base_model: ./models/mine\n`, ['5:13 local-path <./models/mine>']],
  ['unknown-dtype', `${HEAD}dtype: bf16\n`, ['5:8 unknown-dtype <bf16>']],
  ['unsupported-dtype', `${HEAD}out_dtype: int64\n`, ['5:12 unsupported-dtype <int64>']],
  ['unsupported-dtype', `${HEAD}out_dtype: float8_e4m3fnuz\n`, ['5:12 unsupported-dtype <float8_e4m3fnuz>']],
  ['invalid-seed', `${HEAD}seed: 4294967296\n`, ['5:7 invalid-seed <4294967296>']],
  ['invalid-seed', `${HEAD}seed: 1.5\n`, ['5:7 invalid-seed <1.5>']],
  ['invalid-shard-size', `${HEAD}out_shard_size: 0\n`, ['5:17 invalid-shard-size <0>']],
  ['invalid-layer-range', slices('layer_range: [3, 3]'), ['5:18 invalid-layer-range <[3, 3]>']],
  ['invalid-layer-range', slices('layer_range: [0, -1]'), ['5:18 invalid-layer-range <[0, -1]>']],
  ['invalid-layer-range', slices('layer_range: [0, 1.5]'), ['5:18 invalid-layer-range <[0, 1.5]>']],
  ['invalid-layer-range', slices('layer_range: [0, 1, 2]'), ['5:18 invalid-layer-range <[0, 1, 2]>']],
  ['invalid-layer-range', slices('layer_range: 8'), ['5:18 invalid-layer-range <8>']],
  [
    'unequal-layer-ranges',
    `${slices('layer_range: [0, 4]')}  - model: a/c\n    layer_range: [0, 5]\n`,
    ['7:18 unequal-layer-ranges <[0, 5]>'],
  ],
  ['invalid-parameter', `${HEAD}parameters:\n  t: high\n`, ['6:6 invalid-parameter <high>']],
  ['invalid-parameter', `${HEAD}parameters:\n  t:\n`, ['6:3 invalid-parameter <t>']],
  ['invalid-parameter', `${HEAD}parameters:\n  t: .inf\n`, ['6:6 invalid-parameter <.inf>']],
  [
    'invalid-parameter',
    `${HEAD}parameters:\n  t: [0, x, 1, y]\n`,
    ['6:10 invalid-parameter <x>', '6:16 invalid-parameter <y>'],
  ],
  ['invalid-parameter', `${HEAD}parameters:\n  t: [0, [1]]\n`, ['6:10 invalid-parameter <[1]>']],
  [
    'invalid-parameter',
    `${HEAD}parameters:\n  t:\n  - filter: mlp\n    value: 1\n  - 0.5\n`,
    ['9:5 invalid-parameter <0.5>'],
  ],
  ['invalid-parameter', `${HEAD}parameters:\n  t: {value: {a: 1}}\n`, ['6:14 invalid-parameter <{a: 1}>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {filter: 7, value: 1}\n`, ['6:15 invalid-filter <7>']],
  [
    'unreachable-filter',
    `${HEAD}parameters:\n  t:\n  - value: 1\n  - filter: mlp\n    value: 2\n`,
    ['8:5 unreachable-filter <filter: mlp>'],
  ],
  ['invalid-filter', `${HEAD}parameters:\n  t: {layers: 4.5, value: 1}\n`, ['6:15 invalid-filter <4.5>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {layers: -1, value: 1}\n`, ['6:15 invalid-filter <-1>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {layers: [], value: 1}\n`, ['6:15 invalid-filter <[]>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {layers: upper, value: 1}\n`, ['6:15 invalid-filter <upper>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {kind: bias, value: 1}\n`, ['6:13 invalid-filter <bias>']],
  ['invalid-filter', `${HEAD}parameters:\n  t: {kind: 3, value: 1}\n`, ['6:13 invalid-filter <3>']],
  ['misplaced-key', `${HEAD}layers: 4-12\n`, ['5:1 misplaced-key <layers>']],
];

test.each(CASES)('%s is found at its place', (code, text, places) => {
  expect(found(text)).toEqual(places);
  expect(places.some((place) => place.includes(` ${code} `))).toBe(true);
  const problem = parseRecipe(text).problems.find((candidate) => candidate.code === code);
  expect(problem?.severity).toBe(PROBLEM_KINDS[code].severity);
  expect(problem?.message).toMatch(/^[A-Z`].*[.?]$/);
});

test('every code has a case above and a line in README.md', () => {
  const codes = Object.keys(PROBLEM_KINDS).sort();
  expect([...new Set(CASES.map(([code]) => code))].sort()).toEqual(codes);
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const listed = [...readme.matchAll(/^\| `([a-z-]+)` +\| (error|warning) +\|/gm)];
  expect(listed.map((match) => match[1]).sort()).toEqual(codes);
  for (const [, code, severity] of listed) {
    expect(PROBLEM_KINDS[code as ProblemCode].severity, code).toBe(severity);
  }
});

test('all problems of a text are found at once, in its order', () => {
  const text = [
    'mergemethod: linear',
    'modles:',
    '- model: a/b',
    '  weight: 0.5',
    '- model: a/c@1@2',
    '  parameters: {weight: [0, x]}',
    'dtype: fp16',
    'seed: -1',
  ].join('\n');
  expect(found(text)).toEqual([
    '1:1 unknown-key <mergemethod>',
    '2:1 unknown-key <modles>',
    '4:3 misplaced-parameter <weight>',
    '5:10 invalid-model <a/c@1@2>',
    '6:28 invalid-parameter <x>',
    '7:8 unknown-dtype <fp16>',
    '8:7 invalid-seed <-1>',
  ]);
});

test('problems above a syntax error are told beside it, guesses below it are not', () => {
  expect(found('merge_method: linear\ndtype: bf16\nmodels: [a\nseed: x\n')).toEqual([
    '2:8 unknown-dtype <bf16>',
    '3:10 invalid-type <a>',
    '4:1 yaml-syntax <s>',
  ]);
});

test('an error that leaves the rest its meaning leaves the recipe', () => {
  const parsed = parseRecipe(`${HEAD}dtype: bf16\nfoo: bar\n`);
  expect(parsed.problems.map(({ severity }) => severity)).toEqual(['error', 'error']);
  expect(parsed.recipe).toMatchObject({ mergeMethod: 'linear', dtype: null });
  expect(parseRecipe(`${HEAD}parameters: {t: x}\n`).recipe).toBeNull();
});

const FIXES: readonly (readonly [code: ProblemCode, before: string, after: string])[] = [
  ['unknown-key', `merge_methd: linear\n${MODELS}`, HEAD],
  ['unknown-key', `"merge-method": linear\n${MODELS}`, HEAD],
  ['unknown-dtype', `${HEAD}dtype: bf16 # small\n`, `${HEAD}dtype: bfloat16 # small\n`],
  ['unknown-dtype', `${HEAD}out_dtype: fp8\n`, `${HEAD}out_dtype: float8_e4m3fn\n`],
  ['unknown-dtype', `${HEAD}dtype: torch.half\n`, `${HEAD}dtype: float16\n`],
  ['unknown-dtype', `${HEAD}dtype: flaot32\n`, `${HEAD}dtype: float32\n`],
  ['legacy-key', `${HEAD}random_seed: 3\n`, `${HEAD}seed: 3\n`],
  ['legacy-key', `${HEAD}embed_slerp: true\nseed: 1\n`, `${HEAD}seed: 1\n`],
  ['duplicate-key', `${HEAD}seed: 1\nseed: 2\n`, `${HEAD}seed: 1\n`],
  ['duplicate-key', 'models: [{model: a/b, model: a/c}]', 'models: [{model: a/b}]'],
  ['model-url', `${HEAD}base_model: https://huggingface.co/a/b/tree/v2\n`, `${HEAD}base_model: a/b@v2\n`],
  ['local-path', `${HEAD}base_model: ../runs/mine\n`, `${HEAD}base_model: local/mine\n`],
  ['adapter-unsupported', 'models:\n- model: a/b@1+c/d\n', 'models:\n- model: a/b@1\n'],
  [
    'invalid-filter',
    `${HEAD}parameters: {t: {filter: 7, value: 1}}\n`,
    `${HEAD}parameters: {t: {filter: '7', value: 1}}\n`,
  ],
  ...['12-4', '4:12', '4..12', "'4 to 12'", '4\u201312'].map(
    (written) =>
      [
        'invalid-filter',
        `${HEAD}parameters: {t: {layers: ${written}, value: 1}}\n`,
        `${HEAD}parameters: {t: {layers: 4-12, value: 1}}\n`,
      ] as const,
  ),
  ...[
    ['atention', 'attention'],
    ['ffn', 'mlp'],
    ['layernorm', 'norm'],
  ].map(
    ([written, meant]) =>
      [
        'invalid-filter',
        `${HEAD}parameters: {t: {kind: ${written}, value: 1}}\n`,
        `${HEAD}parameters: {t: {kind: ${meant}, value: 1}}\n`,
      ] as const,
  ),
  ['invalid-type', 'merge_method: linear\nmodels:\n- a/b\n', 'merge_method: linear\nmodels:\n- model: a/b\n'],
  [
    'invalid-type',
    'merge_method: linear\nmodels:\n- model:a/b\n',
    'merge_method: linear\nmodels:\n- model: a/b\n',
  ],
  ['unknown-document', `name: first\n${HEAD}---\n${on('frist')}`, `name: first\n${HEAD}---\n${on('first')}`],
  ['invalid-name', `name: a/b\n${HEAD}---\n${on('b')}`, `name: b\n${HEAD}---\n${on('b')}`],
  ['invalid-name', `name: a/1\n${HEAD}---\n${on("'1'")}`, `name: '1'\n${HEAD}---\n${on("'1'")}`],
  ['local-path', "base_model: '/x/it''s: v2 #3'\n", 'base_model: local/it-s-v2-3\n'],
  ['local-path', 'base_model: /x/my folder (2)\n', 'base_model: local/my-folder-2\n'],
  ['yaml-syntax', 'parameters:\n\tt: 1\n', 'parameters:\n  t: 1\n'],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- model: a/b\n  weight: 0.5 # half\n- model: a/c\n',
    'merge_method: linear\nmodels:\n- model: a/b\n  parameters:\n    weight: 0.5 # half\n- model: a/c\n',
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- weight: 0.5\n  model: a/b\n',
    'merge_method: linear\nmodels:\n- parameters:\n    weight: 0.5\n  model: a/b\n',
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- model: a/b\n  weight:\n  - 0\n  - 1\n',
    'merge_method: linear\nmodels:\n- model: a/b\n  parameters:\n    weight:\n    - 0\n    - 1\n',
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels: [{model: a/b, weight: 0.5}]\n',
    'merge_method: linear\nmodels: [{model: a/b, parameters: { weight: 0.5 }}]\n',
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- model: a/b\n  weight: 0.5\n  parameters:\n    density: 1\n',
    'merge_method: linear\nmodels:\n- model: a/b\n  parameters:\n    weight: 0.5\n    density: 1\n',
  ],
  [
    'misplaced-parameter',
    'merge_method: linear\nmodels:\n- weight: 0.5\n  model: a/b\n  parameters: {density: 1}\n',
    'merge_method: linear\nmodels:\n- model: a/b\n  parameters: {weight: 0.5, density: 1}\n',
  ],
];

test.each(FIXES)('the fix of %s makes %j right', (code, before, after) => {
  expect(fixed(before, code)).toBe(after);
  expect(parseRecipe(after).problems.map((problem) => problem.code)).not.toContain(code);
});
