/**
 * The suite both engines pass. `create` makes the engine under test; it is disposed at the end.
 *
 * Long because: one suite for the whole interface, a group per kernel, so that a kernel cannot be left out.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MERGE_DTYPES, type MergeDtype } from '../base/dtype.ts';
import {
  bitsOf,
  decodeBits,
  encodeBits,
  readElements,
  referenceCombine,
  referenceConsensus,
  referenceKeeps,
  referenceMagnitude,
  ulpsApart,
} from './reference.ts';
import { keepThreshold } from './shared/philox.ts';
import { ALL_TIES, selectLargest, type TileWalk } from './shared/radix-select.ts';
import {
  anyBits,
  operandOf,
  operandOfBits,
  outputOf,
  seededRandom,
  tilesOf,
  weightsLike,
} from './test-tensors.ts';
import type {
  CombineSpec,
  ConsensusSpec,
  DeltaRule,
  DeltaSums,
  KeepRule,
  Kernels,
  Operand,
  Tile,
} from './types.ts';

const COPY: CombineSpec = { coefficients: [1], base: null };

export function kernelsConformance(create: () => Promise<Kernels>): void {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await create();
  });
  afterAll(() => kernels.dispose());

  async function onTile<T>(
    operands: readonly Operand[],
    elementCount: number,
    work: (tile: Tile) => Promise<T>,
    firstIndex = 0,
  ): Promise<T> {
    const tile = await kernels.load({ firstIndex, elementCount, operands });
    try {
      return await work(tile);
    } finally {
      tile.release();
    }
  }

  async function combineBits(
    operands: readonly Operand[],
    count: number,
    spec: CombineSpec,
    out: MergeDtype,
  ) {
    return bitsOf(await onTile(operands, count, (tile) => kernels.combine(tile, spec, out)), out);
  }

  describe('decoding and encoding', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, index) => index);
    for (const dtype of ['F16', 'BF16'] as const) {
      for (const out of MERGE_DTYPES) {
        test(`all 65,536 ${dtype} to ${out}`, async () => {
          const actual = await combineBits([operandOfBits(dtype, all)], 65536, COPY, out);
          const expected = Array.from(all, (bits) => encodeBits(decodeBits(bits, dtype), out));
          expect(actual).toEqual(expected);
        });
      }
    }

    test('float32 around every tie and edge of the halves', async () => {
      const bits: number[] = [];
      for (const dtype of ['F16', 'BF16'] as const) {
        for (let half = 0; half < 0x7c00; half += dtype === 'F16' ? 3 : 5) {
          const tie = (decodeBits(half, dtype) + decodeBits(half + 1, dtype)) / 2;
          const middle = encodeBits(tie, 'F32');
          bits.push(middle, middle + 1, Math.max(0, middle - 1), middle + 0x80000000);
        }
      }
      const operand = operandOfBits('F32', bits);
      for (const out of MERGE_DTYPES) {
        const actual = await combineBits([operand], bits.length, COPY, out);
        expect(actual).toEqual(bits.map((own) => encodeBits(decodeBits(own, 'F32'), out)));
      }
    });

    test('rounding happens once, not by way of float32', async () => {
      for (const out of ['F16', 'BF16'] as const) {
        const halfStep = out === 'F16' ? 2 ** -11 : 2 ** -8;
        const ones = operandOf('F32', [1, 1, 1, 1, -1]);
        const ties = operandOf('F32', [halfStep, halfStep, 3 * halfStep, 3 * halfStep, -halfStep]);
        const crumbs = operandOf('F32', [2 ** -40, -(2 ** -40), 2 ** -40, -(2 ** -40), -(2 ** -40)]);
        const spec = { coefficients: [1, 1, 1], base: null };
        const one = encodeBits(1, out);
        const minusOne = encodeBits(-1, out);
        expect(await combineBits([ones, ties, crumbs], 5, spec, out)).toEqual([
          one + 1,
          one,
          one + 2,
          one + 1,
          minusOne + 1,
        ]);
      }
    });

    test('any bits at all, in any dtype, at any byte offset', async () => {
      for (const dtype of MERGE_DTYPES) {
        for (const out of MERGE_DTYPES) {
          for (const byteOffset of [0, 1, 2, 3]) {
            const operand = anyBits(dtype, 4099, 5 + byteOffset, byteOffset);
            const actual = await combineBits([operand], 4099, COPY, out);
            expect(actual).toEqual(
              bitsOf(operand.bytes, dtype).map((b) => encodeBits(decodeBits(b, dtype), out)),
            );
          }
        }
      }
    });
  });

  describe('combine', () => {
    test('one to six operands of mixed dtypes, odd lengths and offsets, with and without a base', async () => {
      for (let k = 1; k <= 6; k++) {
        const count = 4096 + 2 * k - 1;
        const operands = Array.from({ length: k }, (_, i) =>
          weightsLike(MERGE_DTYPES[(i + k) % 3] ?? 'F32', count, 100 * k + i, (i * k) % 4),
        );
        for (const base of [null, 0, k - 1]) {
          const coefficients = operands.map((_, i) => 0.7 / (i + 1) - 0.2);
          await expectCombine(operands, count, { coefficients, base }, 'F32');
          await expectCombine(operands, count, { coefficients, base }, MERGE_DTYPES[k % 3] ?? 'F32');
        }
      }
    });

    test('cancelling sums stay within one step, whatever the coefficient', async () => {
      const random = seededRandom(3);
      const left = Float64Array.from({ length: 3000 }, () => Math.fround(random() - 0.5));
      const step = (value: number, places: number) => decodeBits(encodeBits(value, 'F32') + places, 'F32');
      const right = left.map((value, i) => step(value, i % 5));
      const far = left.map((value, i) => step(value, 3 + (i % 3)));
      const operands = [left, right, far].map((values) => operandOf('F32', values));
      await expectCombine(operands, 3000, { coefficients: [0.3, -0.3, 0], base: null }, 'F32');
      await expectCombine(
        operands,
        3000,
        { coefficients: [1 / 3, 1 / 7, -1 / 3 - 1 / 7], base: null },
        'F32',
      );
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
      const spec = { coefficients: [1, 1], base: null };
      expect(await combineBits([x, y], 10, spec, 'F32')).toEqual(
        [2 * tiny, 2 * tiny, Infinity, 0, Number.NaN, Infinity, -0, 0, Number.NaN, 2 ** -127].map((value) =>
          encodeBits(value, 'F32'),
        ),
      );
      // 0.5 * (3e38 - -3e38) overflows float32 on the way but not at the end.
      expect(await combineBits([y, x], 4, { coefficients: [0, 0.5], base: 0 }, 'F32')).toEqual(
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
          fc.constantFrom(...MERGE_DTYPES),
          async (dtypes, count, seed, coefficients, withBase, out) => {
            const operands = dtypes.map((dtype, i) => weightsLike(dtype, count, seed + i, (seed + i) & 3));
            const base = withBase ? (seed >>> 1) % dtypes.length : null;
            await expectCombine(operands, count, { coefficients: coefficients.map(notTiny), base }, out);
          },
        ),
        { numRuns: 40 },
      );
    });

    async function expectCombine(
      operands: readonly Operand[],
      count: number,
      spec: CombineSpec,
      out: MergeDtype,
    ) {
      const inputs = operands.map(readElements);
      const actual = await combineBits(operands, count, spec, out);
      const expected = actual.map((_, i) => encodeBits(referenceCombine(inputs, spec, i), out));
      expect(actual).toHaveLength(count);
      expect(farthest(actual, expected, out)).toBeLessThanOrEqual(1);
    }
  });

  describe('gram', () => {
    test('dots of mixed operands, with and without a base', async () => {
      const count = 3 * 4096 + 77;
      const operands = MERGE_DTYPES.map((dtype, i) => weightsLike(dtype, count, 40 + i));
      const inputs = operands.map(readElements);
      for (const base of [null, 1]) {
        const actual = await onTile(operands, count, (tile) => kernels.gram(tile, base));
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
      const gram = await onTile([x, y], count, (tile) => kernels.gram(tile, null));
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
          for await (const tile of tilesOf(kernels, operands, count, tileElements)) {
            totals = await kernels.gram(tile, null, totals);
          }
          return totals;
        }),
      );
      expect(results[0]).toBeInstanceOf(Float64Array);
      for (const result of results) expect(result).toEqual(results[0]);
    });
  });

  describe('select', () => {
    const count = 2 * 4096 + 1001;
    // Few distinct deltas, so that cuts fall among equals.
    const x = operandOf(
      'BF16',
      Float64Array.from({ length: count }, (_, i) => ((i * 7919) % 61) / 64 - 0.4),
    );
    const base = operandOf(
      'F16',
      Float64Array.from({ length: count }, (_, i) => ((i * 104729) % 17) / 32),
    );

    const walk =
      (operands: readonly Operand[], tileElements: number): TileWalk =>
      async (visit) => {
        for await (const tile of tilesOf(kernels, operands, operands[0] ? count : 0, tileElements))
          await visit(tile);
      };

    function kept(operands: readonly Operand[], withBase: boolean, keep: KeepRule): number[] {
      const [own, less] = operands.map(readElements);
      const indices: number[] = [];
      for (let i = 0; i < count; i++) {
        if (referenceKeeps(keep, own?.[i] ?? 0, withBase ? (less?.[i] ?? 0) : 0, i)) indices.push(i);
      }
      return indices;
    }

    function largest(operands: readonly Operand[], withBase: boolean, want: number): number[] {
      const [own, less] = operands.map(readElements);
      return Array.from({ length: count }, (_, i) => i)
        .map((i) => [referenceMagnitude(own?.[i] ?? 0, withBase ? (less?.[i] ?? 0) : 0), i] as const)
        .sort(([a, i], [b, j]) => b - a || i - j)
        .slice(0, want)
        .map(([, i]) => i)
        .sort((a, b) => a - b);
    }

    test('keeps exactly the largest, equal ones by lowest index, on any tile size', async () => {
      for (const withBase of [true, false]) {
        for (const want of [1, 2, 1000, 4097, count - 1, count]) {
          const cuts = [];
          for (const tileElements of [4096, 3 * 4096]) {
            const spec = { operand: 0, base: withBase ? 1 : null, count: want };
            cuts.push(await selectLargest(kernels, walk([x, base], tileElements), spec));
          }
          expect(cuts[1]).toEqual(cuts[0]);
          const [cut = { magnitude: 0, ties: 0 }] = cuts;
          expect(kept([x, base], withBase, { kind: 'largest', cut })).toEqual(
            largest([x, base], withBase, want),
          );
        }
      }
    });

    test('any bits: infinities and NaN are the largest', async () => {
      const wild = anyBits('F32', count, 77);
      for (const want of [1, 40, 5000]) {
        const cut = await selectLargest(kernels, walk([wild], 4096), { operand: 0, base: null, count: want });
        expect(kept([wild], false, { kind: 'largest', cut })).toEqual(largest([wild], false, want));
      }
    });

    test('a cut that needs all equals says so', async () => {
      const flat = operandOf('F32', new Float64Array(count).fill(0.5));
      const spec = { operand: 0, base: null };
      expect(await selectLargest(kernels, walk([flat], 4096), { ...spec, count })).toEqual({
        magnitude: 0x3f000000,
        ties: ALL_TIES,
      });
      expect(await selectLargest(kernels, walk([flat], 4096), { ...spec, count: 5000 })).toEqual({
        magnitude: 0x3f000000,
        ties: 5000,
      });
      await expect(
        selectLargest(kernels, walk([flat], 4096), { ...spec, count: count + 1 }),
      ).rejects.toMatchObject({
        tag: 'Internal',
      });
    });

    test('the nth element of a magnitude is found, and missed with words', async () => {
      const operand = operandOf('F32', [0, 1, -1, 2, 1, Number.NaN]);
      const spec = { operand: 0, base: null, magnitude: 0x3f800000 };
      const find = (nth: number) =>
        onTile([operand], 6, (tile) => kernels.indexOfMagnitude(tile, { ...spec, nth }), 8192);
      expect(await Promise.all([find(0), find(1), find(2)])).toEqual([8193, 8194, 8196]);
      await expect(find(3)).rejects.toMatchObject({ tag: 'Internal' });
    });
  });

  describe('sums and masks', () => {
    const count = 2 * 4096 + 517;
    const operands = [
      weightsLike('BF16', count, 21),
      weightsLike('F32', count, 22),
      weightsLike('F16', count, 23),
    ];
    const keeps: readonly KeepRule[] = [
      { kind: 'all' },
      { kind: 'none' },
      { kind: 'largest', cut: { magnitude: encodeBits(0.05, 'F32'), ties: 0 } },
      { kind: 'random', key: [0xdeadbeef, 0x12345678], threshold: keepThreshold(0.3) },
      { kind: 'random', key: [1, 2], threshold: keepThreshold(1) },
    ];

    test('L1 norms, and exact counts under every kind of mask', async () => {
      const rules = keeps.map((keep, i) => ({ operand: 1 + (i % 2), keep, scale: 1, weight: 1 }));
      const sums = await onTile(operands, count, (tile) => kernels.sums(tile, 0, rules), 4096);
      const inputs = operands.map(readElements);
      rules.forEach(({ operand, keep }, r) => {
        let [absAll, absKept, keptCount] = [0, 0, 0];
        for (let i = 0; i < count; i++) {
          const [own, less] = [inputs[operand]?.[i] ?? 0, inputs[0]?.[i] ?? 0];
          absAll += Math.abs(own - less);
          if (!referenceKeeps(keep, own, less, 4096 + i)) continue;
          absKept += Math.abs(own - less);
          keptCount++;
        }
        expect(sums[r]?.keptCount).toBe(keptCount);
        expect(Math.abs((sums[r]?.absAll ?? 0) / absAll - 1)).toBeLessThan(1e-13);
        expect(Math.abs((sums[r]?.absKept ?? 0) - absKept)).toBeLessThanOrEqual(1e-13 * absKept);
      });
    });

    test('do not depend on the tile size, to the last bit', async () => {
      const rules: DeltaRule[] = keeps.map((keep) => ({ operand: 1, keep, scale: 1, weight: 1 }));
      const results: (DeltaSums[] | undefined)[] = [];
      for (const tileElements of [4096, 3 * 4096]) {
        let totals: DeltaSums[] | undefined;
        for await (const tile of tilesOf(kernels, operands, count, tileElements)) {
          totals = await kernels.sums(tile, 0, rules, totals);
        }
        results.push(totals);
      }
      expect(results[0]).toHaveLength(keeps.length);
      expect(results[1]).toEqual(results[0]);
    });

    test('masks of a tile far into a tensor of billions of elements', async () => {
      const far = 3 * 2 ** 34 - 4096;
      const keep: KeepRule = { kind: 'random', key: [7, 8], threshold: keepThreshold(0.5) };
      const rules = [{ operand: 1, keep, scale: 1, weight: 1 }];
      for (const firstIndex of [far, far + 4096]) {
        const sums = await onTile(operands, 999, (tile) => kernels.sums(tile, 0, rules), firstIndex);
        const expected = Array.from({ length: 999 }, (_, i) => referenceKeeps(keep, 0, 0, firstIndex + i));
        expect(sums[0]?.keptCount).toBe(expected.filter(Boolean).length);
      }
    });
  });

  describe('consensus', () => {
    const rule = (operand: number, keep: KeepRule, weight: number, scale = 1): DeltaRule => ({
      operand,
      keep,
      scale,
      weight,
    });
    const random = (key: number, density: number): KeepRule => ({
      kind: 'random',
      key: [key, 99],
      threshold: keepThreshold(density),
    });

    test('every combination of vote and normalisation, with every kind of mask', async () => {
      const count = 4096 + 1003;
      const operands = [
        weightsLike('BF16', count, 31, 1),
        weightsLike('F32', count, 32, 3),
        weightsLike('F16', count, 33),
        weightsLike('BF16', count, 34),
      ];
      const rules = [
        rule(1, random(5, 0.6), 0.4, 1.7),
        rule(2, { kind: 'largest', cut: { magnitude: encodeBits(0.04, 'F32'), ties: 0 } }, -0.3),
        rule(3, { kind: 'all' }, 0.5),
        rule(1, { kind: 'none' }, 0.2),
      ];
      for (const signVote of [true, false]) {
        for (const normalize of [true, false]) {
          for (const out of MERGE_DTYPES) {
            await expectConsensus(operands, count, { base: 0, rules, signVote, normalize, lambda: 0.8 }, out);
          }
        }
      }
    });

    test('ties of the vote count as plus, a zero term never agrees, a zero divisor counts as 1', async () => {
      const base = operandOf('F32', [1, 1, 1, 1]);
      const up = operandOf('F32', [1.5, 1, 1.5, 1.25]);
      const down = operandOf('F32', [0.5, 0.5, 2, 1.5]);
      const rules = [rule(1, { kind: 'all' }, 1), rule(2, { kind: 'all' }, 1)];
      const spec = { base: 0, rules, signVote: true, normalize: true, lambda: 1 };
      const bits = await onTile([base, up, down], 4, (tile) => kernels.consensus(tile, spec, 'F32'));
      expect(bitsOf(bits, 'F32').map((own) => decodeBits(own, 'F32'))).toEqual([1.5, 0.5, 1.75, 1.375]);
      // Opposed weights: +1 * 0.5 and -1 * -0.5 agree and their weights cancel.
      const opposed = { ...spec, rules: [rule(1, { kind: 'all' }, 1), rule(2, { kind: 'all' }, -1)] };
      const cancelled = await onTile([base, up, down], 1, (tile) => kernels.consensus(tile, opposed, 'F32'));
      expect(decodeBits(bitsOf(cancelled, 'F32')[0] ?? 0, 'F32')).toBe(2);
      const unvoted = { ...opposed, signVote: false };
      const summed = await onTile([base, up, down], 1, (tile) => kernels.consensus(tile, unvoted, 'F32'));
      expect(decodeBits(bitsOf(summed, 'F32')[0] ?? 0, 'F32')).toBe(2);
    });

    test('the output does not depend on the tile size', async () => {
      const count = 5 * 4096 + 9;
      const operands = [
        weightsLike('BF16', count, 51),
        weightsLike('BF16', count, 52),
        weightsLike('F32', count, 53),
      ];
      const rules = [
        rule(1, random(3, 0.5), 0.6, 2),
        rule(2, { kind: 'largest', cut: { magnitude: encodeBits(0.03, 'F32'), ties: 9000 } }, 0.4),
      ];
      const spec = { base: 0, rules, signVote: true, normalize: true, lambda: 1 };
      const outputs = [];
      for (const tileElements of [4096, 8192, 4096 * 6]) {
        outputs.push(
          await outputOf(kernels, operands, count, tileElements, (tile) =>
            kernels.consensus(tile, spec, 'BF16'),
          ),
        );
      }
      expect(outputs[0]).toHaveLength(count * 2);
      for (const output of outputs) expect(output).toEqual(outputs[0]);
    });

    test('twenty models vote', async () => {
      const count = 300;
      const operands = Array.from({ length: 21 }, (_, i) => weightsLike('BF16', count, 700 + i));
      const rules = operands.slice(1).map((_, i) => rule(i + 1, random(i, 0.7), 0.05 + i / 100));
      await expectConsensus(
        operands,
        count,
        { base: 0, rules, signVote: true, normalize: true, lambda: 1 },
        'F32',
      );
    });

    test('random rules, dtypes and lengths agree with the formula', async () => {
      const anyRule = fc.record({
        operand: fc.integer({ min: 1, max: 4 }),
        keep: fc.oneof(
          fc.constant<KeepRule>({ kind: 'all' }),
          fc.constant<KeepRule>({ kind: 'none' }),
          fc.double({ min: 0, max: 1, noNaN: true }).map((density) => random(17, density)),
          fc
            .integer({ min: 0, max: 600 })
            .map(
              (ties): KeepRule => ({ kind: 'largest', cut: { magnitude: encodeBits(0.05, 'F32'), ties } }),
            ),
        ),
        scale: fc.double({ min: 0.5, max: 3, noNaN: true }),
        weight: fc.double({ min: 0.01, max: 2, noNaN: true }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRule, { minLength: 1, maxLength: 5 }),
          fc.array(fc.constantFrom(...MERGE_DTYPES), { minLength: 5, maxLength: 5 }),
          fc.integer({ min: 1, max: 600 }),
          fc.integer(),
          fc.boolean(),
          fc.boolean(),
          fc.constantFrom(...MERGE_DTYPES),
          async (rules, dtypes, count, seed, signVote, normalize, out) => {
            const operands = dtypes.map((dtype, i) => weightsLike(dtype, count, seed + i, (seed + i) & 3));
            await expectConsensus(
              operands,
              count,
              { base: 0, rules, signVote, normalize, lambda: 1.25 },
              out,
            );
          },
        ),
        { numRuns: 40 },
      );
    });

    async function expectConsensus(
      operands: readonly Operand[],
      count: number,
      spec: ConsensusSpec,
      out: MergeDtype,
    ): Promise<void> {
      const inputs = operands.map(readElements);
      const bytes = await onTile(operands, count, (tile) => kernels.consensus(tile, spec, out));
      const actual = bitsOf(bytes, out);
      const expected = actual.map((_, i) => encodeBits(referenceConsensus(inputs, spec, i, i), out));
      expect(actual).toHaveLength(count);
      expect(farthest(actual, expected, out)).toBeLessThanOrEqual(1);
    }
  });

  describe('life of a tile', () => {
    test('calls in flight side by side each get their own result', async () => {
      const operands = [weightsLike('F32', 5000, 61), weightsLike('F32', 5000, 62)];
      const tile = await kernels.load({ firstIndex: 0, elementCount: 5000, operands });
      const specs = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ coefficients: [1 - t, t], base: null }));
      const together = await Promise.all(specs.map((spec) => kernels.combine(tile, spec, 'F32')));
      for (const [i, spec] of specs.entries()) {
        expect(together[i]).toEqual(await kernels.combine(tile, spec, 'F32'));
      }
      tile.release();
      tile.release();
    });

    test('a released tile and a foreign one are refused', async () => {
      const tile = await kernels.load({ firstIndex: 0, elementCount: 1, operands: [operandOf('F32', [1])] });
      tile.release();
      await expect(kernels.combine(tile, COPY, 'F32')).rejects.toMatchObject({ tag: 'Internal' });
      const foreign: Tile = { firstIndex: 0, elementCount: 1, operandCount: 1, release: () => undefined };
      await expect(kernels.gram(foreign, null)).rejects.toMatchObject({ tag: 'Internal' });
    });

    test('a disposed engine refuses with Cancelled', async () => {
      const own = await create();
      own.dispose();
      await expect(
        own.load({ firstIndex: 0, elementCount: 1, operands: [operandOf('F32', [1])] }),
      ).rejects.toMatchObject({ tag: 'Cancelled' });
    });

    test('the largest tile is whole blocks and fits the memory it says', () => {
      for (const dtypes of [['BF16'], ['BF16', 'F32', 'F16'], Array<MergeDtype>(40).fill('F32')] as const) {
        const most = kernels.maxTileElements(dtypes, 'F32');
        expect(most % 4096).toBe(0);
        expect(most).toBeGreaterThan(0);
        expect(kernels.residentBytes(dtypes, most)).toBeGreaterThan(most * 2 * dtypes.length);
      }
    });
  });
}

/** Coefficients are 0 or at least 2^-600. */
function notTiny(coefficient: number): number {
  return Math.abs(coefficient) < 2 ** -600 ? 0 : coefficient;
}

function farthest(actual: readonly number[], expected: readonly number[], dtype: MergeDtype): number {
  return actual.reduce((most, bits, i) => Math.max(most, ulpsApart(bits, expected[i] ?? 0, dtype)), 0);
}
