/** Where statistics start from: the totals of the elements before a tile, or nothing. */

import type { DeltaSums } from '../types.ts';

/** A fresh K*K array to add dots onto. */
export function startGram(operandCount: number, before: Float64Array | undefined): Float64Array {
  const totals = new Float64Array(operandCount * operandCount);
  if (before) totals.set(before);
  return totals;
}

export function startSums(before: readonly DeltaSums[] | undefined, rule: number): DeltaSums {
  return before?.[rule] ?? { absAll: 0, absKept: 0, keptCount: 0 };
}
