/** Which elements of a task vector take part. Magnitudes are compared in f32; of equal ones the first is the larger. */

import { keepThreshold, philox4x32 } from '../../../src/kernels/shared/philox.ts';
import { bitsOf } from '../../../src/methods/reference-scores.test-helper.ts';
import type { Merged, Vector } from './vectors.ts';

export type Mask = (delta: Vector, model: Merged, shape: readonly number[]) => boolean[];

/** The indexes of `scores` (f32 bits), the largest first. */
export function descending(scores: readonly number[]): number[] {
  return [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

function densityOf({ parameters }: Merged): number {
  return parameters.density ?? 1;
}

/** The elements at these positions of the order. */
function keepPositions(delta: Vector, from: number, to: number): boolean[] {
  const kept = delta.map(() => false);
  for (const index of descending(delta.map(bitsOf)).slice(from, to)) kept[index] = true;
  return kept;
}

/** TIES: the trunc(density n) largest. */
export const largest: Mask = (delta, model) =>
  keepPositions(delta, 0, Math.trunc(densityOf(model) * delta.length));

/** Model Breadcrumbs: without the gamma n largest, and as many of the smallest as the density says. */
export const middle: Mask = (delta, model) => {
  const count = delta.length;
  const left = count - Math.trunc(densityOf(model) * count);
  const top = Math.min(left, Math.trunc((model.parameters.gamma ?? 0.01) * count));
  return keepPositions(delta, top, count - (left - top));
};

/** The random word of a mask at an index. */
function wordAt({ maskKey }: Merged, index: number): number {
  return philox4x32([Math.floor(index / 4), 0, 0, 0], maskKey)[index % 4] ?? 0;
}

/** DARE: each with the probability `density`. */
export const random: Mask = (delta, model) =>
  delta.map((_, index) => wordAt(model, index) < keepThreshold(densityOf(model)));

/** DELLA: probabilities that rise with the rank within a row, from density - epsilon to density + epsilon. */
export const ranked: Mask = (delta, model, shape) => {
  const rowLength = shape.at(-1) ?? 1;
  const epsilon = model.parameters.epsilon ?? 0.15;
  const kept: boolean[] = [];
  for (let start = 0; start < delta.length; start += rowLength) {
    const bits = delta.slice(start, start + rowLength).map(bitsOf);
    const ascending = [...bits.keys()].sort((a, b) => (bits[a] ?? 0) - (bits[b] ?? 0) || a - b);
    for (const [rank, at] of ascending.entries()) {
      const probability = densityOf(model) - epsilon + (rank / (rowLength - 1)) * 2 * epsilon;
      kept[start + at] = wordAt(model, start + at) < keepThreshold(probability);
    }
  }
  return kept;
};
