/** What a score is made of. */

import type { Score } from '../types.ts';

/** Whether two scores are the same number for every element. */
export function sameScore(a: Score, b: Score): boolean {
  if (a === b) return true;
  if (a.base !== b.base) return false;
  if (a.kind === 'variance' || b.kind === 'variance') return a.kind === b.kind;
  if (a.operand !== b.operand) return false;
  if (a.kind === 'delta' || b.kind === 'delta') return a.kind === b.kind;
  return a.rowLength === b.rowLength && a.factors === b.factors;
}

/** The operands, of `operandCount`, that a score reads. */
export function operandsOfScore(score: Score, operandCount: number): number[] {
  if (score.kind === 'variance') return Array.from({ length: operandCount }, (_, index) => index);
  return score.base === null ? [score.operand] : [score.operand, score.base];
}
