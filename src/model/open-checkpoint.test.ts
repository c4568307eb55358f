import { expect, test } from 'vitest';
import { folderFiles, memoryFiles, zeroWeights } from './memory-files.test-helper.ts';
import { openCheckpoint } from './open-checkpoint.ts';

const GOLDEN = ['alpha', 'alpha32', 'base', 'beta', 'beta32', 'far', 'gamma', 'gamma32'];
const tiny = zeroWeights([{ name: 'model.layers.0.mlp.up_proj.weight', dtype: 'F16', shape: [2, 2] }]);

test.each(GOLDEN)('the golden model %s', async (name) => {
  const checkpoint = await openCheckpoint(
    folderFiles(`e2e/data/golden/models/golden/${name}`),
    `golden/${name}`,
  );
  expect(checkpoint.ref).toBe(`golden/${name}`);
  expect(checkpoint.structure).toMatchObject({
    layerCount: 3,
    vocabularySize: 97,
    tied: false,
    hiddenSize: 32,
  });
  expect(checkpoint.structure.dtype).toBe(name.endsWith('32') ? 'F32' : 'BF16');
  expect(checkpoint.weightFiles).toHaveLength(name === 'beta' ? 2 : 1);
  expect(checkpoint.tensors.size).toBe(30);
  expect(checkpoint.notes).toEqual([]);
});

test('a demo model: its side files, and only its header is read', async () => {
  const files = folderFiles('public/demo/quill/base');
  const checkpoint = await openCheckpoint(files, 'quill/base');
  expect(checkpoint.structure).toMatchObject({ layerCount: 5, vocabularySize: 512, dtype: 'BF16' });
  expect(checkpoint.sideFiles.map(({ path }) => path)).toEqual([
    'chat_template.jinja',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  expect(files.opened.get('model.safetensors')?.reads).toEqual([[0, 65_536]]);
});

test('the card, the config with numbers Python writes, and files that are no side files', async () => {
  const checkpoint = await openCheckpoint(
    memoryFiles({
      'README.md': '---\nlicense: apache-2.0\nbase_model: org/base\n---\n# Hello',
      'config.json': '{"__proto__": 1, "time_step_limit": [0.0, Infinity], "num_hidden_layers": 1}',
      'model.safetensors': tiny,
      'pytorch_model.bin': 'x',
      'model.safetensors.index.json': '{}',
    }),
    'r',
  );
  expect(checkpoint.card).toEqual({ license: 'apache-2.0', baseModels: ['org/base'] });
  expect(checkpoint.config.time_step_limit).toEqual([0, Number.POSITIVE_INFINITY]);
  expect(Object.keys(checkpoint.config)).toContain('__proto__');
  expect(checkpoint.sideFiles.map(({ path }) => path)).toEqual(['README.md']);
});

test('without a config: what the headers tell, and a note', async () => {
  const files = { 'unet.safetensors': tiny, 'README.md': '---\nlicense: mit\n---\n' };
  const checkpoint = await openCheckpoint(memoryFiles(files), 'r');
  expect(checkpoint.config).toEqual({});
  expect('configText' in checkpoint).toBe(false);
  expect(checkpoint.structure).toMatchObject({
    architecture: null,
    modelType: null,
    layerCount: 1,
    dtype: 'F16',
  });
  expect(checkpoint.card.license).toBe('mit');
  expect(checkpoint.notes).toEqual([expect.stringContaining('There is no config.json')]);
});

test('one file of many takes no config from beside it', async () => {
  const files = memoryFiles({ 'config.json': '{"model_type":"llama"}', 'model.safetensors': tiny });
  const origin = { kind: 'local', name: 'memory', file: 'model.safetensors' } as const;
  expect((await openCheckpoint({ ...files, origin }, 'r')).config).toEqual({});
});

test.each([
  ['not JSON', { 'config.json': '{' }, 'InvalidFile'],
  ['not an object', { 'config.json': '[]' }, 'InvalidFile'],
  ['not UTF-8', { 'config.json': new Uint8Array([0x7b, 0xff, 0x7d]) }, 'InvalidFile'],
  ['too deep', { 'config.json': `{"a":${'['.repeat(100_000)}` }, 'InvalidFile'],
  ['too large', { 'config.json': new Uint8Array(17 * 1024 * 1024) }, 'InvalidFile'],
])('a config that is %s is a typed error', async (_name, contents, tag) => {
  const open = openCheckpoint(memoryFiles({ 'model.safetensors': tiny, ...contents }), 'r');
  await expect(open).rejects.toMatchObject({ tag, where: 'config.json' });
});
