/** Deltas of a block in f64. */

import type { Block } from './decode.ts';

/** target = x - base, or x itself without a base. */
export function deltaBlock(x: Block, base: Block | null, count: number, target: Float64Array): void {
  const values = x.values;
  if (base === null) {
    for (let i = 0; i < count; i++) target[i] = values[i] as number;
    return;
  }
  const baseValues = base.values;
  for (let i = 0; i < count; i++) target[i] = (values[i] as number) - (baseValues[i] as number);
}
