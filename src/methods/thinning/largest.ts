/** Keeps the largest changes of a whole tensor (TIES). */

import { densityOf, type Thinning } from './thinning.ts';

/** Elements a density keeps of `elementCount`: the product, truncated. */
export function keptCount(density: number, elementCount: number): number {
  return Math.trunc(density * elementCount);
}

export const largest: Thinning = {
  parameters: [],
  keep(inputs, operand) {
    const density = densityOf(inputs, operand);
    if (density >= 1) return { kind: 'all' };
    const count = keptCount(density, inputs.elementCount);
    if (count === 0) return { kind: 'none' };
    return {
      kind: 'cuts',
      counts: [count],
      rule: ([cut]) => (cut === undefined ? { kind: 'none' } : { kind: 'largest', cut }),
    };
  },
  refuse(inputs, operand) {
    const count = keptCount(densityOf(inputs, operand), inputs.elementCount);
    if (count > 0 || inputs.elementCount === 0) return null;
    return `A density this low keeps none of the ${inputs.elementCount} elements of ${inputs.tensorName}. Raise the density, or remove the model.`;
  },
};
