import { expect, test } from 'vitest';
import { openCheckpoint } from '../../model/open-checkpoint.ts';
import { layOut } from '../../safetensors/layout.ts';
import { openLocalModel } from '../../sources/local-source.ts';
import { modelOfFile } from './folder-input.ts';

test('a dropped safetensors file is a model of its own', async () => {
  const [shard] = layOut([{ name: 'blocks.0.w', dtype: 'F16', shape: [0] }], 0).shards;
  const model = modelOfFile(
    new File([new Uint8Array(shard?.headerBytes ?? [])], 'adapter_model.v1.safetensors'),
  );
  if (model === null) throw new Error('no model');
  expect(model.name).toBe('adapter_model.v1');
  const checkpoint = await openCheckpoint(await openLocalModel(model), 'local/adapter_model.v1');
  expect([...checkpoint.tensors.keys()]).toEqual(['blocks.0.w']);
});

test('other files are not', () => {
  expect(modelOfFile(new File([''], 'recipe.yml'))).toBeNull();
  expect(modelOfFile(new File([''], '.safetensors'))).toBeNull();
});
