import { describe, expect, test } from 'vitest';
import { memoryFiles, zeroWeights } from './memory-files.test-helper.ts';
import { openWeights } from './weight-files.ts';

const weights = (...names: string[]) =>
  zeroWeights(names.map((name) => ({ name, dtype: 'F32', shape: [1] })));
const index = (map: Record<string, string>) => JSON.stringify({ metadata: {}, weight_map: map });
const INDEX = 'model.safetensors.index.json';

describe('which files are read', () => {
  test('model.safetensors before an index', async () => {
    const { tensors, notes } = await openWeights(
      memoryFiles({ 'model.safetensors': weights('a'), [INDEX]: index({ b: 'gone.safetensors' }) }),
    );
    expect([...tensors.keys()]).toEqual(['a']);
    expect(notes).toEqual([`${INDEX} is ignored because model.safetensors is there.`]);
  });

  test('shards by the index, in file order, others ignored', async () => {
    const { tensors, weightFiles, notes } = await openWeights(
      memoryFiles({
        's-2.safetensors': weights('a', 'c'),
        's-1.safetensors': weights('b'),
        'consolidated.safetensors': weights('x'),
        [INDEX]: index({ a: 's-2.safetensors', b: 's-1.safetensors', c: 's-2.safetensors' }),
      }),
    );
    expect([...tensors.keys()]).toEqual(['b', 'a', 'c']);
    expect(tensors.get('a')?.file).toBe('s-2.safetensors');
    expect(weightFiles.map(({ path }) => path)).toEqual(['s-1.safetensors', 's-2.safetensors']);
    expect(notes).toEqual([]);
  });

  test('a lone file of another name, though not an adapter', async () => {
    const lone = memoryFiles({
      'gemma.safetensors': weights('a'),
      'adapter_model.safetensors': weights('l'),
    });
    expect([...(await openWeights(lone)).tensors.keys()]).toEqual(['a']);
  });

  test('a lone file, whatever it is called', async () => {
    const lone = memoryFiles({ 'adapter_model.safetensors': weights('l') });
    expect([...(await openWeights(lone)).tensors.keys()]).toEqual(['l']);
  });

  test('one file of many, wherever it lies', async () => {
    const files = memoryFiles({
      'model.safetensors': weights('a'),
      'unet/diffusion.safetensors': weights('b', 'c'),
    });
    const origin = { kind: 'local', name: 'memory', file: 'unet/diffusion.safetensors' } as const;
    const { tensors, weightFiles } = await openWeights({ ...files, origin });
    expect([...tensors.keys()]).toEqual(['b', 'c']);
    expect(weightFiles.map(({ path }) => path)).toEqual(['unet/diffusion.safetensors']);
  });

  test('a complete set of shards without an index', async () => {
    const set = memoryFiles({
      'model-00001-of-00002.safetensors': weights('a'),
      'model-00002-of-00002.safetensors': weights('b'),
    });
    expect([...(await openWeights(set)).tensors.keys()]).toEqual(['a', 'b']);
  });

  test('many shards, all of them once', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `s-${String(i).padStart(2, '0')}.safetensors`);
    const files = memoryFiles({
      ...Object.fromEntries(names.map((name) => [name, weights(`t.${name}`)])),
      [INDEX]: index(Object.fromEntries(names.map((name) => [`t.${name}`, name]))),
    });
    expect((await openWeights(files)).tensors.size).toBe(20);
    for (const name of names) expect(files.opened.get(name)?.reads).toHaveLength(1);
  });
});

describe('wrong indexes', () => {
  const twoShards = { 's-1.safetensors': weights('a'), 's-2.safetensors': weights('b') };

  test('a tensor that no shard holds, one that is not listed, one in another shard: notes', async () => {
    const { tensors, notes } = await openWeights(
      memoryFiles({
        ...twoShards,
        [INDEX]: index({ a: 's-2.safetensors', ghost: 's-1.safetensors' }),
      }),
    );
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(notes).toEqual([
      'The index lists ghost, which no shard holds.',
      'The shards hold b, which the index does not list.',
      'The index names the wrong shard for a.',
    ]);
  });

  test('a missing shard', async () => {
    const files = memoryFiles({
      ...twoShards,
      [INDEX]: index({ a: 's-1.safetensors', b: 's-3.safetensors' }),
    });
    await expect(openWeights(files)).rejects.toMatchObject({ tag: 'FileMissing', where: 's-3.safetensors' });
  });

  test('a tensor in two shards', async () => {
    const files = memoryFiles({
      's-1.safetensors': weights('a'),
      's-2.safetensors': weights('a', 'b'),
      [INDEX]: index({ a: 's-1.safetensors', b: 's-2.safetensors' }),
    });
    await expect(openWeights(files)).rejects.toMatchObject({ tag: 'InvalidFile', where: 's-2.safetensors' });
  });

  test('a shard outside the folder', async () => {
    const files = memoryFiles({ ...twoShards, [INDEX]: index({ a: '../s-1.safetensors' }) });
    await expect(openWeights(files)).rejects.toMatchObject({ tag: 'InvalidFile', where: INDEX });
  });
});

describe('no weights', () => {
  test.each([
    ['GGUF', { 'model.Q4_K_M.gguf': 'x' }, 'GGUF'],
    ['pickle', { 'pytorch_model.bin': 'x' }, 'pickle'],
    ['adapter', { 'adapter_config.json': '{}', 'adapter_model.safetensors': weights('l') }, 'adapter'],
    ['nothing', { 'config.json': '{}' }, 'no safetensors weights'],
    ['an incomplete set', { 'model-00001-of-00003.safetensors': weights('a') }, 'no index'],
    ['unrelated files', { 'a.safetensors': weights('a'), 'b.safetensors': weights('b') }, 'no index'],
    [
      'a pipeline of folders',
      { 'unet/a.safetensors': weights('a'), 'vae/b.bin': 'x' },
      'in folders: unet/a.safetensors',
    ],
    ['MLX', { 'weights.npz': 'x' }, 'MLX'],
    ['ONNX', { 'onnx/model.onnx': 'x' }, 'ONNX'],
    ['Flax', { 'flax_model.msgpack': 'x' }, 'Flax'],
  ])('%s', async (_name, contents, words) => {
    const open = openWeights(memoryFiles(contents));
    await expect(open).rejects.toMatchObject({ tag: 'FileMissing' });
    await expect(open).rejects.toThrow(words);
  });

  test('the fix names the model that the card says it was made from', async () => {
    const card = '---\nbase_model: maker/plain\n---\n';
    const open = openWeights(memoryFiles({ 'model.Q4_K_M.gguf': 'x', 'README.md': card }));
    await expect(open).rejects.toMatchObject({
      fix: 'Name the original model that the GGUF files were made from. Its card names maker/plain.',
    });
  });

  test('of several files one can be named', async () => {
    const open = openWeights(
      memoryFiles({ 'a.fp16.safetensors': weights('a'), 'a.safetensors': weights('a') }),
    );
    await expect(open).rejects.toMatchObject({
      fix: expect.stringContaining('owner/name/a.fp16.safetensors'),
    });
  });

  test('a broken shard names its file', async () => {
    await expect(openWeights(memoryFiles({ 'model.safetensors': 'not weights' }))).rejects.toMatchObject({
      tag: 'InvalidFile',
      where: 'model.safetensors',
    });
  });
});
