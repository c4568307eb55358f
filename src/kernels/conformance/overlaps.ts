/** How many elements of each operand differ from the base, alone and with others. */

import { expect, test } from 'vitest';
import { MERGE_DTYPES } from '../../base/dtype.ts';
import { readElements } from '../reference.ts';
import { anyBits, onTile, operandOf, tilesOf, weightsLike } from '../test-tensors.ts';
import type { Kernels, OverlapCount } from '../types.ts';
import { expectAllEqual } from './expect.ts';
import { overlapsOf } from './formulas.ts';

export function overlapConformance(engine: () => Kernels): void {
  test('mixed operands, any base, any bits', async () => {
    const count = 4096 + 77;
    for (const operands of [
      MERGE_DTYPES.map((dtype, i) => weightsLike(dtype, count, 20 + i, i)),
      [...MERGE_DTYPES, 'BF16' as const].map((dtype, i) => anyBits(dtype, count, 30 + i)),
    ]) {
      const inputs = operands.map(readElements);
      for (const base of [0, 2]) {
        for (const threshold of [0, 1e-5, 0.07, 1e38]) {
          const actual = await onTile(engine(), operands, count, (tile) =>
            engine().overlaps(tile, base, threshold),
          );
          expect(actual).toEqual(overlapsOf(inputs, base, threshold));
        }
      }
    }
  });

  test('at the threshold is not above it, and NaN is', async () => {
    const base = operandOf('F32', [0, 0, 0, 0]);
    const threshold = Math.fround(1e-5);
    const own = operandOf('F32', [threshold, threshold + 2 ** -40, Number.NaN, -threshold - 2 ** -40]);
    const counts = await onTile(engine(), [base, own], 4, (tile) => engine().overlaps(tile, 0, 1e-5));
    expect(counts).toEqual([
      { unique: 0, shared: 0 },
      { unique: 3, shared: 0 },
    ]);
  });

  test('go on from tile to tile', async () => {
    const count = 5 * 4096 + 3;
    const operands = [1, 2, 3].map((seed) => weightsLike('BF16', count, seed));
    const results = [];
    for (const tileElements of [4096, 8192, 6 * 4096]) {
      let totals: OverlapCount[] | undefined;
      for await (const tile of tilesOf(engine(), operands, count, tileElements)) {
        totals = await engine().overlaps(tile, 1, 0.03, totals);
      }
      results.push(totals ?? []);
    }
    expectAllEqual(results);
  });
}
