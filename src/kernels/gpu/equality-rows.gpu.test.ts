/** The two engines give the same bits, whatever they are fed: statistics and ranks of rows and columns. */

import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { operandOf, seededRandom } from '../test-tensors.ts';
import type { DeltaRule, Kernels } from '../types.ts';
import { anyDtype, anyKey, engineEquality, makeOperands } from './equality.test-helper.ts';
import { createGpuKernels } from './gpu-kernels.ts';

let gpu: Kernels;
beforeAll(async () => {
  gpu = await createGpuKernels();
});
afterAll(() => gpu.dispose());
const { expectEqual } = engineEquality(() => gpu);

test('dots of rows and columns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 2, maxLength: 4 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer(),
      fc.boolean(),
      fc.boolean(),
      async (dtypes, rows, columns, seed, wild, withBase) => {
        const operands = makeOperands(dtypes, rows * columns, seed, wild);
        const base = withBase ? 1 : null;
        const before = Float64Array.from({ length: columns * dtypes.length ** 2 }, (_, index) =>
          Math.sin(index),
        );
        await expectEqual(operands, rows * columns, async (kernels, tile) => [
          await kernels.groupGram(tile, base, { kind: 'columns', count: columns }),
          await kernels.groupGram(
            tile,
            base,
            { kind: 'columns', count: columns },
            symmetric(before, dtypes.length),
          ),
        ]);
        await expectEqual(
          operands,
          rows * columns,
          (kernels, tile) => kernels.groupGram(tile, base, { kind: 'rows', length: columns }),
          0,
        );
      },
    ),
    { numRuns: 30 },
  );
});

/** The same K*K matrices with each pair's places equal, as the kernels give them. */
function symmetric(matrices: Float64Array, size: number): Float64Array {
  return matrices.map((_, index) => {
    const cell = index % size ** 2;
    const [row, column] = [Math.floor(cell / size), cell % size];
    const [a, b] = [Math.min(row, column), Math.max(row, column)];
    return matrices[index - cell + a * size + b] ?? 0;
  });
}

test('dots of rows and of columns that take several dispatches', async () => {
  const operands = makeOperands(['BF16', 'BF16'], 40_000, 4, false);
  await expectEqual(
    operands,
    40_000,
    async (kernels, tile) => [
      await kernels.groupGram(tile, null, { kind: 'rows', length: 40_000 }),
      await kernels.groupGram(tile, null, { kind: 'columns', count: 2 }),
    ],
    0,
  );
});

test('divergences of rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyDtype,
      anyDtype,
      fc.integer({ min: 1, max: 40 }),
      fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })),
      fc.integer(),
      // Odd values in a few rows, and weights that are nearly equal or far apart in the others.
      fc.constantFrom(0.01, 3, 400, Number.POSITIVE_INFINITY),
      async (dtype, baseDtype, rows, length, seed, spread) => {
        const random = seededRandom(seed);
        const values = () =>
          Float64Array.from({ length: rows * length }, () => {
            const value = random() - 0.5;
            return Number.isFinite(spread) ? value * spread : value * (random() < 0.002 ? spread : 9);
          });
        const operands = [operandOf(baseDtype, values()), operandOf(dtype, values())];
        await expectEqual(
          operands,
          rows * length,
          (kernels, tile) => kernels.rowDivergence(tile, 1, 0, length),
          0,
        );
      },
    ),
    { numRuns: 12 },
  );
});

test('ranks within rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.oneof(fc.integer({ min: 1, max: 1200 }), fc.integer({ min: 1, max: 5000 })),
      fc.integer(),
      fc.boolean(),
      anyKey,
      async (dtypes, rows, length, seed, wild, key) => {
        const keep = { kind: 'ranked', key, thresholds: risingThresholds(length) } as const;
        const rules: DeltaRule[] = [
          { operand: 1, keep, scale: 1.5, weight: 0.6 },
          { operand: 2, keep, scale: 1, weight: 0.3 },
        ];
        const spec = { base: 0, rules, signVote: false, normalize: false, lambda: 1 };
        const operands = makeOperands(dtypes, rows * length, seed, wild);
        await expectEqual(
          operands,
          rows * length,
          async (kernels, tile) => [
            await kernels.sums(tile, 0, rules, 'absolute'),
            await kernels.consensus(tile, spec, 'F32'),
          ],
          4096 * length,
        );
      },
    ),
    { numRuns: 15 },
  );
});

test('ranks within a row of many chunks, most of whose elements are equal', async () => {
  const count = 50_001;
  const values = Float64Array.from({ length: count }, (_, index) => (index * 7919) % 5);
  const keep = { kind: 'ranked', key: [3, 4], thresholds: risingThresholds(count) } as const;
  const rules: DeltaRule[] = [{ operand: 1, keep, scale: 1, weight: 1 }];
  await expectEqual(
    [operandOf('BF16', new Float64Array(count)), operandOf('F16', values)],
    count,
    (kernels, tile) =>
      kernels.consensus(tile, { base: 0, rules, signVote: false, normalize: false, lambda: 1 }, 'BF16'),
    0,
  );
});

function risingThresholds(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, rank) => Math.floor(((rank + 0.5) / length) * 2 ** 32));
}
