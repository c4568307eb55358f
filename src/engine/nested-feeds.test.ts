import { describe, expect, test } from 'vitest';
import { BLOCK_ELEMENTS } from '../base/limits.ts';
import type { LocalModel } from '../sources/types.ts';
import { madeModel } from './made-models.test-helper.ts';
import { type MemoryRunOptions, planLocals, runInMemory } from './memory-run.test-helper.ts';
import { smallKernels } from './small-kernels.test-helper.ts';

const MODELS = [madeModel('made/base', 1), madeModel('made/a', 2), madeModel('made/b', 3)];

const LINEAR = `merge_method: linear
models:
  - { model: made/a, parameters: { weight: 0.6 } }
  - { model: made/b, parameters: { weight: [0.5, 0.1] } }
`;
/** Needs statistics of the whole tensor. */
const SLERP = `merge_method: slerp
base_model: made/base
models: [{ model: made/a }]
parameters: { t: 0.3 }
`;
const TIES = `merge_method: ties
base_model: made/base
dtype: bfloat16
models:
  - { model: first, parameters: { weight: 0.6, density: 0.4 } }
  - { model: made/b, parameters: { weight: 0.5, density: 0.7 } }
`;
const AVERAGE = `merge_method: linear
dtype: bfloat16
parameters: { weight: 1 }
models: [{ model: made/base }, { model: first }]
`;
const COPY = `merge_method: passthrough
dtype: bfloat16
models: [{ model: first }]
`;

/** Every tensor of the output, by name. */
async function merged(
  text: string,
  models: readonly LocalModel[],
  options?: MemoryRunOptions,
): Promise<ReadonlyMap<string, string>> {
  const planned = await planLocals(text, models);
  const { shards, budget, meter } = await runInMemory(planned, options);
  expect(budget.inFlightBytes).toBe(0);
  expect(budget.peakBytes).toBeLessThanOrEqual(options?.budgetBytes ?? Number.POSITIVE_INFINITY);
  expect(meter.fetchedBytes).toBe(planned.plan.totals.fetchBytes);
  return new Map(
    planned.plan.tensors.map(({ name, shard, offset, sizeBytes }) => {
      const bytes = shards.get(planned.plan.shards[shard]?.path ?? '') ?? new Uint8Array(0);
      return [name, Buffer.from(bytes.subarray(offset, offset + sizeBytes)).toString('hex')];
    }),
  );
}

/** The output of `text` as a model named `first`. */
async function writtenFirst(text: string): Promise<LocalModel> {
  const planned = await planLocals(text, MODELS);
  const { shards } = await runInMemory(planned);
  const config = planned.plan.sideFiles.find(({ path }) => path === 'config.json')?.content;
  const contents: [string, BlobPart][] = [
    ['config.json', config?.kind === 'text' ? config.text : '{}'],
    ...[...shards].map(([path, bytes]): [string, BlobPart] => [path, new Uint8Array(bytes)]),
  ];
  const files = contents.map(([path, content]) => ({ path, file: new File([content], path) }));
  return { name: 'first', content: { kind: 'files', files } };
}

describe.each([
  ['linear', LINEAR],
  ['slerp', SLERP],
])('%s inside', (_, inner) => {
  test.each([
    ['ties', TIES],
    ['an average', AVERAGE],
    ['a copy', COPY],
  ])('%s equals the two merges one after the other, with float32 between', async (_name, outer) => {
    const apart = await merged(outer, [...MODELS, await writtenFirst(`${inner}dtype: float32\n`)]);
    expect(await merged(`name: first\n${inner}---\n${outer}`, MODELS)).toEqual(apart);
    const cut = { kernels: smallKernels(BLOCK_ELEMENTS) };
    expect(await merged(`name: first\n${inner}---\n${outer}`, MODELS, cut)).toEqual(apart);
  });

  test('a document that names a dtype is rounded to it', async () => {
    const rounded = `${inner}out_dtype: float16\n`;
    const apart = await merged(TIES, [...MODELS, await writtenFirst(rounded)]);
    expect(await merged(`name: first\n${rounded}---\n${TIES}`, MODELS)).toEqual(apart);
    expect(await merged(`name: first\n${inner}---\n${TIES}`, MODELS)).not.toEqual(apart);
  });
});

test('results that follow element by element are made tile by tile under a low ceiling', async () => {
  const text = `name: first\n${LINEAR}---\n${TIES}`;
  const options = { kernels: smallKernels(BLOCK_ELEMENTS), budgetBytes: 400_000 };
  expect(await merged(text, MODELS, options)).toEqual(await merged(text, MODELS));
});

test('a result that is needed whole is refused in words where it does not fit the ceiling', async () => {
  const planned = await planLocals(`name: first\n${SLERP}---\n${TIES}`, MODELS);
  const run = runInMemory(planned, { kernels: smallKernels(BLOCK_ELEMENTS), budgetBytes: 200_000 });
  await expect(run).rejects.toMatchObject({
    tag: 'CannotMerge',
    message: expect.stringContaining('The result of first is needed whole'),
  });
});

test('merges nest as deep as documents do, and a lost device begins the tensor anew', async () => {
  const text = `name: second
merge_method: nuslerp
models:
  - { model: first, parameters: { weight: 1 } }
  - { model: made/b, parameters: { weight: 2 } }
---
name: first
${SLERP}---
${AVERAGE.replace('made/base', 'second')}`;
  const whole = await merged(text, MODELS);
  const second = text.slice(0, text.indexOf('---\n')).replace('name: second\n', 'dtype: float32\n');
  const first = await writtenFirst(`${SLERP}dtype: float32\n`);
  const planned = await planLocals(second, [...MODELS, first]);
  const { shards } = await runInMemory(planned);
  const made = await merged(AVERAGE.replace('made/base', 'second'), [
    ...MODELS,
    first,
    {
      name: 'second',
      content: {
        kind: 'files',
        files: [
          ...(first.content.kind === 'files' ? first.content.files.slice(0, 1) : []),
          ...[...shards].map(([path, bytes]) => ({ path, file: new File([new Uint8Array(bytes)], path) })),
        ],
      },
    },
  ]);
  expect(whole).toEqual(made);
  for (const loseAt of [3, 40, 200]) {
    const kernels = smallKernels(BLOCK_ELEMENTS, loseAt);
    const successors = [smallKernels(2 * BLOCK_ELEMENTS)];
    expect(await merged(text, MODELS, { kernels, successors })).toEqual(whole);
    for (const engine of [kernels, ...successors]) expect(engine.liveTiles()).toBe(0);
  }
});
