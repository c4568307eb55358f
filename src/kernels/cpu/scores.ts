/** Hands the scores of a kernel to the machine, each once however many cuts are made by it. */

import { sameScore } from '../shared/scores.ts';
import type { Score } from '../types.ts';
import { rowsBytes, stageRows } from './groups.ts';
import { machine } from './machine.ts';
import { NO_BASE } from './runs.ts';

/** Numbers of the kinds in assembly/score.ts. */
const KIND_CODES: Readonly<Record<Score['kind'], number>> = { delta: 0, variance: 1, weighted: 2 };

export function distinctScores(scores: readonly Score[]): Score[] {
  const distinct: Score[] = [];
  for (const score of scores) {
    if (indexOfScore(distinct, score) < 0) distinct.push(score);
  }
  return distinct;
}

/** -1 for null, and for a score that is not among them. */
export function indexOfScore(scores: readonly Score[], score: Score | null): number {
  return score === null ? -1 : scores.findIndex((other) => sameScore(other, score));
}

/** Bytes that the scores' factors need in the machine's table. */
export function factorsBytes(scores: readonly Score[]): number {
  return scores.reduce((sum, score) => sum + factorBytes(score), 0);
}

function factorBytes(score: Score): number {
  return score.kind === 'weighted' ? rowsBytes(1, score.rowLength) : 0;
}

/**
 * Sets the machine's scores, after `reserve`; their factors lie `tableOffset` bytes into its table. Returns what is to be
 * called before each run, with the flat index of its first element and its length.
 */
export function setScores(scores: readonly Score[], tableOffset = 0): (first: number, count: number) => void {
  const wasm = machine();
  let place = wasm.tableAt() + tableOffset;
  const stagings: ((first: number, count: number) => void)[] = [];
  scores.forEach((score, index) => {
    const operand = score.kind === 'variance' ? 0 : score.operand;
    const rowLength = score.kind === 'weighted' ? score.rowLength : 0;
    wasm.setScore(index, KIND_CODES[score.kind], operand, score.base ?? NO_BASE, rowLength);
    if (score.kind !== 'weighted') return;
    const at = place;
    place += factorBytes(score);
    stagings.push((first, count) =>
      wasm.setFactors(index, at, stageRows(at, score.factors, 1, score.rowLength, first, count)),
    );
  });
  return (first, count) => {
    for (const stage of stagings) stage(first, count);
  };
}
