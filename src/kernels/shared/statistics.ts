/** Where statistics start from: the totals of the elements before a tile, or nothing. */

import type { DeltaSums, OverlapCount } from '../types.ts';

/** A fresh array of `length` sums to add onto. */
export function startTotals(length: number, before: Float64Array | undefined): Float64Array {
  const totals = new Float64Array(length);
  if (before) totals.set(before);
  return totals;
}

export function startSums(before: readonly DeltaSums[] | undefined, rule: number): DeltaSums {
  return before?.[rule] ?? { all: 0, kept: 0, keptCount: 0 };
}

export function startOverlap(before: readonly OverlapCount[] | undefined, operand: number): OverlapCount {
  return before?.[operand] ?? { unique: 0, shared: 0 };
}
