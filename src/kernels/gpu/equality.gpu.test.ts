/** The two engines give the same bits, whatever they are fed. */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MERGE_DTYPES, type MergeDtype } from '../../base/dtype.ts';
import { createCpuKernels } from '../cpu/cpu-kernels.ts';
import { keepThreshold } from '../shared/philox.ts';
import { anyBits, outputOf, weightsLike } from '../test-tensors.ts';
import type { DeltaRule, KeepRule, Kernels, Operand, Tile } from '../types.ts';
import { createGpuKernels } from './gpu-kernels.ts';

const cpu = createCpuKernels();
let gpu: Kernels;
beforeAll(async () => {
  gpu = await createGpuKernels();
});
afterAll(() => gpu.dispose());

async function onTile<T>(
  kernels: Kernels,
  operands: readonly Operand[],
  elementCount: number,
  work: (kernels: Kernels, tile: Tile) => Promise<T>,
): Promise<T> {
  const tile = await kernels.load({ firstIndex: 4096 * 3, elementCount, operands });
  try {
    return await work(kernels, tile);
  } finally {
    tile.release();
  }
}

async function expectEqual<T>(
  operands: readonly Operand[],
  elementCount: number,
  work: (kernels: Kernels, tile: Tile) => Promise<T>,
): Promise<void> {
  const [actual, expected] = await Promise.all(
    [gpu, cpu].map((own) => onTile(own, operands, elementCount, work)),
  );
  expect(actual).toEqual(expected);
}

const anyDtype = fc.constantFrom(...MERGE_DTYPES);
/** f64 coefficients with full significands. */
const anyCoefficient = fc.oneof(
  fc.double({ min: -4, max: 4, noNaN: true }).map((value) => (Math.abs(value) < 2 ** -600 ? 0 : value)),
  fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
);
const anyKeep: fc.Arbitrary<KeepRule> = fc.oneof(
  fc.constant<KeepRule>({ kind: 'all' }),
  fc.constant<KeepRule>({ kind: 'none' }),
  fc.record({
    kind: fc.constant('random' as const),
    key: fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff })),
    threshold: fc.double({ min: 0, max: 1, noNaN: true }).map(keepThreshold),
  }),
  fc.record({
    kind: fc.constant('largest' as const),
    cut: fc.record({
      magnitude: fc.integer({ min: 0, max: 0x7fc00000 }),
      ties: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    }),
  }),
);

/** Operands like weights, or of any bits (all exponents, subnormals, infinities, NaN). */
function makeOperands(dtypes: readonly MergeDtype[], count: number, seed: number, wild: boolean): Operand[] {
  const make = wild ? anyBits : weightsLike;
  return dtypes.map((dtype, i) => make(dtype, count, seed + 31 * i, (seed + i) & 3));
}

test('combine', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer(),
      fc.boolean(),
      fc.array(anyCoefficient, { minLength: 6, maxLength: 6 }),
      fc.option(fc.integer({ min: 0, max: 5 })),
      anyDtype,
      async (dtypes, count, seed, wild, coefficients, baseChoice, out) => {
        const base = baseChoice === null ? null : baseChoice % dtypes.length;
        await expectEqual(makeOperands(dtypes, count, seed, wild), count, (kernels, tile) =>
          kernels.combine(tile, { coefficients, base }, out),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('gram and histograms', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 2, maxLength: 4 }),
      fc.integer({ min: 1, max: 9000 }),
      fc.integer(),
      fc.boolean(),
      fc.boolean(),
      async (dtypes, count, seed, wild, withBase) => {
        const operands = makeOperands(dtypes, count, seed, wild);
        const base = withBase ? 1 : null;
        await expectEqual(operands, count, async (kernels, tile) => {
          const first = await kernels.histogram(tile, { operand: 0, base, pass: 0, prefix: 0 });
          const prefix = first.indexOf(Math.max(...first));
          const second = await kernels.histogram(tile, { operand: 0, base, pass: 1, prefix });
          return [await kernels.gram(tile, base), first, second];
        });
      },
    ),
    { numRuns: 25 },
  );
});

test('sums and consensus', async () => {
  const anyRule: fc.Arbitrary<DeltaRule> = fc.record({
    operand: fc.integer({ min: 1, max: 3 }),
    keep: anyKeep,
    scale: anyCoefficient,
    weight: anyCoefficient,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRule, { minLength: 1, maxLength: 5 }),
      fc.array(anyDtype, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      anyCoefficient,
      anyDtype,
      async (rules, dtypes, count, seed, wild, signVote, normalize, lambda, out) => {
        const operands = makeOperands(dtypes, count, seed, wild);
        await expectEqual(operands, count, async (kernels, tile) => [
          await kernels.sums(tile, 0, rules),
          await kernels.consensus(tile, { base: 0, rules, signVote, normalize, lambda }, out),
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

test('on unlike tile sizes too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      anyDtype,
      async (count, gpuBlocks, cpuBlocks, seed, out) => {
        const operands = makeOperands(['BF16', 'F32', 'F16'], count, seed, false);
        const rules: DeltaRule[] = [
          {
            operand: 1,
            keep: { kind: 'random', key: [seed >>> 0, 5], threshold: 2 ** 31 },
            scale: 2,
            weight: 0.6,
          },
          {
            operand: 2,
            keep: { kind: 'largest', cut: { magnitude: 0x3d000000, ties: 7 } },
            scale: 1,
            weight: 0.3,
          },
        ];
        const spec = { base: 0, rules, signVote: true, normalize: true, lambda: 0.7 };
        const [actual, expected] = await Promise.all([
          outputOf(gpu, operands, count, gpuBlocks * 4096, (tile) => gpu.consensus(tile, spec, out)),
          outputOf(cpu, operands, count, cpuBlocks * 4096, (tile) => cpu.consensus(tile, spec, out)),
        ]);
        expect(actual).toEqual(expected);
      },
    ),
    { numRuns: 15 },
  );
});
