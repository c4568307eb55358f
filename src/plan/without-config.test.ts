import { describe, expect, test } from 'vitest';
import { memoryFiles, zeroWeights } from '../model/memory-files.test-helper.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import type { Checkpoint } from '../model/types.ts';
import { check, tiny } from './checkpoints.test-helper.ts';
import type { MergePlan } from './types.ts';

const NAMES = [
  'img_in.weight',
  ...[0, 1, 2, 3].map((i) => `double_blocks.${i}.img_attn.qkv.weight`),
  ...[0, 1, 2, 3, 4].map((i) => `single_blocks.${i}.linear1.weight`),
  'final_layer.linear.weight',
];

/** A diffusion transformer of four double and five smaller single blocks, without a config. */
function dit(ref: string, names: readonly string[] = NAMES): Promise<Checkpoint> {
  const tensors = names.map((name) => {
    return { name, dtype: 'F16' as const, shape: name.startsWith('double') ? [8, 8] : [4, 8] };
  });
  return openCheckpoint(memoryFiles({ 'flux.safetensors': zeroWeights(tensors) }), ref);
}

function planOf(text: string, models: readonly Checkpoint[]): MergePlan {
  const { plan, problems } = check(text, models);
  if (plan === null) throw new Error(JSON.stringify(problems));
  return plan;
}

const weightOf = (plan: MergePlan, name: string) =>
  plan.tensors.find((tensor) => tensor.name === name)?.inputs[0]?.parameters.weight;

const LINEAR = `merge_method: linear
models:
  - model: a
    parameters: { weight: WEIGHT }
  - model: b
    parameters: { weight: 1 }
`;

describe('merged by name', () => {
  test('gradients run over every stack, filters choose blocks, and it is said that there is no config', async () => {
    const models = [await dit('a'), await dit('b')];
    const plan = planOf(LINEAR.replace('WEIGHT', '[0, 12]'), models);
    expect(plan.tensors.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
    expect(weightOf(plan, 'img_in.weight')).toBe(0);
    expect(weightOf(plan, 'double_blocks.1.img_attn.qkv.weight')).toBe(4);
    expect(weightOf(plan, 'double_blocks.3.img_attn.qkv.weight')).toBe(12);
    expect(weightOf(plan, 'single_blocks.1.linear1.weight')).toBe(3);
    expect(weightOf(plan, 'final_layer.linear.weight')).toBe(0);
    expect(plan.warnings).toContainEqual(expect.stringMatching(/^a: There is no config.json/));

    const filtered = LINEAR.replace('WEIGHT', '[{ layers: 0-1, value: 5 }, { value: 7 }]');
    const chosen = planOf(filtered, models);
    expect(weightOf(chosen, 'double_blocks.1.img_attn.qkv.weight')).toBe(5);
    expect(weightOf(chosen, 'single_blocks.1.linear1.weight')).toBe(5);
    expect(weightOf(chosen, 'single_blocks.2.linear1.weight')).toBe(7);
  });

  test('the output has no config.json and no claim of one', async () => {
    const plan = planOf(LINEAR.replace('WEIGHT', '1'), [await dit('a'), await dit('b')]);
    expect(plan.sideFiles.map(({ path }) => path)).toEqual(['README.md', 'mergekit_config.yml']);
    const [card] = plan.sideFiles;
    const text = card?.content.kind === 'text' ? card.content.text : '';
    expect(text).not.toContain('library_name');
    expect(text).not.toContain('config.json');
    expect(text).toContain('This is a merge of models.');
  });

  test('layer_range stacks blocks', async () => {
    const text = `merge_method: passthrough
slices:
  - sources: [{ model: a, layer_range: [0, 3] }]
  - sources: [{ model: b, layer_range: [1, 4] }]
`;
    const plan = planOf(text, [await dit('a'), await dit('b')]);
    const input = plan.tensors.find(({ name }) => name === 'double_blocks.5.img_attn.qkv.weight')?.inputs[0];
    expect(input).toMatchObject({ model: 1, tensor: 'double_blocks.3.img_attn.qkv.weight' });
    expect(plan.totals.layerCount).toBe(6);
  });
});

describe('beside other models', () => {
  test('nothing in common is an error', async () => {
    const { problems } = check(LINEAR.replace('WEIGHT', '1'), [await dit('a'), tiny('b')]);
    expect(problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)).toEqual([
      '5:12 different-architectures',
    ]);
  });

  test('a missing block is an error', async () => {
    const lacking = await dit(
      'b',
      NAMES.filter((name) => !name.includes('qkv') || !name.includes('.2.')),
    );
    const { plan, problems } = check(LINEAR.replace('WEIGHT', '1'), [await dit('a'), lacking]);
    expect(plan).toBeNull();
    expect(problems.length).toBeGreaterThan(0);
  });

  test('a file of the same names as a model with a config joins it without a warning', async () => {
    const donor = tiny('a');
    const file = await openCheckpoint(
      memoryFiles({
        'x.safetensors': zeroWeights(
          [...donor.tensors.values()].map(({ name, dtype, shape }) => ({ name, dtype, shape })),
        ),
      }),
      'b',
    );
    const { plan, problems } = check(LINEAR.replace('WEIGHT', '1'), [donor, file]);
    expect(problems).toEqual([]);
    expect(plan?.sideFiles.map(({ path }) => path)).toContain('config.json');
  });
});
