/** Output elements chosen or made from the operands' elements at their place. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MERGE_DTYPES, OUTPUT_DTYPES, type OutputDtype } from '../../base/dtype.ts';
import { readElements } from '../reference.ts';
import { anyBits, onTile, operandOf, outputOf, weightsLike } from '../test-tensors.ts';
import type { Kernels, Operand, PickSpec } from '../types.ts';
import { expectAllEqual, expectElements } from './expect.ts';
import { picked } from './formulas.ts';

/** Specs of every kind for `operandCount` (at least 3) operands. */
function everyPick(operandCount: number): PickSpec[] {
  const coefficients = Array.from({ length: operandCount }, (_, i) => 0.7 - i * 0.55);
  const uniqueFactors = coefficients.map((_, i) => 1 + i / 10);
  const most = Math.floor((operandCount - 2) / 2);
  return [
    { kind: 'near', base: 0, operand: operandCount - 1, t: 0.01 },
    { kind: 'near', base: 1, operand: 0, t: 0 },
    { kind: 'near', base: 1, operand: 1, t: 3 },
    { kind: 'active', base: 1, threshold: 0.04, uniqueFactors },
    { kind: 'active', base: operandCount - 1, threshold: 0, uniqueFactors },
    { kind: 'farthest', base: 0, coefficients },
    { kind: 'farthest', base: operandCount - 1, coefficients: coefficients.map(() => 1) },
    { kind: 'trimmed', base: null, trim: 0, lambda: 1 },
    { kind: 'trimmed', base: null, trim: Math.floor((operandCount - 1) / 2), lambda: 1 },
    { kind: 'trimmed', base: 1, trim: most, lambda: 0.8 },
    { kind: 'trimmed', base: 0, trim: 0, lambda: 1 },
  ];
}

export function pickConformance(engine: () => Kernels): void {
  async function expectPick(
    operands: readonly Operand[],
    count: number,
    spec: PickSpec,
    out: OutputDtype,
  ): Promise<void> {
    const inputs = operands.map(readElements);
    const bytes = await onTile(engine(), operands, count, (tile) => engine().pick(tile, spec, out));
    const expected = Float64Array.from({ length: count }, (_, i) => picked(inputs, spec, i));
    expectElements(bytes, expected, out);
  }

  test('every kind, over three to six operands of mixed dtypes and odd lengths', async () => {
    for (let k = 3; k <= 6; k++) {
      const count = 4096 + 2 * k - 1;
      const operands = Array.from({ length: k }, (_, i) =>
        weightsLike(MERGE_DTYPES[(i + k) % 3] ?? 'F32', count, 100 * k + i, (i * k) % 4),
      );
      for (const [i, spec] of everyPick(k).entries()) {
        await expectPick(operands, count, spec, 'F32');
        await expectPick(operands, count, spec, OUTPUT_DTYPES[(i + k) % 5] ?? 'F32');
      }
    }
  });

  test('any bits: NaN, infinities, zeros of both signs and subnormals', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...MERGE_DTYPES), { minLength: 3, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer(),
        fc.nat(),
        fc.constantFrom(...OUTPUT_DTYPES),
        async (dtypes, count, seed, kind, out) => {
          const operands = dtypes.map((dtype, i) => anyBits(dtype, count, seed + i, seed & 3));
          const specs = everyPick(dtypes.length);
          const spec = specs[kind % specs.length];
          if (spec) await expectPick(operands, count, spec, out);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('near: equal elements stay, near ones are taken over, far ones are approached by t', async () => {
    const operands = [operandOf('F32', [1, 1, 1, -0]), operandOf('F32', [1, 1.25, 3, -0])];
    const bytes = await onTile(engine(), operands, 4, (tile) =>
      engine().pick(tile, { kind: 'near', base: 0, operand: 1, t: 0.5 }, 'F32'),
    );
    expect([...readElements({ dtype: 'F32', bytes })]).toEqual([1, 1.25, 1.5, 0]);
  });

  test('active: none, one and several; at the threshold is not above it; NaN is', async () => {
    const base = operandOf('F32', [1, 1, 1, 1, 1]);
    const a = operandOf('F32', [1, 2, 2, 1.5, 1]);
    const b = operandOf('F32', [1, 1, 5, 1, Number.NaN]);
    const spec: PickSpec = { kind: 'active', base: 0, threshold: 0.5, uniqueFactors: [9, 2, 3] };
    const bytes = await onTile(engine(), [base, a, b], 5, (tile) => engine().pick(tile, spec, 'F32'));
    expect([...readElements({ dtype: 'F32', bytes })]).toEqual([1, 3, 3.5, 1, Number.NaN]);
  });

  test('farthest: the first of equal ones, and NaN before infinity', async () => {
    const base = operandOf('F32', [0, 0, 0, 0]);
    const a = operandOf('F32', [2, -3, Infinity, 0]);
    const b = operandOf('F32', [-2, 2, Number.NaN, -0]);
    const spec: PickSpec = { kind: 'farthest', base: 0, coefficients: [9, 1, 1] };
    const bytes = await onTile(engine(), [base, a, b], 4, (tile) => engine().pick(tile, spec, 'F32'));
    expect([...readElements({ dtype: 'F32', bytes })]).toEqual([2, -3, Number.NaN, 0]);
  });

  test('trimmed: the extremes go, of equal ones the first is the smaller, NaN is the largest', async () => {
    const columns = [
      [1, -5, 3, 100],
      [2, 2, 2, 2],
      [Number.NaN, 1, -Infinity, 3],
      [0, -0, 0, -0],
    ];
    const operands = [0, 1, 2, 3].map((k) =>
      operandOf(
        'F32',
        columns.map((column) => column[k] ?? 0),
      ),
    );
    const bytes = await onTile(engine(), operands, 4, (tile) =>
      engine().pick(tile, { kind: 'trimmed', base: null, trim: 1, lambda: 1 }, 'F32'),
    );
    expect([...readElements({ dtype: 'F32', bytes })]).toEqual([2, 2, 2, 0]);
  });

  test('the output does not depend on the tile size', async () => {
    const count = 5 * 4096 + 9;
    const operands = [51, 52, 53, 54].map((seed) => weightsLike('BF16', count, seed));
    for (const spec of everyPick(4)) {
      const outputs = [];
      for (const tileElements of [4096, 8192, 4096 * 6]) {
        outputs.push(
          await outputOf(engine(), operands, count, tileElements, (tile) =>
            engine().pick(tile, spec, 'BF16'),
          ),
        );
      }
      expectAllEqual(outputs);
    }
  });
}
