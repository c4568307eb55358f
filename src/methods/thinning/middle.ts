/** Leaves out the largest changes of a whole tensor and the smallest (Model Breadcrumbs). */

import { ALL_TIES } from '../../kernels/shared/radix-select.ts';
import { numberOf } from '../values.ts';
import { keptCount } from './largest.ts';
import { densityOf, type Thinning } from './thinning.ts';

/**
 * How many of `elementCount` elements, ordered by magnitude, are left out at the top and at the bottom. The density goes
 * before: where both cannot be had, fewer than gamma * n are left out at the top.
 */
export function outlierCounts(
  density: number,
  gamma: number,
  elementCount: number,
): { readonly top: number; readonly bottom: number } {
  const left = elementCount - keptCount(density, elementCount);
  const top = Math.min(Math.trunc(gamma * elementCount), left);
  return { top, bottom: left - top };
}

export const middle: Thinning = {
  parameters: [
    {
      name: 'gamma',
      scope: 'model',
      type: 'number',
      default: 0.01,
      minimum: 0,
      maximum: 1,
      description:
        'Share of the task vector with the largest changes, left out as outliers; 0.01 to 0.1 is usual.',
    },
  ],
  keep(inputs, operand) {
    const { elementCount } = inputs;
    const density = densityOf(inputs, operand);
    if (density >= 1) return { kind: 'all' };
    const gamma = numberOf(inputs.modelParameters[operand], 'gamma');
    const { top, bottom } = outlierCounts(density, gamma, elementCount);
    if (top + bottom >= elementCount) return { kind: 'none' };
    const all = { magnitude: 0, ties: ALL_TIES };
    return {
      kind: 'cuts',
      counts: [...(bottom > 0 ? [elementCount - bottom] : []), ...(top > 0 ? [top] : [])],
      rule(cuts) {
        const outer = (bottom > 0 ? cuts[0] : all) ?? all;
        const inner = top > 0 ? cuts.at(-1) : undefined;
        return inner === undefined ? { kind: 'largest', cut: outer } : { kind: 'middle', outer, inner };
      },
    };
  },
};
