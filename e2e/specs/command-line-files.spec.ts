import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@playwright/test';
import { merge, test } from '../fixtures/command-line.ts';
import {
  codes,
  doubles,
  type MadeTensor,
  rawTensors,
  singles,
  writeWeights,
} from '../fixtures/weight-file.ts';
import { ensureBuilt } from '../tools/build.ts';

// A build would speak on stderr, and take the time of a test.
test.beforeAll(() => ensureBuilt());

const BLOCKS = [0, 1, 2];

/** A diffusion transformer in small: `value` in every element of three double blocks and in what lies outside. */
const dit = (value: number): MadeTensor[] => [
  singles('img_in.weight', [value, -value]),
  ...BLOCKS.map((i) => singles(`double_blocks.${i}.img_attn.qkv.weight`, [value, 2 * value, 3 * value])),
  singles('final_layer.linear.weight', [value]),
];

async function floatsOf(file: string): Promise<Record<string, number[]>> {
  const tensors = await rawTensors(file);
  return Object.fromEntries(
    [...tensors].map(([name, { bytes }]) => [name, [...new Float32Array(bytes.buffer)]]),
  );
}

test('checkpoints without a config are merged by name, with gradients over their blocks', async ({
  dir,
  recipe,
}) => {
  const models = path.join(dir, 'models');
  await writeWeights(path.join(models, 'dits/one/flux.safetensors'), dit(1));
  await writeFile(path.join(models, 'dits/one/README.md'), '---\nlicense: mit\n---\n');
  await writeWeights(path.join(models, 'dits/two/flux.safetensors'), dit(3));
  const out = path.join(dir, 'out');
  const text = `merge_method: linear
models:
  - model: dits/one
    parameters: { weight: [0, 1] }
  - model: dits/two
    parameters: { weight: [1, 0] }
dtype: float32
`;
  const { exitCode, said } = await merge([
    await recipe(text),
    ...['--models', models, '--out', out, '--engine', 'cpu', '--json'],
  ]);
  expect(exitCode).toBe(0);
  expect((await readdir(out)).sort()).toEqual([
    'README.md',
    'graft.lock.json',
    'mergekit_config.yml',
    'model.safetensors',
  ]);
  expect(await floatsOf(path.join(out, 'model.safetensors'))).toEqual({
    'img_in.weight': [3, -3],
    'double_blocks.0.img_attn.qkv.weight': [3, 6, 9],
    'double_blocks.1.img_attn.qkv.weight': [2, 4, 6],
    'double_blocks.2.img_attn.qkv.weight': [1, 2, 3],
    'final_layer.linear.weight': [3],
  });
  expect(said.warnings.join('\n')).toContain('dits/one: There is no config.json');
  const card = await readFile(path.join(out, 'README.md'), 'utf8');
  expect(card).toContain('- dits/one');
  expect(card).not.toContain('library_name');
});

test('single files are named by their path, with and without a revision', async ({ dir, recipe }) => {
  const models = path.join(dir, 'models');
  await writeWeights(path.join(models, 'packs/all/one.safetensors'), dit(1));
  await writeWeights(path.join(models, 'packs/all/more/two.safetensors'), dit(5));
  const out = path.join(dir, 'out');
  const text = `merge_method: linear
parameters: { weight: 1 }
models:
  - model: packs/all/one.safetensors
  - model: packs/all/more/two.safetensors@main
`;
  const { exitCode } = await merge([
    await recipe(text),
    ...['--models', models, '--out', out, '--engine', 'cpu', '--json'],
  ]);
  expect(exitCode).toBe(0);
  const merged = await floatsOf(path.join(out, 'model.safetensors'));
  expect(merged['double_blocks.2.img_attn.qkv.weight']).toEqual([3, 6, 9]);
  const card = await readFile(path.join(out, 'README.md'), 'utf8');
  expect(card).toContain('base_model:\n  - packs/all\nbase_model_relation: merge\n');
  const lock = JSON.parse(await readFile(path.join(out, 'graft.lock.json'), 'utf8')) as {
    readonly models: readonly { readonly origin: { readonly repo: string; readonly file: string } }[];
  };
  expect(lock.models.map(({ origin }) => `${origin.repo} ${origin.file}`)).toEqual([
    'packs/all one.safetensors',
    'packs/all more/two.safetensors',
  ]);
});

