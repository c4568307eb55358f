/** Drops elements at random, the larger ones of a row less often (DELLA). */

import { keepThreshold } from '../../kernels/shared/philox.ts';
import type { TensorInputs } from '../types.ts';
import { numberOf } from '../values.ts';
import { densityOf, type Thinning } from './thinning.ts';

/** A rank's threshold is below 2^32: DELLA's probabilities are below 1. */
const MOST = 2 ** 32 - 1;

/**
 * Thresholds for the ranks of a row of `length`, the smallest change first: probabilities of being kept that rise evenly
 * from density - epsilon to density + epsilon. A row of one is kept with probability `density`.
 */
export function rankThresholds(density: number, epsilon: number, length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, rank) => {
    const place = length === 1 ? 0.5 : rank / (length - 1);
    return Math.min(MOST, keepThreshold(density - epsilon + place * 2 * epsilon));
  });
}

/** Elements that are ranked against each other: along the last axis; with four axes or more, all of one filter's. */
export function rankedRowLength(shape: readonly number[]): number {
  const axes = shape.length > 3 ? shape.slice(1) : shape.slice(-1);
  return axes.reduce((product, size) => product * size, 1);
}

function epsilonOf(inputs: TensorInputs, operand: number): number {
  return numberOf(inputs.modelParameters[operand], 'epsilon');
}

function isRandom(density: number): boolean {
  return density > 0 && density < 1;
}

export const ranked: Thinning = {
  parameters: [
    {
      name: 'epsilon',
      scope: 'model',
      type: 'number',
      default: 0.15,
      minimum: 0,
      maximum: 0.5,
      description:
        'How far the probability of being kept falls below the density for the smallest changes of a row and rises above it for the largest; density − epsilon must stay above 0 and density + epsilon below 1.',
    },
  ],
  keep(inputs, operand) {
    const density = densityOf(inputs, operand);
    if (density >= 1) return { kind: 'all' };
    if (density <= 0) return { kind: 'none' };
    const key = inputs.maskKeys[operand] ?? [0, 0];
    const thresholds = rankThresholds(density, epsilonOf(inputs, operand), rankedRowLength(inputs.shape));
    return { kind: 'ranked', key, thresholds };
  },
  rowLength: (inputs, operand) =>
    isRandom(densityOf(inputs, operand)) ? rankedRowLength(inputs.shape) : null,
  refuse(inputs, operand) {
    const density = densityOf(inputs, operand);
    const epsilon = epsilonOf(inputs, operand);
    if (!isRandom(density) || (density + epsilon < 1 && density - epsilon > 0)) return null;
    return `With a density of ${density}, epsilon must be below ${Number(Math.min(density, 1 - density).toPrecision(6))}, so that every change is kept with a probability between 0 and 1; it is ${epsilon}. Lower epsilon, or set the density to 1 to keep all.`;
  },
};
