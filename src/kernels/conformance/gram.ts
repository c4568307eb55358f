/** Dots of all pairs, over a whole tensor and per group. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MERGE_DTYPES } from '../../base/dtype.ts';
import { readElements } from '../reference.ts';
import { anyBits, onTile, operandOf, outputOf, tilesOf, weightsLike } from '../test-tensors.ts';
import type { Grouping, Kernels } from '../types.ts';
import { expectAllEqual } from './expect.ts';
import { groupDots } from './formulas.ts';

export function gramConformance(engine: () => Kernels): void {
  test('dots of mixed operands, with and without a base', async () => {
    const count = 3 * 4096 + 77;
    const operands = MERGE_DTYPES.map((dtype, i) => weightsLike(dtype, count, 40 + i));
    const inputs = operands.map(readElements);
    for (const base of [null, 1]) {
      const actual = await onTile(engine(), operands, count, (tile) => engine().gram(tile, base));
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          let dot = 0;
          let scale = 0;
          for (let i = 0; i < count; i++) {
            const less = base === null ? 0 : (inputs[base]?.[i] ?? 0);
            const product = ((inputs[a]?.[i] ?? 0) - less) * ((inputs[b]?.[i] ?? 0) - less);
            dot += product;
            scale += Math.abs(product);
          }
          expect(Math.abs((actual[a * 3 + b] ?? Number.NaN) - dot)).toBeLessThanOrEqual(1e-13 * scale);
        }
      }
    }
  });

  test('tells vectors apart whose cosine is 1 - 1e-12', async () => {
    const count = 8192;
    const x = weightsLike('F32', count, 9);
    const y = operandOf(
      'F32',
      readElements(x).map((value, i) => value * (1 + (i % 2 ? 1e-6 : -1e-6))),
    );
    const gram = await onTile(engine(), [x, y], count, (tile) => engine().gram(tile, null));
    const [xx = 0, xy = 0, , yy = 0] = gram;
    const sine2 = 1 - (xy * xy) / (xx * yy);
    expect(sine2).toBeGreaterThan(0.9e-12);
    expect(sine2).toBeLessThan(1.1e-12);
  });

  test('does not depend on the tile size, to the last bit', async () => {
    const count = 5 * 4096 + 3;
    const operands = [weightsLike('F32', count, 1), weightsLike('BF16', count, 2)];
    const results = await Promise.all(
      [4096, 8192, 12288, 4096 * 6].map(async (tileElements) => {
        let totals: Float64Array | undefined;
        for await (const tile of tilesOf(engine(), operands, count, tileElements)) {
          totals = await engine().gram(tile, null, totals);
        }
        return totals;
      }),
    );
    expect(results[0]).toBeInstanceOf(Float64Array);
    for (const result of results) expect(result).toEqual(results[0]);
  });
}

export function groupGramConformance(engine: () => Kernels): void {
  const groupings: readonly (readonly [Grouping, number])[] = [
    [{ kind: 'rows', length: 1 }, 4999],
    [{ kind: 'rows', length: 13 }, 13 * 701],
    [{ kind: 'rows', length: 4096 }, 3 * 4096],
    [{ kind: 'rows', length: 17003 }, 2 * 17003],
    [{ kind: 'columns', count: 1 }, 4999],
    [{ kind: 'columns', count: 13 }, 13 * 701],
    [{ kind: 'columns', count: 17003 }, 2 * 17003],
  ];

  test('short, odd and long rows and columns of mixed operands, to the last bit', async () => {
    for (const [grouping, count] of groupings) {
      const operands = MERGE_DTYPES.map((dtype, i) => weightsLike(dtype, count, 90 + i, i));
      const inputs = operands.map(readElements);
      for (const base of [null, 2]) {
        const actual = await onTile(engine(), operands, count, (tile) =>
          engine().groupGram(tile, base, grouping),
        );
        expect(actual).toEqual(groupDots(inputs, base, grouping));
      }
    }
  });

  test('random groupings of any bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...MERGE_DTYPES), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        fc.integer(),
        async (dtypes, rows, length, byRows, seed) => {
          const count = rows * length;
          const operands = dtypes.map((dtype, i) => anyBits(dtype, count, seed + i, seed & 3));
          const grouping: Grouping = byRows ? { kind: 'rows', length } : { kind: 'columns', count: length };
          const base = seed & 1 ? dtypes.length - 1 : null;
          const actual = await onTile(engine(), operands, count, (tile) =>
            engine().groupGram(tile, base, grouping),
          );
          expect(actual).toEqual(groupDots(operands.map(readElements), base, grouping));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('rows do not depend on the tile size, nor do columns that go on from tile to tile', async () => {
    const count = 6 * 4096;
    const operands = [
      weightsLike('F32', count, 1),
      weightsLike('BF16', count, 2),
      weightsLike('F16', count, 3),
    ];
    const rows: Grouping = { kind: 'rows', length: 256 };
    const columns: Grouping = { kind: 'columns', count: 257 };
    const byRows = [];
    const byColumns = [];
    for (const tileElements of [4096, 8192, count]) {
      byRows.push(
        await outputOf(engine(), operands, count, tileElements, async (tile) => {
          const dots = await engine().groupGram(tile, 0, rows);
          return new Uint8Array(dots.buffer, dots.byteOffset, dots.byteLength);
        }),
      );
      let totals: Float64Array | undefined;
      for await (const tile of tilesOf(engine(), operands, count, tileElements)) {
        totals = await engine().groupGram(tile, 0, columns, totals);
      }
      byColumns.push(totals ?? []);
    }
    expectAllEqual(byRows);
    expectAllEqual(byColumns);
  });

  test('a tile that cuts a row is refused', async () => {
    const operands = [weightsLike('F32', 100, 1)];
    const asked = onTile(engine(), operands, 100, (tile) =>
      engine().groupGram(tile, null, { kind: 'rows', length: 30 }),
    );
    await expect(asked).rejects.toMatchObject({ tag: 'Internal' });
  });
}
