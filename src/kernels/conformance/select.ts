/** Exact cuts by every kind of score. */

import { expect, test } from 'vitest';
import { encodeBits, readElements } from '../reference.ts';
import { ALL_TIES, countZeros, selectLargest, type TileWalk } from '../shared/radix-select.ts';
import { anyBits, onTile, operandOf, tilesOf, weightsLike } from '../test-tensors.ts';
import { type HistogramSpec, type Kernels, type Operand, RADIX_PASSES, type Score } from '../types.ts';
import { type Inputs, keptBy, scoreBits } from './formulas.ts';

export function selectConformance(engine: () => Kernels): void {
  const rowLength = 4096 / 8;
  const count = 18 * rowLength;
  // Few distinct deltas, so that cuts fall among equals.
  const operands = [
    operandOf(
      'BF16',
      Float64Array.from({ length: count }, (_, i) => ((i * 7919) % 61) / 64 - 0.4),
    ),
    operandOf(
      'F16',
      Float64Array.from({ length: count }, (_, i) => ((i * 104729) % 17) / 32),
    ),
    operandOf(
      'F32',
      Float64Array.from({ length: count }, (_, i) => ((i * 31) % 19) / 16),
    ),
  ];
  const factors = Float64Array.from({ length: count / rowLength }, (_, row) => (row % 5) * 0.3);
  const scores: readonly Score[] = [
    { kind: 'delta', operand: 0, base: 1 },
    { kind: 'delta', operand: 0, base: null },
    { kind: 'delta', operand: 2, base: 1 },
    { kind: 'variance', base: 1 },
    { kind: 'variance', base: 0 },
    { kind: 'weighted', operand: 2, base: 0, rowLength, factors },
  ];

  const walk =
    (own: readonly Operand[], tileElements: number): TileWalk =>
    async (visit) => {
      for await (const tile of tilesOf(engine(), own, count, tileElements)) await visit(tile);
    };

  function largest(inputs: Inputs, score: Score, want: number): boolean[] {
    const bits = Array.from({ length: count }, (_, i) => scoreBits(inputs, score, i));
    const order = bits.map((_, i) => i).sort((a, b) => (bits[b] ?? 0) - (bits[a] ?? 0) || a - b);
    const kept = Array<boolean>(count).fill(false);
    for (const index of order.slice(0, want)) kept[index] = true;
    return kept;
  }

  test('keeps exactly the largest, equal ones by lowest index, on any tile size, all scores in one go', async () => {
    const inputs = operands.map(readElements);
    const wishes = scores.flatMap((score) =>
      [1, 2, 1000, 4097, count - 1, count].map((want) => ({ score, count: want })),
    );
    const cuts = [];
    for (const tileElements of [4096, 2 * 4096, count]) {
      cuts.push(await selectLargest(engine(), walk(operands, tileElements), wishes));
    }
    expect(cuts[1]).toEqual(cuts[0]);
    expect(cuts[2]).toEqual(cuts[0]);
    for (const [index, { score, count: want }] of wishes.entries()) {
      const cut = cuts[0]?.[index] ?? { magnitude: 0, ties: 0 };
      const kept = keptBy(inputs, 0, { operand: 1, keep: { kind: 'largest', cut, score } });
      expect(kept).toEqual(largest(inputs, score, want));
    }
  });

  test('wishes together are the wishes one by one', async () => {
    const wishes = scores.map((score, i) => ({ score, count: 700 * (i + 1) }));
    const together = await selectLargest(engine(), walk(operands, 8192), wishes);
    for (const [index, wish] of wishes.entries()) {
      expect(await selectLargest(engine(), walk(operands, 4096), [wish])).toEqual([together[index]]);
    }
    expect(await selectLargest(engine(), walk(operands, 8192), [])).toEqual([]);
  });

  test('any bits: infinities and NaN are the largest', async () => {
    const wild = [anyBits('F32', count, 77), anyBits('BF16', count, 78), anyBits('F16', count, 79)];
    const inputs = wild.map(readElements);
    const wishes = scores.flatMap((score) => [1, 40, 5000].map((want) => ({ score, count: want })));
    const cuts = await selectLargest(engine(), walk(wild, 4096), wishes);
    for (const [index, { score, count: want }] of wishes.entries()) {
      const cut = cuts[index] ?? { magnitude: 0, ties: 0 };
      const kept = keptBy(inputs, 0, { operand: 1, keep: { kind: 'largest', cut, score } });
      expect(kept).toEqual(largest(inputs, score, want));
    }
  });

  test('histograms of any bits, with prefixes of their own', async () => {
    const wild = [anyBits('BF16', 3001, 7), weightsLike('F16', 3001, 8), weightsLike('F32', 3001, 9)];
    const inputs = wild.map(readElements);
    for (const pass of [0, 1, 2] as const) {
      const { bins, shift } = RADIX_PASSES[pass];
      const specs = scores
        .filter(({ kind }) => kind !== 'weighted')
        .map((score, i): HistogramSpec => {
          const prefix = Math.floor(scoreBits(inputs, score, 17 * i) / (bins * 2 ** shift));
          return { score, pass, prefix };
        });
      const actual = await onTile(engine(), wild, 3001, (tile) => engine().histograms(tile, specs));
      const expected = specs.map(({ score, prefix }) => {
        const counts = new Uint32Array(bins);
        for (let i = 0; i < 3001; i++) {
          const upper = Math.floor(scoreBits(inputs, score, i) / 2 ** shift);
          if (Math.floor(upper / bins) === prefix) counts[upper % bins] = (counts[upper % bins] ?? 0) + 1;
        }
        return counts;
      });
      expect(actual).toEqual(expected);
    }
  });

  test('a cut that needs all equals says so, and too large a wish is refused', async () => {
    const flat = [operandOf('F32', new Float64Array(count).fill(0.5))];
    const score: Score = { kind: 'delta', operand: 0, base: null };
    const select = (want: number) => selectLargest(engine(), walk(flat, 4096), [{ score, count: want }]);
    expect(await select(count)).toEqual([{ magnitude: 0x3f000000, ties: ALL_TIES }]);
    expect(await select(5000)).toEqual([{ magnitude: 0x3f000000, ties: 5000 }]);
    for (const want of [count + 1, 0, 0.5]) {
      await expect(select(want)).rejects.toMatchObject({ tag: 'Internal' });
    }
  });

  test('zeros are counted', async () => {
    const inputs = operands.map(readElements);
    for (const score of scores) {
      const zeros = Array.from({ length: count }, (_, i) => scoreBits(inputs, score, i)).filter(
        (bits) => bits === 0,
      );
      expect(await countZeros(engine(), walk(operands, 8192), score)).toBe(zeros.length);
    }
  });

  test('the nth element of a magnitude is found, and missed with words', async () => {
    const operand = operandOf('F32', [0, 1, -1, 2, 1, Number.NaN]);
    const spec = {
      score: { kind: 'delta', operand: 0, base: null },
      magnitude: encodeBits(1, 'F32'),
    } as const;
    const find = (nth: number) =>
      onTile(engine(), [operand], 6, (tile) => engine().indexOfMagnitude(tile, { ...spec, nth }), 8192);
    expect(await Promise.all([find(0), find(1), find(2)])).toEqual([8193, 8194, 8196]);
    await expect(find(3)).rejects.toMatchObject({ tag: 'Internal' });
  });
}
