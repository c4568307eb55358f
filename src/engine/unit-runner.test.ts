import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModelFiles } from '../base/bytes.ts';
import { GraftError, isGraftError } from '../base/errors.ts';
import { BLOCK_ELEMENTS } from '../base/limits.ts';
import { planUnits } from '../plan/units.ts';
import { TILES_IN_FLIGHT, type Unit } from '../plan/work.ts';
import { madeModel } from './made-models.test-helper.ts';
import { type PlannedRun, planLocals, prepareRun, runInMemory } from './memory-run.test-helper.ts';
import { smallKernels } from './small-kernels.test-helper.ts';

const MODELS = [madeModel('made/base', 1), madeModel('made/a', 2), madeModel('made/b', 3)];

const TIES = `merge_method: ties
base_model: made/base
models:
  - { model: made/a, parameters: { weight: 0.6, density: 0.4 } }
  - { model: made/b, parameters: { weight: 0.5, density: 0.7 } }
parameters: { rescale: true }
dtype: bfloat16
`;
const RECIPES = {
  ties: TIES,
  slerp: `merge_method: slerp
base_model: made/base
models: [{ model: made/a }]
parameters: { t: 0.3 }
dtype: float16
`,
  dare_ties: TIES.replace('merge_method: ties', 'merge_method: dare_ties'),
  linear: `merge_method: linear
models:
  - { model: made/a, parameters: { weight: 0.6 } }
  - { model: made/b, parameters: { weight: 0.5 } }
dtype: float32
`,
};

/** Ceilings that cut the larger tensors into the kinds of units named, with tiles of one block. */
const CEILINGS: Readonly<Record<keyof typeof RECIPES, readonly (readonly [number, Unit['kind'][]])[]>> = {
  ties: [
    [500_000, ['whole', 'resident']],
    [200_000, ['whole', 'resident', 'spooled']],
  ],
  slerp: [
    [500_000, ['whole', 'resident']],
    [150_000, ['resident', 'spooled']],
  ],
  dare_ties: [[200_000, ['resident', 'spooled']]],
  linear: [[400_000, ['tile', 'whole']]],
};

/** Moments of a run at which its device is lost. */
const ROUNDS = 6;

const plans = new Map<string, PlannedRun>();
/** Digests of the shards of merges that nothing is cut in. */
const whole = new Map<string, string>();

beforeAll(async () => {
  for (const [name, text] of Object.entries(RECIPES)) {
    const planned = await planLocals(text, MODELS);
    const { shards, units } = await runInMemory(planned);
    expect(units.every(({ kind }) => kind === 'whole')).toBe(true);
    plans.set(name, planned);
    whole.set(name, digestOf(shards));
  }
});

function digestOf(shards: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of shards) hash.update(path).update(bytes);
  return hash.digest('hex');
}

function planOf(name: string): PlannedRun {
  const planned = plans.get(name);
  if (planned === undefined) throw new Error(name);
  return planned;
}

const CASES = Object.entries(CEILINGS).flatMap(([name, ceilings]) =>
  ceilings.map(([budgetBytes, kinds]) => ({ name, budgetBytes, kinds })),
);

