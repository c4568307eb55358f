/** How far to walk from a base to the average of its fine-tunes: a pure function of the deltas' dot products. */

/** Smaller products of two lengths count as this (mergekit 0.1.4), so tiny deltas count as less alike than they are. */
const LEAST_LENGTHS = 1e-6;

/**
 * t = K C / (1 + (K - 1) C) of Model Stock, C the mean cosine of all pairs of the K `operands` in a row-major `gram` of
 * deltas. Not clamped: below 0 where the deltas disagree. 0 for a single delta, and at the formula's pole, where deltas
 * of one length add up to nothing.
 */
export function stockRatio(gram: Float64Array, operands: readonly number[]): number {
  const operandCount = Math.sqrt(gram.length);
  const product = (a: number, b: number): number => gram[a * operandCount + b] ?? 0;
  const length = (operand: number): number => Math.sqrt(product(operand, operand));
  let sum = 0;
  let pairs = 0;
  for (const [at, a] of operands.entries()) {
    for (const b of operands.slice(at + 1)) {
      const lengths = Math.max(length(a) * length(b), LEAST_LENGTHS);
      sum += Math.min(1, Math.max(-1, product(a, b) / lengths));
      pairs++;
    }
  }
  if (pairs === 0) return 0;
  const cosine = sum / pairs;
  const pole = 1 + (operands.length - 1) * cosine;
  return Math.abs(pole) < Number.EPSILON * operands.length ? 0 : (operands.length * cosine) / pole;
}
