/**
 * float64 to float32, float16 and bfloat16 with one rounding to nearest even.
 *
 * float32 is in between only as a tool: where rounding to it lost something, the last bit of the truncated value is
 * set ("round to odd"), and a second rounding of at least two bits fewer is then as exact as if it were the first
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
 */

import type { MergeDtype } from '../../base/dtype.ts';
import { BLOCK_ELEMENTS } from '../../base/limits.ts';

const floats = new Float32Array(BLOCK_ELEMENTS);
const floatBits = new Int32Array(floats.buffer);

/** An output of `elementCount` elements behind views of its width. */
export interface Output {
  readonly dtype: MergeDtype;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
}

export function makeOutput(dtype: MergeDtype, elementCount: number): Output {
  const bytes = new Uint8Array(elementCount * (dtype === 'F32' ? 4 : 2));
  const empty = new ArrayBuffer(0);
  return {
    dtype,
    bytes,
    halves: new Uint16Array(dtype === 'F32' ? empty : bytes.buffer),
    words: new Uint32Array(dtype === 'F32' ? bytes.buffer : empty),
  };
}

/** Writes the first `count` of `values` (at most 4096) as elements from `start` on. NaN becomes the canonical quiet one. Twin: encode in dtypes.wgsl. */
export function encodeBlock(values: Float64Array, count: number, output: Output, start: number): void {
  for (let i = 0; i < count; i++) floats[i] = values[i] as number;
  if (output.dtype === 'F32') encodeFloat(count, output.words, start);
  else if (output.dtype === 'BF16') encodeBrain(values, count, output.halves, start);
  else encodeHalf(values, count, output.halves, start);
}

function encodeFloat(count: number, target: Uint32Array, start: number): void {
  for (let i = 0; i < count; i++) {
    const bits = floatBits[i] as number;
    target[start + i] = (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
  }
}

function encodeBrain(values: Float64Array, count: number, target: Uint16Array, start: number): void {
  for (let i = 0; i < count; i++) {
    let bits = floatBits[i] as number;
    // Only a tie of the second rounding can be told wrongly after the first one.
    if ((bits & 0xffff) === 0x8000) bits = roundToOdd(i, values);
    if ((bits & 0x7fffffff) > 0x7f800000) target[start + i] = 0x7fc0;
    else target[start + i] = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
}

function encodeHalf(values: Float64Array, count: number, target: Uint16Array, start: number): void {
  for (let i = 0; i < count; i++) {
    let bits = floatBits[i] as number;
    const size = bits & 0x7fffffff;
    if (size >= 0x38800000 && size < 0x477ff000) {
      if ((bits & 0x1fff) === 0x1000) bits = roundToOdd(i, values);
      const rebased = (bits & 0x7fffffff) - 0x38000000;
      target[start + i] = ((bits >>> 16) & 0x8000) | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
    } else {
      target[start + i] = halfFromEdge((bits >>> 16) & 0x8000, roundToOdd(i, values) & 0x7fffffff);
    }
  }
}

/** The f32 bits of element `i` of `values` rounded to odd. */
function roundToOdd(i: number, values: Float64Array): number {
  const bits = floatBits[i] as number;
  const rounded = floats[i] as number;
  const value = values[i] as number;
  if (rounded === value || Number.isNaN(value)) return bits;
  return (Math.abs(rounded) > Math.abs(value) ? bits - 1 : bits) | 1;
}

/** float16 bits of what is not normal in it: NaN, too large, subnormal, zero. `size` is |value| in (odd-rounded) f32 bits. */
function halfFromEdge(sign: number, size: number): number {
  if (size > 0x7f800000) return 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size < 0x33000000) return sign;
  const drop = 126 - (size >>> 23);
  const significand = (size & 0x7fffff) | 0x800000;
  const whole = significand >>> drop;
  const rest = significand - (whole << drop);
  const half = 1 << (drop - 1);
  return sign | (whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0));
}
