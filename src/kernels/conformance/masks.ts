/** What rules keep of a delta, seen through its sums. */

import { expect, test } from 'vitest';
import { encodeBits, readElements } from '../reference.ts';
import { keepThreshold } from '../shared/philox.ts';
import { anyBits, onTile, operandOf, outputOf, tilesOf, weightsLike } from '../test-tensors.ts';
import type { DeltaRule, DeltaSums, KeepRule, Kernels, Operand } from '../types.ts';
import { expectAllEqual } from './expect.ts';
import { keptBy } from './formulas.ts';

const cutAt = (value: number, ties = 0) => ({ magnitude: encodeBits(value, 'F32'), ties });

/** Thresholds that fall, or rise, with the rank. */
export function thresholdsFor(rowLength: number, rises: boolean): Uint32Array {
  return Uint32Array.from({ length: rowLength }, (_, rank) => {
    const share = (rank + 0.5) / rowLength;
    return keepThreshold(rises ? share : 1 - share);
  });
}

/** A rule of every kind, for tensors of three operands whose rows have `rowLength` elements. */
export function everyKeep(rowLength: number, rows: number): KeepRule[] {
  const factors = Float64Array.from({ length: rows }, (_, row) => 1 / (row + 1));
  return [
    { kind: 'all' },
    { kind: 'none' },
    { kind: 'largest', cut: cutAt(0.05) },
    { kind: 'largest', cut: cutAt(0.0005), score: { kind: 'variance', base: 0 } },
    {
      kind: 'largest',
      cut: cutAt(0.002, 100),
      score: { kind: 'weighted', operand: 2, base: 0, rowLength, factors },
    },
    { kind: 'middle', outer: cutAt(0.01), inner: cutAt(0.06) },
    { kind: 'random', key: [0xdeadbeef, 0x12345678], threshold: keepThreshold(0.3) },
    { kind: 'random', key: [1, 2], threshold: keepThreshold(1) },
    { kind: 'random', key: [1, 2], threshold: 0 },
    { kind: 'ranked', key: [0xdeadbeef, 7], thresholds: thresholdsFor(rowLength, true) },
    { kind: 'ranked', key: [3, 0xffffffff], thresholds: thresholdsFor(rowLength, false) },
  ];
}

