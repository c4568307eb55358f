import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BEYOND_MERGEKIT, METHODS } from '../methods/registry.ts';
import { folderFiles } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import { readHeader } from '../safetensors/header.ts';
import { memorySource } from '../safetensors/memory.test-helper.ts';
import { checkGolden } from './checkpoints.test-helper.ts';
import type { MergePlan } from './types.ts';

const RECIPES = new URL('../../e2e/data/golden/recipes/', import.meta.url);
const recipes = readdirSync(RECIPES).map(
  (file) => [file.replace('.yml', ''), readFileSync(new URL(file, RECIPES), 'utf8')] as const,
);

async function planOf(text: string): Promise<MergePlan> {
  const { plan, problems } = await checkGolden(text);
  const errors = problems.filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

test("all of mergekit's methods are among the golden recipes", () => {
  const methods = new Set(recipes.map(([, text]) => /^merge_method: (\w+)/m.exec(text)?.[1]));
  expect([...methods].sort()).toEqual(
    [...METHODS.keys()].filter((name) => !BEYOND_MERGEKIT.has(name)).sort(),
  );
});

describe.each(recipes)('%s', (name, text) => {
  test('plans the tensors, shapes and dtypes that mergekit wrote', async () => {
    const plan = await planOf(text);
    const expected = await openCheckpoint(folderFiles(`e2e/data/golden/expected/${name}`), name);
    const facts = (tensor: { name: string; dtype: string; shape: readonly number[] }) =>
      `${tensor.name} ${tensor.dtype} [${tensor.shape.join(', ')}]`;
    expect(plan.tensors.map(facts).sort()).toEqual([...expected.tensors.values()].map(facts).sort());
  });

  test('writes headers that say where the plan puts each tensor', async () => {
    const plan = await planOf(text);
    for (const [index, shard] of plan.shards.entries()) {
      const file = new Uint8Array(shard.sizeBytes);
      file.set(shard.headerBytes);
      const { tensors } = await readHeader(memorySource(file), shard.path);
      const planned = plan.tensors.filter((tensor) => tensor.shard === index);
      expect(tensors.map(({ name: each, start }) => [each, start]).sort()).toEqual(
        planned.map((tensor) => [tensor.name, tensor.offset]).sort(),
      );
    }
  });

  test('writes a config that is true to the tensors', async () => {
    const plan = await planOf(text);
    const expected = JSON.parse(
      readFileSync(new URL(`../../e2e/data/golden/expected/${name}/config.json`, import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    const file = plan.sideFiles.find(({ path }) => path === 'config.json');
    const config = JSON.parse(file?.content.kind === 'text' ? file.content.text : '{}') as Record<
      string,
      unknown
    >;
    expect(config.num_hidden_layers).toBe(expected.num_hidden_layers);
    expect(config.vocab_size).toBe(expected.vocab_size);
    expect(config.dtype ?? config.torch_dtype).toBe(expected.dtype ?? expected.torch_dtype);
  });
});

test('the recipe is kept verbatim and the plan says what it costs', async () => {
  const text = recipes.find(([name]) => name === 'ties')?.[1] ?? '';
  const plan = await planOf(text);
  expect(plan.sideFiles.find(({ path }) => path === 'mergekit_config.yml')?.content).toEqual({
    kind: 'text',
    text,
  });
  const inputs = plan.tensors.flatMap((tensor) => tensor.inputs);
  expect(plan.totals.fetchBytes).toBe(inputs.reduce((sum, { start, end }) => sum + end - start, 0));
  expect(plan.totals.writeBytes).toBe(plan.tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  expect(plan.totals.layerCount).toBe(3);
});

test('a gradient is spread over the layers and embeddings take its first value', async () => {
  const plan = await planOf(recipes.find(([name]) => name === 'linear-gradient')?.[1] ?? '');
  const weights = (tensor: string) =>
    plan.tensors.find(({ name }) => name === tensor)?.inputs.map(({ parameters }) => parameters.weight);
  expect(weights('model.embed_tokens.weight')).toEqual([0, 1]);
  expect(weights('model.norm.weight')).toEqual([0, 1]);
  expect(weights('model.layers.0.mlp.up_proj.weight')).toEqual([0, 1]);
  expect(weights('model.layers.1.mlp.up_proj.weight')).toEqual([0.3, 0.7]);
  expect(weights('model.layers.2.mlp.up_proj.weight')).toEqual([1, 0.2]);
});

test('slices count layers up and take ends from the first and the last slice', async () => {
  const plan = await planOf(recipes.find(([name]) => name === 'slices-mixed')?.[1] ?? '');
  const inputsOf = (tensor: string) =>
    plan.tensors
      .find(({ name }) => name === tensor)
      ?.inputs.map((input) => `${plan.models[input.model]?.ref} ${input.tensor}`);
  expect(inputsOf('model.embed_tokens.weight')).toEqual([
    'golden/alpha model.embed_tokens.weight',
    'golden/beta model.embed_tokens.weight',
  ]);
  expect(inputsOf('model.layers.1.mlp.up_proj.weight')).toEqual([
    'golden/alpha model.layers.1.mlp.up_proj.weight',
    'golden/beta model.layers.2.mlp.up_proj.weight',
  ]);
  expect(inputsOf('model.layers.2.mlp.up_proj.weight')).toEqual([
    'golden/gamma model.layers.2.mlp.up_proj.weight',
  ]);
  expect(inputsOf('model.norm.weight')).toEqual(['golden/gamma model.norm.weight']);
});
