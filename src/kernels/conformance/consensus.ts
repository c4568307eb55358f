/** Kept deltas, scaled, voted on and normalised. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MERGE_DTYPES, OUTPUT_DTYPES, type OutputDtype } from '../../base/dtype.ts';
import { bitsOf, decodeBits, encodeBits, readElements } from '../reference.ts';
import { keepThreshold } from '../shared/philox.ts';
import { anyBits, onTile, operandOf, outputOf, weightsLike } from '../test-tensors.ts';
import type { ConsensusSpec, DeltaRule, KeepRule, Kernels, Operand } from '../types.ts';
import { expectAllEqual, expectNearly } from './expect.ts';
import { agreed } from './formulas.ts';
import { everyKeep } from './masks.ts';

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

const ALL: KeepRule = { kind: 'all' };

export function consensusConformance(engine: () => Kernels): void {
  async function expectConsensus(
    operands: readonly Operand[],
    count: number,
    spec: ConsensusSpec,
    out: OutputDtype,
  ): Promise<void> {
    const bytes = await onTile(engine(), operands, count, (tile) => engine().consensus(tile, spec, out));
    expectNearly(bytes, agreed(operands.map(readElements), spec), out);
  }

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
        for (const out of OUTPUT_DTYPES) {
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
    const bits = await onTile(engine(), [base, up, down], 4, (tile) => engine().consensus(tile, spec, 'F32'));
    expect(bitsOf(bits, 'F32').map((own) => decodeBits(own, 'F32'))).toEqual([1.5, 0.5, 1.75, 1.375]);
    // Opposed weights: +1 * 0.5 and -1 * -0.5 agree and their weights cancel.
    const opposed = { ...spec, rules: [rule(1, { kind: 'all' }, 1), rule(2, { kind: 'all' }, -1)] };
    const cancelled = await onTile(engine(), [base, up, down], 1, (tile) =>
      engine().consensus(tile, opposed, 'F32'),
    );
    expect(decodeBits(bitsOf(cancelled, 'F32')[0] ?? 0, 'F32')).toBe(2);
    const unvoted = { ...opposed, signVote: false };
    const summed = await onTile(engine(), [base, up, down], 1, (tile) =>
      engine().consensus(tile, unvoted, 'F32'),
    );
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
        await outputOf(engine(), operands, count, tileElements, (tile) =>
          engine().consensus(tile, spec, 'BF16'),
        ),
      );
    }
    expectAllEqual(outputs);
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
          .map((ties): KeepRule => ({ kind: 'largest', cut: { magnitude: encodeBits(0.05, 'F32'), ties } })),
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
        fc.constantFrom(...OUTPUT_DTYPES),
        async (rules, dtypes, count, seed, signVote, normalize, out) => {
          const operands = dtypes.map((dtype, i) => weightsLike(dtype, count, seed + i, (seed + i) & 3));
          await expectConsensus(operands, count, { base: 0, rules, signVote, normalize, lambda: 1.25 }, out);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('every kind of rule, with and without a vote', async () => {
    const rowLength = 503;
    const count = 11 * rowLength;
    const operands = [41, 42, 43].map((seed, i) => weightsLike(MERGE_DTYPES[i] ?? 'F32', count, seed, i));
    const rules = everyKeep(rowLength, 11).map((keep, i) => rule(1 + (i % 2), keep, 0.3 + i / 7, 1 + i / 9));
    for (const signVote of [true, false]) {
      const spec = { base: 0, rules, signVote, normalize: false, lambda: 1.1 };
      await expectConsensus(operands, count, spec, 'F32');
    }
  });

  test('any bits vote, under every kind of rule', async () => {
    const rowLength = 97;
    const count = 9 * rowLength;
    const operands = MERGE_DTYPES.map((dtype, i) => anyBits(dtype, count, 80 + i, i));
    const rules = everyKeep(rowLength, 9).map((keep, i) => rule(1 + (i % 2), keep, 0.25));
    for (const signVote of [true, false]) {
      const spec = { base: 0, rules, signVote, normalize: false, lambda: 1 };
      await expectConsensus(operands, count, spec, 'F32');
    }
  });

  test('the vote may have weights of its own', async () => {
    const operands = [
      operandOf('F32', [0, 0, 0]),
      operandOf('F32', [1, 1, 0.5]),
      operandOf('F32', [-2, -2, -2]),
    ];
    const rules = [
      { ...rule(1, ALL, 0.1), voteWeight: 3 },
      { ...rule(2, ALL, 0.7), voteWeight: 1 },
    ];
    const spec = { base: 0, rules, signVote: true, normalize: false, lambda: 1 };
    const bytes = await onTile(engine(), operands, 3, (tile) => engine().consensus(tile, spec, 'F32'));
    expect([...readElements({ dtype: 'F32', bytes })]).toEqual([0.1, 0.1, -1.4].map(Math.fround));
    const count = 700;
    const wide = [1, 2, 3, 4].map((seed) => weightsLike('BF16', count, seed));
    const own = [1, 2, 3].map((operand) => ({
      ...rule(operand, random(operand, 0.8), 0.4 / operand),
      voteWeight: 1,
    }));
    for (const normalize of [true, false]) {
      await expectConsensus(
        wide,
        count,
        { base: 0, rules: own, signVote: true, normalize, lambda: 1 },
        'F32',
      );
    }
  });

  test('a least divisor stands in for smaller ones, 0 and negative ones too', async () => {
    const operands = [operandOf('F32', [1, 1]), operandOf('F32', [1.5, 1]), operandOf('F32', [1, 0])];
    const least = (weights: readonly [number, number], leastDivisor: number): ConsensusSpec => ({
      base: 0,
      rules: [rule(1, ALL, weights[0]), rule(2, ALL, weights[1])],
      signVote: true,
      normalize: true,
      leastDivisor,
      lambda: 1,
    });
    const merge = async (spec: ConsensusSpec) => {
      const bytes = await onTile(engine(), operands, 2, (tile) => engine().consensus(tile, spec, 'F32'));
      return [...readElements({ dtype: 'F32', bytes })];
    };
    expect(await merge(least([0.25, 0.5], 0.125))).toEqual([1.5, 0]);
    expect(await merge(least([0.25, 0.5], 0.5))).toEqual([1.25, 0]);
    expect(await merge(least([-0.25, -0.5], 0.5))).toEqual([0.75, 2]);
    const count = 700;
    const many = Array.from({ length: 14 }, (_, i) => weightsLike('BF16', count, 900 + i));
    for (const rules of [3, 13]) {
      const own = many.slice(1, rules + 1).map((_, i) => rule(i + 1, random(i, 0.5), 0.02 * (i + 1)));
      const spec = { base: 0, rules: own, signVote: true, normalize: true, leastDivisor: 0.11, lambda: 0.9 };
      await expectConsensus(many.slice(0, rules + 1), count, spec, 'F32');
    }
  });
}
