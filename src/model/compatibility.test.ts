import { expect, test } from 'vitest';
import { misfits } from './compatibility.ts';
import { folderFiles, memoryFiles, zeroWeights } from './memory-files.test-helper.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { Checkpoint } from './types.ts';

function model(
  ref: string,
  layerCount: number,
  vocabulary: number,
  extra: Record<string, number[]> = {},
): Promise<Checkpoint> {
  const shapes = {
    'model.embed_tokens.weight': [vocabulary, 4],
    ...Object.fromEntries(
      Array.from({ length: layerCount }, (_, i) => [`model.layers.${i}.mlp.up_proj.weight`, [6, 4]]),
    ),
    ...extra,
  };
  const files = memoryFiles({
    'config.json': JSON.stringify({ model_type: 'llama', hidden_size: 4, num_hidden_layers: layerCount }),
    'model.safetensors': zeroWeights(
      Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'F32', shape })),
    ),
  });
  return openCheckpoint(files, ref);
}

test('models of one family fit', async () => {
  const models = await Promise.all(
    ['base', 'alpha', 'beta'].map((name) =>
      openCheckpoint(folderFiles(`e2e/data/golden/models/golden/${name}`), name),
    ),
  );
  expect([...misfits(models)]).toEqual([
    ['base', []],
    ['alpha', []],
    ['beta', []],
  ]);
});

test('depth and vocabulary are told once each, not per tensor', async () => {
  const models = await Promise.all([model('a', 2, 10), model('b', 3, 12)]);
  expect(misfits(models).get('b')).toEqual(['layers 3, but a has 2', 'vocabulary 12, but a has 10']);
});

test('tensors of one side and unequal shapes are named', async () => {
  const models = await Promise.all([
    model('a', 1, 10, { 'model.layers.0.mlp.down_proj.weight': [4, 6] }),
    model('b', 1, 10, {
      'model.layers.0.mlp.down_proj.weight': [4, 8],
      'model.layers.0.self_attn.q_proj.bias': [4],
    }),
  ]);
  expect(misfits(models).get('b')).toEqual([
    'has model.layers.{}.self_attn.q_proj.bias, which a lacks',
    'unequal shapes: model.layers.{}.mlp.down_proj.weight is [4, 8] here and [4, 6] in a',
  ]);
});
