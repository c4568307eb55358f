/** The two engines give the same bits, whatever they are fed: picks, overlaps and where scores are found. */

import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Kernels, PickSpec, Score } from '../types.ts';
import { anyCoefficient, anyDtype, anyOutput, engineEquality, makeOperands } from './equality.test-helper.ts';
import { createGpuKernels } from './gpu-kernels.ts';

let gpu: Kernels;
beforeAll(async () => {
  gpu = await createGpuKernels();
});
afterAll(() => gpu.dispose());
const { expectEqual } = engineEquality(() => gpu);

const OPERANDS = 5;
const anyThreshold = fc.oneof(
  fc.constant(0),
  fc.constant(1e-5),
  fc.double({ min: 0, max: 0.1, noNaN: true }),
);
const numbers = fc.array(anyCoefficient, { minLength: OPERANDS, maxLength: OPERANDS });
const anyPick: fc.Arbitrary<PickSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('near' as const),
    base: fc.constant(1),
    operand: fc.constantFrom(0, 4),
    t: fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true })),
  }),
  fc.record({
    kind: fc.constant('active' as const),
    base: fc.integer({ min: 0, max: OPERANDS - 1 }),
    threshold: anyThreshold,
    uniqueFactors: numbers,
  }),
  fc.record({
    kind: fc.constant('farthest' as const),
    base: fc.integer({ min: 0, max: OPERANDS - 1 }),
    coefficients: numbers,
  }),
  fc.record({
    kind: fc.constant('trimmed' as const),
    base: fc.option(fc.integer({ min: 0, max: OPERANDS - 1 })),
    trim: fc.integer({ min: 0, max: 1 }),
    lambda: anyCoefficient,
  }),
);

/** Five operands; some are equal to others, so that deltas are 0 and elements equal. */
const anyOperands = fc
  .record({
    dtypes: fc.array(anyDtype, { minLength: OPERANDS, maxLength: OPERANDS }),
    count: fc.integer({ min: 1, max: 5000 }),
    seed: fc.integer(),
    wild: fc.boolean(),
    doubled: fc.boolean(),
  })
  .map(({ dtypes, count, seed, wild, doubled }) => {
    const made = makeOperands(dtypes, count, seed, wild);
    const [first, second] = made;
    const operands = doubled && first && second ? [first, second, first, second, first] : made;
    return { operands, count };
  });

test('picks', async () => {
  await fc.assert(
    fc.asyncProperty(anyOperands, anyPick, anyOutput, async ({ operands, count }, spec, out) => {
      await expectEqual(operands, count, (kernels, tile) => kernels.pick(tile, spec, out));
    }),
    { numRuns: 80 },
  );
});

test('overlaps', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyOperands,
      fc.integer({ min: 0, max: OPERANDS - 1 }),
      anyThreshold,
      async ({ operands, count }, base, threshold) => {
        await expectEqual(operands, count, async (kernels, tile) => {
          const first = await kernels.overlaps(tile, base, threshold);
          return [first, await kernels.overlaps(tile, base, threshold, first)];
        });
      },
    ),
    { numRuns: 25 },
  );
});

test('where a score is found', async () => {
  const factors = Float64Array.from({ length: 2000 }, (_, row) => (row % 3) / 7);
  const scores: Score[] = [
    { kind: 'delta', operand: 2, base: null },
    { kind: 'delta', operand: 2, base: 1 },
    { kind: 'variance', base: 4 },
    { kind: 'weighted', operand: 3, base: 0, rowLength: 11, factors },
  ];
  await fc.assert(
    fc.asyncProperty(anyOperands, fc.constantFrom(...scores), async ({ operands, count }, score) => {
      await expectEqual(operands, count, async (kernels, tile) => {
        const digits: number[] = [];
        for (const pass of [0, 1, 2] as const) {
          const prefix = digits.reduce((sum, digit) => sum * 1024 + digit, 0);
          const [bins = new Uint32Array()] = await kernels.histograms(tile, [{ score, pass, prefix }]);
          digits.push(bins.indexOf(Math.max(...bins)));
        }
        const magnitude = digits.reduce((sum, digit) => sum * 1024 + digit, 0);
        return [magnitude, await kernels.indexOfMagnitude(tile, { score, magnitude, nth: 0 })];
      });
    }),
    { numRuns: 25 },
  );
});
