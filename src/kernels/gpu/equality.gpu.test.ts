/** The two engines give the same bits, whatever they are fed: combine, statistics and consensus. */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCpuKernels } from '../cpu/cpu-kernels.ts';
import { outputOf } from '../test-tensors.ts';
import type { DeltaRule, Grouping, Kernels } from '../types.ts';
import {
  anyCoefficient,
  anyDtype,
  anyKeep,
  anyOutput,
  engineEquality,
  makeOperands,
} from './equality.test-helper.ts';
import { createGpuKernels } from './gpu-kernels.ts';

let gpu: Kernels;
beforeAll(async () => {
  gpu = await createGpuKernels();
});
afterAll(() => gpu.dispose());
const { expectEqual } = engineEquality(() => gpu);

test('combine', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer(),
      fc.boolean(),
      fc.array(anyCoefficient, { minLength: 6, maxLength: 6 }),
      fc.option(fc.integer({ min: 0, max: 5 })),
      anyOutput,
      async (dtypes, count, seed, wild, coefficients, baseChoice, out) => {
        const base = baseChoice === null ? null : baseChoice % dtypes.length;
        await expectEqual(makeOperands(dtypes, count, seed, wild), count, (kernels, tile) =>
          kernels.combine(tile, { coefficients: coefficients.slice(0, dtypes.length), base }, out),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('combine by rows and columns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyDtype, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom('rows' as const, 'columns' as const),
      fc.boolean(),
      fc.integer(),
      anyOutput,
      async (dtypes, rows, length, kind, later, seed, out) => {
        const count = rows * length;
        // Whole rows before the tile, in whole blocks.
        const firstIndex = later ? 4096 * length : 0;
        const grouping: Grouping = kind === 'rows' ? { kind, length } : { kind, count: length };
        const groups = kind === 'rows' ? firstIndex / length + rows : length;
        const coefficients = Float64Array.from({ length: groups * dtypes.length }, (_, index) =>
          Math.sin(index + seed),
        );
        const base = seed % 2 === 0 ? null : 0;
        await expectEqual(
          makeOperands(dtypes, count, seed, false),
          count,
          (kernels, tile) => kernels.combine(tile, { coefficients, grouping, base }, out),
          firstIndex,
        );
      },
    ),
    { numRuns: 40 },
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
        const factors = Float64Array.from({ length: 1000 }, (_, row) => Math.abs(Math.sin(row)));
        const scores = [
          { kind: 'delta', operand: 0, base },
          { kind: 'variance', base: 1 },
          { kind: 'weighted', operand: 0, base: 1, rowLength: 37, factors },
        ] as const;
        await expectEqual(operands, count, async (kernels, tile) => {
          const first = await kernels.histograms(
            tile,
            scores.map((score) => ({ score, pass: 0, prefix: 0 })),
          );
          const second = await kernels.histograms(
            tile,
            scores.map((score, index) => {
              const own = first[index] ?? new Uint32Array();
              return { score, pass: 1, prefix: own.indexOf(Math.max(...own)) };
            }),
          );
          return [await kernels.gram(tile, base), first, second];
        });
      },
    ),
    { numRuns: 25 },
  );
});

test('sums and consensus', async () => {
  const anyRule: fc.Arbitrary<DeltaRule> = fc
    .record({
      operand: fc.integer({ min: 1, max: 3 }),
      keep: anyKeep,
      scale: anyCoefficient,
      weight: anyCoefficient,
      voteWeight: fc.option(anyCoefficient),
    })
    .map(({ voteWeight, ...rule }) => (voteWeight === null ? rule : { ...rule, voteWeight }));
  await fc.assert(
    fc.asyncProperty(
      // More than ten are divided element by element.
      fc.oneof(
        fc.array(anyRule, { minLength: 1, maxLength: 5 }),
        fc.array(anyRule, { minLength: 11, maxLength: 12 }),
      ),
      fc.array(anyDtype, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer(),
      fc.boolean(),
      fc.record({
        signVote: fc.boolean(),
        normalize: fc.boolean(),
        lambda: anyCoefficient,
        leastDivisor: fc.option(fc.double({ min: 1e-6, max: 2, noNaN: true })),
      }),
      fc.constantFrom('absolute' as const, 'square' as const),
      anyOutput,
      async (rules, dtypes, count, seed, wild, { leastDivisor, ...flags }, measure, out) => {
        const operands = makeOperands(dtypes, count, seed, wild);
        const spec = { base: 0, rules, ...flags, ...(leastDivisor === null ? {} : { leastDivisor }) };
        await expectEqual(operands, count, async (kernels, tile) => [
          await kernels.sums(tile, 0, rules, measure),
          await kernels.consensus(tile, spec, out),
        ]);
      },
    ),
    { numRuns: 30 },
  );
});

test('on unlike tile sizes too', async () => {
  const cpu = createCpuKernels();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      anyOutput,
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