export function maskConformance(engine: () => Kernels): void {
  const rowLength = 317;
  const count = 28 * rowLength;
  const operands = [
    weightsLike('BF16', count, 21),
    weightsLike('F32', count, 22, 1),
    weightsLike('F16', count, 23, 3),
  ];
  const rulesOf = (keeps: readonly KeepRule[]): DeltaRule[] =>
    keeps.map((keep, i) => ({ operand: 1 + (i % 2), keep, scale: 1, weight: 1 }));

  test('sums of sizes and squares, and exact counts under every kind of rule', async () => {
    const inputs = operands.map(readElements);
    const rules = rulesOf(everyKeep(rowLength, 28));
    for (const measure of ['absolute', 'square'] as const) {
      const sums = await onTile(engine(), operands, count, (tile) => engine().sums(tile, 0, rules, measure));
      for (const [r, rule] of rules.entries()) {
        const kept = keptBy(inputs, 0, rule);
        const values = kept.map((_, i) => {
          const size = Math.abs((inputs[rule.operand]?.[i] ?? 0) - (inputs[0]?.[i] ?? 0));
          return measure === 'square' ? size * size : size;
        });
        const all = values.reduce((sum, value) => sum + value);
        const keptSum = values.reduce((sum, value, i) => sum + (kept[i] ? value : 0), 0);
        expect(sums[r]?.keptCount).toBe(kept.filter(Boolean).length);
        expect(Math.abs((sums[r]?.all ?? 0) / all - 1)).toBeLessThan(1e-13);
        expect(Math.abs((sums[r]?.kept ?? 0) - keptSum)).toBeLessThanOrEqual(1e-13 * keptSum);
      }
    }
  });

  test('sums do not depend on the tile size, to the last bit, nor on being asked for again', async () => {
    const aligned = 6 * 4096;
    const own = [1, 2, 3].map((seed) => weightsLike('BF16', aligned, seed));
    const rules = rulesOf(everyKeep(512, aligned / 512));
    const results: DeltaSums[][] = [];
    for (const tileElements of [4096, 8192, aligned]) {
      let totals: DeltaSums[] | undefined;
      for await (const tile of tilesOf(engine(), own, aligned, tileElements)) {
        const again = await engine().sums(tile, 0, rules, 'absolute', totals);
        totals = await engine().sums(tile, 0, rules, 'absolute', totals);
        expect(totals).toEqual(again);
      }
      results.push(totals ?? []);
    }
    expectAllEqual(results);
    expect(results[0]).toHaveLength(rules.length);
  });

  test('masks of a tile far into a tensor of billions of elements', async () => {
    const far = 3 * 2 ** 34 - 4096;
    const keeps: KeepRule[] = [
      { kind: 'random', key: [7, 8], threshold: keepThreshold(0.5) },
      { kind: 'ranked', key: [7, 8], thresholds: thresholdsFor(64, true) },
    ];
    const own = operands.map(({ dtype, bytes }) => ({ dtype, bytes: bytes.slice(0, 1024 * 4) }));
    const inputs = own.map((operand) => readElements(operand).subarray(0, 960));
    for (const firstIndex of [far, far + 4096]) {
      const rules = rulesOf(keeps);
      const sums = await onTile(
        engine(),
        own,
        960,
        (tile) => engine().sums(tile, 0, rules, 'absolute'),
        firstIndex,
      );
      for (const [r, rule] of rules.entries()) {
        const kept = keptBy(inputs, 0, rule, firstIndex);
        expect(sums[r]?.keptCount).toBe(kept.filter(Boolean).length);
      }
    }
  });

  /** 1 where the rule keeps an element, seen through a consensus. */
  async function keptOnTile(
    own: readonly Operand[],
    elements: number,
    rule: DeltaRule,
    tileElements: number,
  ) {
    // Operand 0 is zeros and operand 1 ones, so what is kept is 1 and the rest 0.
    const spec = { base: 0, rules: [rule], signVote: false, normalize: false, lambda: 1 };
    const bytes = await outputOf(engine(), own, elements, tileElements, async (tile) => {
      return engine().consensus(tile, spec, 'F32');
    });
    return Array.from(readElements({ dtype: 'F32', bytes }), Boolean);
  }

  test('ranks: rows of every length, equal ones by index, NaN and infinity last', async () => {
    for (const [length, rows] of [
      [1, 5000],
      [2, 700],
      [31, 200],
      [33, 150],
      [1000, 5],
      [5003, 3],
      [20011, 2],
    ] as const) {
      const elements = length * rows;
      const zeros = operandOf('F32', new Float64Array(elements));
      for (const own of [
        weightsLike('BF16', elements, 5),
        anyBits('F32', elements, 6),
        anyBits('F16', elements, 7),
      ]) {
        const inputs = [zeros, own].map(readElements);
        const keep: KeepRule = { kind: 'ranked', key: [11, 12], thresholds: thresholdsFor(length, true) };
        const rule: DeltaRule = { operand: 1, keep, scale: 1, weight: 1 };
        const [sums] = await onTile(engine(), [zeros, own], elements, (tile) =>
          engine().sums(tile, 0, [rule], 'absolute'),
        );
        const kept = keptBy(inputs, 0, rule);
        expect(sums?.keptCount).toBe(kept.filter(Boolean).length);
      }
    }
  });

  test('ranks: which elements stay, one by one, on any tile size', async () => {
    const elements = 4 * 4096;
    const length = 1024;
    const base = operandOf('F32', new Float64Array(elements));
    // Steps of 1/64, so that many are equal; none is 0.
    const steps = operandOf(
      'BF16',
      Float64Array.from({ length: elements }, (_, i) => (((i * 7919) % 61) + 1) / 64),
    );
    const keep: KeepRule = { kind: 'ranked', key: [11, 12], thresholds: thresholdsFor(length, true) };
    const rule: DeltaRule = { operand: 1, keep, scale: 1, weight: 1 };
    const expected = keptBy([base, steps].map(readElements), 0, rule);
    for (const tileElements of [4096, 8192, elements]) {
      expect(await keptOnTile([base, steps], elements, rule, tileElements)).toEqual(expected);
    }
  });

  test('a mask is the same before and after its sums were asked for', async () => {
    const elements = 5 * 4096;
    const base = operandOf('F32', new Float64Array(elements));
    const own = weightsLike('F32', elements, 31);
    for (const keep of everyKeep(1024, 20).filter(({ kind }) => kind === 'random' || kind === 'ranked')) {
      const rule: DeltaRule = { operand: 1, keep, scale: 1, weight: 1 };
      const spec = { base: 0, rules: [rule], signVote: true, normalize: true, lambda: 1 };
      const outputs = await onTile(engine(), [base, own], elements, async (tile) => {
        const before = await engine().consensus(tile, spec, 'F32');
        await engine().sums(tile, 0, [rule], 'absolute');
        return [before, await engine().consensus(tile, spec, 'F32')];
      });
      expectAllEqual(outputs);
    }
  });

  test('ranks: a tile that cuts a row is refused', async () => {
    const keep: KeepRule = { kind: 'ranked', key: [1, 2], thresholds: thresholdsFor(30, true) };
    const rules = rulesOf([keep]);
    const own = operands.map(({ dtype, bytes }) => ({ dtype, bytes: bytes.subarray(0, 400) }));
    const asked = onTile(engine(), own, 100, (tile) => engine().sums(tile, 0, rules, 'absolute'));
    await expect(asked).rejects.toMatchObject({ tag: 'Internal' });
  });
}