test('F64 and float8 inputs are merged into float32 and into float8', async ({ dir, recipe }) => {
  const models = path.join(dir, 'models');
  await writeWeights(path.join(models, 'd/f64/w.safetensors'), [
    doubles('blocks.0.w', [1.5, -2, 2 ** -20, 448]),
  ]);
  // 0.5, -4, the smallest subnormal 2^-9, and 448, the largest value.
  const e4m3 = [0x30, 0xc8, 0x01, 0x7e];
  await writeWeights(path.join(models, 'd/f8/w.safetensors'), [codes('blocks.0.w', 'F8_E4M3', e4m3)]);
  const text = `merge_method: linear
parameters: { weight: 1 }
models:
  - model: d/f64
  - model: d/f8
`;
  const run = async (dtype: string) => {
    const out = path.join(dir, dtype);
    const file = await recipe(`${text}out_dtype: ${dtype}\n`);
    const { exitCode } = await merge([
      file,
      ...['--models', models, '--out', out, '--engine', 'cpu', '--json'],
    ]);
    expect(exitCode).toBe(0);
    return path.join(out, 'model.safetensors');
  };
  expect((await floatsOf(await run('float32')))['blocks.0.w']).toEqual([1, -3, 2 ** -21 + 2 ** -10, 448]);
  const packed = (await rawTensors(await run('float8_e4m3fn'))).get('blocks.0.w');
  // 2^-10 and a little is nearer to 2^-9 than to 0.
  expect(packed).toEqual({ dtype: 'F8_E4M3', bytes: Uint8Array.from([0x38, 0xc4, 0x01, 0x7e]) });
});

test('quantized weights and other formats are refused where the recipe names them', async ({
  dir,
  recipe,
}) => {
  const models = path.join(dir, 'models');
  const layer = 'model.layers.0.mlp.up_proj';
  await writeWeights(path.join(models, 'q/model-AWQ/model.safetensors'), [
    codes(`${layer}.qweight`, 'U8', [1]),
    codes(`${layer}.qzeros`, 'U8', [1]),
    singles(`${layer}.scales`, [1]),
  ]);
  await mkdir(path.join(models, 'q/model-GGUF'), { recursive: true });
  await writeFile(path.join(models, 'q/model-GGUF/model.Q4_K_M.gguf'), 'GGUF');
  await writeFile(path.join(models, 'q/model-GGUF/README.md'), '---\nbase_model: q/model\n---\n');
  const text = `merge_method: linear
parameters: { weight: 1 }
models:
  - model: q/model-AWQ
  - model: q/model-GGUF
`;
  const { exitCode, said } = await merge([
    await recipe(text),
    ...['--models', models, '--out', path.join(dir, 'out'), '--json'],
  ]);
  expect(exitCode).toBe(2);
  expect(said.problems).toMatchObject([
    { line: 4, column: 12, code: 'quantized-model', message: expect.stringMatching(/AWQ.*`q\/model`/) },
    { line: 5, column: 12, code: 'model-failed', message: expect.stringMatching(/GGUF.*q\/model/) },
  ]);
});

test('NaN and infinity in a model are told with tensor and model, and tensors that came out as zeros', async ({
  dir,
  recipe,
}) => {
  const models = path.join(dir, 'models');
  const sound = [singles('a.weight', [1, 2, 3]), singles('b.weight', [4, 5])];
  const broken = [
    singles('a.weight', [1, Number.NaN, Number.POSITIVE_INFINITY]),
    singles('b.weight', [-4, -5]),
  ];
  await writeWeights(path.join(models, 'made/sound/model.safetensors'), sound);
  await writeWeights(path.join(models, 'made/broken/model.safetensors'), broken);
  const text = `merge_method: linear
models:
  - model: made/sound
    parameters: { weight: 0.5 }
  - model: made/broken
    parameters: { weight: 0.5 }
dtype: float32
`;
  const { exitCode, said } = await merge([
    await recipe(text),
    ...['--models', models, '--out', path.join(dir, 'out'), '--engine', 'cpu', '--json'],
  ]);
  expect(exitCode).toBe(0);
  expect(said.health).toMatchObject({
    examinedTensors: 2,
    badInputs: [{ tensor: 'a.weight', model: 'made/broken', nanCount: 1, infiniteCount: 1 }],
    badOutputs: [{ tensor: 'a.weight', model: null, nanCount: 1, infiniteCount: 1 }],
    zeroTensors: ['b.weight'],
  });
  expect(said.warnings).toContain('Found 1 NaN and 1 infinite in a.weight of made/broken.');
});