describe.each(CASES)('$name under $budgetBytes bytes', ({ name, budgetBytes, kinds }) => {
  test('gives the same bytes however it is cut, fetches each once, and keeps under the ceiling', async () => {
    const planned = planOf(name);
    const kernels = smallKernels(BLOCK_ELEMENTS);
    const { units, shards, meter, budget } = await runInMemory(planned, { kernels, budgetBytes });
    expect(units.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    expect(digestOf(shards)).toBe(whole.get(name));
    const { fetchBytes, writeBytes } = planned.plan.totals;
    expect(meter).toMatchObject({ fetchedBytes: fetchBytes });
    expect(meter.mergedBytes).toBe(meter.writtenBytes);
    expect(meter.writtenBytes).toBeLessThanOrEqual(writeBytes);
    expect(budget.peakBytes).toBeLessThanOrEqual(budgetBytes);
    expect(budget.inFlightBytes).toBe(0);
    expect(kernels.liveTiles()).toBe(0);
  });

  test('survives a device lost at any moment, and nothing counts twice', async () => {
    const planned = planOf(name);
    const sound = smallKernels(BLOCK_ELEMENTS);
    const before = await runInMemory(planned, { kernels: sound, budgetBytes });
    const calls = sound.callCount();
    for (let round = 0; round < ROUNDS; round++) {
      const kernels = smallKernels(BLOCK_ELEMENTS, Math.floor((calls * (round + 0.5)) / ROUNDS));
      // The next one is lost too, and each cuts other tiles.
      const successors = [smallKernels(3 * BLOCK_ELEMENTS, round * 7), smallKernels(2 * BLOCK_ELEMENTS)];
      const { shards, meter, budget } = await runInMemory(planned, { kernels, successors, budgetBytes });
      expect(digestOf(shards)).toBe(whole.get(name));
      expect(meter).toMatchObject({
        fetchedBytes: before.meter.fetchedBytes,
        mergedBytes: before.meter.mergedBytes,
        writtenBytes: before.meter.writtenBytes,
      });
      expect(budget.inFlightBytes).toBe(0);
      for (const engine of [kernels, ...successors]) expect(engine.liveTiles()).toBe(0);
    }
  });
});

test('a smaller engine may take over in the middle of a tensor', async () => {
  const planned = planOf('linear');
  // Three blocks at a time, lost between the tiles of the first tensor, then two at a time.
  for (let loseAt = 0; loseAt < 6; loseAt++) {
    const { shards, meter } = await runInMemory(planned, {
      kernels: smallKernels(3 * BLOCK_ELEMENTS, loseAt),
      successors: [smallKernels(2 * BLOCK_ELEMENTS)],
    });
    expect(digestOf(shards)).toBe(whole.get('linear'));
    expect(meter.writtenBytes).toBe(meter.mergedBytes);
    expect(meter.writtenBytes).toBeLessThanOrEqual(planned.plan.totals.writeBytes);
  }
});

test('the tiles of a spooled tensor leave the engine between passes', async () => {
  const kernels = smallKernels(BLOCK_ELEMENTS);
  const budgetBytes = 200_000;
  const units = planUnits(planOf('ties').plan, { budgetBytes, engine: kernels });
  const spooled = units.filter(({ kind }) => kind === 'spooled');
  expect(spooled.length).toBeGreaterThan(0);
  await runInMemory(planOf('ties'), { kernels, budgetBytes, units: spooled });
  expect(kernels.mostLiveTiles()).toBeLessThanOrEqual(TILES_IN_FLIGHT);
});

describe('a failure', () => {
  const budgetBytes = 260_000;

  /** Runs with the units given, expects a failure, and checks that nothing is left at work. */
  async function failing(planned: PlannedRun, change: (units: readonly Unit[]) => readonly Unit[]) {
    const kernels = smallKernels(BLOCK_ELEMENTS);
    const { units } = await prepareRun(planned, { kernels, budgetBytes });
    const run = await prepareRun(planned, { kernels, budgetBytes, units: change(units) });
    const error = await run.run().then(
      () => null,
      (reason: unknown) => reason,
    );
    const { writtenBytes } = run.meter;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(run.meter.writtenBytes).toBe(writtenBytes);
    expect(run.budget.inFlightBytes).toBe(0);
    expect(kernels.liveTiles()).toBe(0);
    return { error, run };
  }

  test('of a claim ends what was started before it', async () => {
    const { error, run } = await failing(planOf('ties'), (units) => {
      const last = units.findLastIndex(({ kind }) => kind === 'whole');
      return units.map((unit, at) => (at === last ? { ...unit, costBytes: budgetBytes + 1 } : unit));
    });
    expect(isGraftError(error, 'CannotMerge')).toBe(true);
    expect(run.meter.writtenBytes).toBeGreaterThan(0);
  });

  test.each([2, 9, 20])('of read %i is the one that is told', async (failAt) => {
    const planned = withReads(planOf('ties'), (count) => {
      if (count === failAt) throw new GraftError('NetworkLost', 'No connection.');
    });
    const { error } = await failing(planned, (units) => units);
    expect(isGraftError(error, 'NetworkLost')).toBe(true);
  });

  test('to open the scratch file holds no memory', async () => {
    const kernels = smallKernels(BLOCK_ELEMENTS);
    const run = await prepareRun(planOf('ties'), { kernels, budgetBytes: 200_000 });
    run.files.spool = () => Promise.reject(new GraftError('StorageUnavailable', 'No.'));
    await expect(run.run()).rejects.toMatchObject({ tag: 'StorageUnavailable' });
    expect(run.budget.inFlightBytes).toBe(0);
  });
});

test.each([3, 15])('cancelling at read %i ends everything', async (cancelAt) => {
  const kernels = smallKernels(BLOCK_ELEMENTS);
  const planned = withReads(planOf('ties'), (count) => {
    if (count === cancelAt) run.control.cancel();
  });
  const run = await prepareRun(planned, { kernels, budgetBytes: 260_000 });
  await expect(run.run()).rejects.toMatchObject({ tag: 'Cancelled' });
  expect(run.budget.inFlightBytes).toBe(0);
  expect(kernels.liveTiles()).toBe(0);
});

/** The same, with `onRead` called before every read with the count of reads so far. */
function withReads({ plan, models }: PlannedRun, onRead: (count: number) => void): PlannedRun {
  let count = 0;
  const watched = models.map(
    (model): ModelFiles => ({
      origin: model.origin,
      entries: model.entries,
      open: async (path) => {
        const source = await model.open(path);
        return {
          sizeBytes: source.sizeBytes,
          read: async (...args) => {
            onRead(count++);
            return source.read(...args);
          },
        };
      },
    }),
  );
  return { plan, models: watched };
}
