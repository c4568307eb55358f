/** Deltas, scores and keep rules of plain arrays, written the obvious way. */

import type { KeepRule, MagnitudeCut, Score } from '../kernels/types.ts';

/** One array per operand. */
export type Data = readonly (readonly number[])[];

export function deltaOf(data: Data, operand: number, base: number | null): number[] {
  const from = base === null ? undefined : data[base];
  return (data[operand] ?? []).map((value, index) => value - (from?.[index] ?? 0));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

/** The bits of |value|, rounded to f32. */
export function bitsOf(value: number): number {
  return new Uint32Array(new Float32Array([Math.abs(value)]).buffer)[0] ?? 0;
}

/** A score per element, as f32 bits. */
export function scoresOf(data: Data, score: Score): number[] {
  if (score.kind === 'delta') return deltaOf(data, score.operand, score.base).map(bitsOf);
  if (score.kind === 'weighted') {
    const { operand, base, rowLength, factors } = score;
    return deltaOf(data, operand, base).map((value, index) =>
      bitsOf(Math.abs(value) * (factors[Math.floor(index / rowLength)] ?? Number.NaN)),
    );
  }
  const rows = data.filter((_, operand) => operand !== score.base);
  return (rows[0] ?? []).map((_, index) => {
    const mean = rows.reduce((sum, row) => sum + (row[index] ?? 0), 0) / rows.length;
    return bitsOf(rows.reduce((sum, row) => sum + ((row[index] ?? 0) - mean) ** 2, 0) / rows.length);
  });
}

/**
 * Which elements of an operand's delta a rule keeps. Stand-ins for the random masks: `random` keeps even indexes, `ranked`
 * the ranks that are kept more often than not.
 */
export function keptBy(data: Data, base: number, operand: number, rule: KeepRule): boolean[] {
  const bits = scoresOf(data, { kind: 'delta', operand, base });
  const reaches = (scores: readonly number[], { magnitude, ties }: MagnitudeCut): boolean[] =>
    scores.map((score, index) => score > magnitude || (score === magnitude && index < ties));
  switch (rule.kind) {
    case 'all':
      return bits.map(() => true);
    case 'none':
      return bits.map(() => false);
    case 'random':
      return bits.map((_, index) => index % 2 === 0);
    case 'largest':
      return reaches(rule.score === undefined ? bits : scoresOf(data, rule.score), rule.cut);
    case 'middle': {
      const inner = reaches(bits, rule.inner);
      return reaches(bits, rule.outer).map((isKept, index) => isKept && inner[index] === false);
    }
    case 'ranked':
      return bits.map(
        (_, index) => (rule.thresholds[rankOf(bits, index, rule.thresholds.length)] ?? 0) > 2 ** 31,
      );
  }
}

/** Elements of the same row that order before the one at `index`. */
function rankOf(bits: readonly number[], index: number, length: number): number {
  const start = index - (index % length);
  const own = bits[index] ?? 0;
  return bits
    .slice(start, start + length)
    .filter((other, at) => other < own || (other === own && start + at < index)).length;
}
