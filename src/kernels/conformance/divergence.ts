/** Divergences of rows, by the steps of shared/divergence.ts, to the last bit. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MERGE_DTYPES } from '../../base/dtype.ts';
import { readElements } from '../reference.ts';
import { divergenceOf } from '../shared/divergence.ts';
import { anyBits, onTile, operandOf, outputOf, seededRandom, weightsLike } from '../test-tensors.ts';
import type { Kernels, Operand } from '../types.ts';
import { expectAllEqual } from './expect.ts';

export function divergenceConformance(engine: () => Kernels): void {
  async function expectDivergences(
    operands: readonly Operand[],
    rows: number,
    rowLength: number,
  ): Promise<void> {
    const [base = new Float64Array(0), own = new Float64Array(0)] = operands.map(readElements);
    const actual = await onTile(engine(), operands, rows * rowLength, (tile) =>
      engine().rowDivergence(tile, 1, 0, rowLength),
    );
    const expected = Float64Array.from({ length: rows }, (_, row) => {
      const [from, to] = [row * rowLength, (row + 1) * rowLength];
      return divergenceOf(own.subarray(from, to), base.subarray(from, to), from);
    });
    expect(actual).toEqual(expected);
  }

  test('rows of every length and spread', async () => {
    for (const [rowLength, rows] of [
      [1, 100],
      [3, 700],
      [64, 80],
      [1001, 7],
      [4096, 3],
      [20003, 2],
    ] as const) {
      const count = rowLength * rows;
      const random = seededRandom(rowLength);
      for (const spread of [0.1, 5, 300]) {
        const values = () => Float64Array.from({ length: count }, () => (random() - 0.5) * spread);
        await expectDivergences(
          [operandOf('BF16', values(), 1), operandOf('F32', values(), 2)],
          rows,
          rowLength,
        );
      }
    }
  });

  test('equal rows diverge by 0; a row with NaN or infinity in either operand by NaN', async () => {
    const own = weightsLike('F32', 4 * 50, 3);
    await expectDivergences([own, own], 4, 50);
    const zeros = await onTile(engine(), [own, own], 200, (tile) => engine().rowDivergence(tile, 1, 0, 50));
    expect(zeros).toEqual(new Float64Array(4));
    const spoilt = readElements(own);
    spoilt[60] = Number.NaN;
    spoilt[170] = Number.POSITIVE_INFINITY;
    for (const operands of [
      [own, operandOf('F32', spoilt)],
      [operandOf('F32', spoilt), own],
    ]) {
      await expectDivergences(operands, 4, 50);
    }
  });

  test('random rows of any bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...MERGE_DTYPES),
        fc.constantFrom(...MERGE_DTYPES),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer(),
        async (dtype, baseDtype, rowLength, rows, seed) => {
          const count = rowLength * rows;
          await expectDivergences(
            [anyBits(baseDtype, count, seed), anyBits(dtype, count, seed + 1)],
            rows,
            rowLength,
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test('do not depend on the tile size', async () => {
    const count = 4 * 4096;
    const operands = [weightsLike('BF16', count, 1), weightsLike('BF16', count, 2)];
    const results = [];
    for (const tileElements of [4096, 8192, count]) {
      results.push(
        await outputOf(engine(), operands, count, tileElements, async (tile) => {
          const divergences = await engine().rowDivergence(tile, 1, 0, 512);
          return new Uint8Array(divergences.buffer, divergences.byteOffset, divergences.byteLength);
        }),
      );
    }
    expectAllEqual(results);
  });

  test('a tile that cuts a row is refused', async () => {
    const operands = [weightsLike('F32', 100, 1), weightsLike('F32', 100, 2)];
    const asked = onTile(engine(), operands, 100, (tile) => engine().rowDivergence(tile, 1, 0, 30));
    await expect(asked).rejects.toMatchObject({ tag: 'Internal' });
  });
}
