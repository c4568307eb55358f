/** Magnitudes of selection deltas: |x - base| rounded once to float32, as bits whose integer order is theirs. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';

/** The one NaN bit pattern that is compared; above every other magnitude. */
const CANONICAL_NAN = 0x7fc00000;

const floats = new Float32Array(BLOCK_ELEMENTS);
const floatBits = new Int32Array(floats.buffer);

/** Magnitude bits of the first `count` of `deltas` (at most 4096), to `target`. Twin: magnitudeOf in keep.wgsl. */
export function magnitudeBlock(deltas: Float64Array, count: number, target: Int32Array): void {
  for (let i = 0; i < count; i++) floats[i] = deltas[i] as number;
  for (let i = 0; i < count; i++) {
    const size = (floatBits[i] as number) & 0x7fffffff;
    target[i] = size > 0x7f800000 ? CANONICAL_NAN : size;
  }
}
