/** Weighted sums, with one coefficient per operand or per group and operand. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MERGE_DTYPES, OUTPUT_DTYPES, type OutputDtype } from '../../base/dtype.ts';
import { bitsOf, decodeBits, encodeBits, readElements } from '../reference.ts';
import { anyBits, onTile, operandOf, outputOf, seededRandom, weightsLike } from '../test-tensors.ts';
import type { CombineSpec, Grouping, Kernels, Operand } from '../types.ts';
import { expectAllEqual, expectElements } from './expect.ts';
import { combined } from './formulas.ts';

export function combineConformance(engine: () => Kernels): void {
  async function expectCombine(
    operands: readonly Operand[],
    count: number,
    spec: CombineSpec,
    out: OutputDtype,
  ): Promise<void> {
    const inputs = operands.map(readElements);
    const bytes = await onTile(engine(), operands, count, (tile) => engine().combine(tile, spec, out));
    const expected = Float64Array.from({ length: count }, (_, i) => combined(inputs, spec, i));
    expectElements(bytes, expected, out);
  }

  test('one to six operands of mixed dtypes, odd lengths and offsets, with and without a base', async () => {
    for (let k = 1; k <= 6; k++) {
      const count = 4096 + 2 * k - 1;
      const operands = Array.from({ length: k }, (_, i) =>
        weightsLike(MERGE_DTYPES[(i + k) % 3] ?? 'F32', count, 100 * k + i, (i * k) % 4),
      );
      for (const base of [null, 0, k - 1]) {
        const coefficients = operands.map((_, i) => 0.7 / (i + 1) - 0.2);
        await expectCombine(operands, count, { coefficients, base }, 'F32');
        await expectCombine(operands, count, { coefficients, base }, OUTPUT_DTYPES[k % 5] ?? 'F32');
      }
    }
  });

  test('cancelling sums are exact, whatever the coefficient', async () => {
    const random = seededRandom(3);
    const left = Float64Array.from({ length: 3000 }, () => Math.fround(random() - 0.5));
    const step = (value: number, places: number) => decodeBits(encodeBits(value, 'F32') + places, 'F32');
    const right = left.map((value, i) => step(value, i % 5));
    const far = left.map((value, i) => step(value, 3 + (i % 3)));
    const operands = [left, right, far].map((values) => operandOf('F32', values));
    await expectCombine(operands, 3000, { coefficients: [0.3, -0.3, 0], base: null }, 'F32');
    await expectCombine(operands, 3000, { coefficients: [1 / 3, 1 / 7, -1 / 3 - 1 / 7], base: null }, 'F32');
    await expectCombine(operands, 3000, { coefficients: [0, 1e6, -1e6], base: 0 }, 'F32');
  });

  test('subnormals, overflow, infinities and signs of zero', async () => {
    const tiny = 2 ** -149;
    const x = operandOf('F32', [
      tiny,
      3 * tiny,
      3e38,
      -3e38,
      Infinity,
      Infinity,
      -0,
      0,
      Number.NaN,
      2 ** -126,
    ]);
    const y = operandOf('F32', [tiny, -tiny, 3e38, 3e38, -Infinity, 1, -0, -0, 1, -(2 ** -127)]);
    const combine = async (operands: readonly Operand[], count: number, spec: CombineSpec) =>
      bitsOf(await onTile(engine(), operands, count, (tile) => engine().combine(tile, spec, 'F32')), 'F32');
    expect(await combine([x, y], 10, { coefficients: [1, 1], base: null })).toEqual(
      [2 * tiny, 2 * tiny, Infinity, 0, Number.NaN, Infinity, -0, 0, Number.NaN, 2 ** -127].map((value) =>
        encodeBits(value, 'F32'),
      ),
    );
    // 0.5 * (3e38 - -3e38) overflows float32 on the way but not at the end.
    expect(await combine([y, x], 4, { coefficients: [0, 0.5], base: 0 })).toEqual(
      [tiny, tiny, 3e38, 0].map((value) => encodeBits(value, 'F32')),
    );
  });

  test('random operands, coefficients and lengths agree with the formula', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...MERGE_DTYPES), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer(),
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        fc.constantFrom(...OUTPUT_DTYPES),
        async (dtypes, count, seed, coefficients, withBase, out) => {
          const operands = dtypes.map((dtype, i) => weightsLike(dtype, count, seed + i, (seed + i) & 3));
          const base = withBase ? (seed >>> 1) % dtypes.length : null;
          await expectCombine(operands, count, { coefficients: coefficients.map(notTiny), base }, out);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a coefficient per row or column: short, odd, and longer than a run', async () => {
    for (const [grouping, count] of [
      [{ kind: 'rows', length: 1 }, 5001],
      [{ kind: 'rows', length: 7 }, 7 * 901],
      [{ kind: 'rows', length: 20001 }, 2 * 20001],
      [{ kind: 'columns', count: 1 }, 5001],
      [{ kind: 'columns', count: 13 }, 13 * 500],
      [{ kind: 'columns', count: 17003 }, 2 * 17003],
    ] as const) {
      const operands = MERGE_DTYPES.map((dtype, i) => weightsLike(dtype, count, 60 + i, i));
      const coefficients = coefficientsFor(grouping, count, 3);
      for (const base of [null, 1])
        await expectCombine(operands, count, { coefficients, base, grouping }, 'F32');
    }
  });

  test('grouped: random groupings, any bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...MERGE_DTYPES), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        fc.integer(),
        fc.constantFrom(...OUTPUT_DTYPES),
        async (dtypes, rows, length, byRows, seed, out) => {
          const count = rows * length;
          const operands = dtypes.map((dtype, i) => anyBits(dtype, count, seed + i, seed & 3));
          const grouping: Grouping = byRows ? { kind: 'rows', length } : { kind: 'columns', count: length };
          const coefficients = coefficientsFor(grouping, count, dtypes.length);
          const base = seed & 1 ? 0 : null;
          await expectCombine(operands, count, { coefficients, base, grouping }, out);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('grouped outputs do not depend on the tile size', async () => {
    const count = 6 * 4096;
    const operands = [weightsLike('BF16', count, 3), weightsLike('F32', count, 4)];
    for (const grouping of [
      { kind: 'rows', length: 512 },
      { kind: 'columns', count: 777 },
    ] as const) {
      const spec = { coefficients: coefficientsFor(grouping, count, 2), base: 0, grouping };
      const outputs = [];
      for (const tileElements of [4096, 8192, count]) {
        outputs.push(
          await outputOf(engine(), operands, count, tileElements, (tile) =>
            engine().combine(tile, spec, 'BF16'),
          ),
        );
      }
      expectAllEqual(outputs);
    }
  });
}

/** Some coefficient for every group and operand; the first group's are 0. */
function coefficientsFor(grouping: Grouping, count: number, operandCount: number): Float64Array {
  const groups = grouping.kind === 'rows' ? count / grouping.length : grouping.count;
  return Float64Array.from({ length: groups * operandCount }, (_, i) =>
    i < operandCount ? 0 : Math.sin(i * 12.9898) * 1.7,
  );
}

/** Coefficients are 0 or at least 2^-600. */
function notTiny(coefficient: number): number {
  return Math.abs(coefficient) < 2 ** -600 ? 0 : coefficient;
}
