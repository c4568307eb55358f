/**
 * float64 to float32, float16 and bfloat16 with one rounding to nearest even.
 *
 * On the way to a half, the float64 is first cut to float32's 24 bits with its last bit set where something was lost
 * ("round to odd"): a second rounding of at least two bits fewer is then as exact as if it were the first (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). Below the least normal half there are fewer bits
 * to keep, so such elements are rounded where they stand, by adding a power of two whose last bit is the half's.
 */

import { BF16, BLOCK, F16, totals } from './layout';

/** Writes `totals` as a block of elements to `target`. NaN becomes the canonical quiet one. Twin: encode in dtypes.wgsl. */
export function encodeBlock(dtype: i32, target: usize): void {
  if (dtype == BF16) encodeBrain(target);
  else if (dtype == F16) encodeHalf(target);
  else encodeFloat(target);
}

function encodeFloat(target: usize): void {
  for (let i = 0; i < BLOCK; i += 4) {
    const floats = demote(v128.load(totals + i * 8), v128.load(totals + i * 8, 16));
    v128.store(target + i * 4, v128.bitselect(i32x4.splat(0x7fc00000), floats, f32x4.ne(floats, floats)));
  }
}

function encodeBrain(target: usize): void {
  for (let i = 0; i < BLOCK; i += 8) {
    const low = brainsOf(totals + i * 8);
    const high = brainsOf(totals + i * 8 + 32);
    v128.store(target + i * 2, i16x8.narrow_i32x4_u(low, high));
  }
}

/** Four bfloat16 in the low halves of 32-bit lanes. */
@inline
function brainsOf(from: usize): v128 {
  const floats = demote(toOdd(v128.load(from)), toOdd(v128.load(from, 16)));
  const size = v128.and(floats, i32x4.splat(0x7fffffff));
  // 0 wraps around to the largest, so that zeros do not count as subnormal.
  const isSubnormal = i32x4.lt_u(i32x4.sub(size, i32x4.splat(1)), i32x4.splat(0x007fffff));
  if (v128.any_true(isSubnormal)) return tinyBrainsOf(from, floats, isSubnormal);
  return roundBrains(floats);
}

@inline
function roundBrains(floats: v128): v128 {
  const lastBit = v128.and(i32x4.shr_u(floats, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(floats, i32x4.splat(0x7fff)), lastBit), 16);
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, f32x4.ne(floats, floats));
}

/** Last bit of a subnormal bfloat16: 2^-133; that of a float64 from 2^-81 on. */
function tinyBrainsOf(from: usize, floats: v128, isSubnormal: v128): v128 {
  const tiny = roundTiny(from, f64x2.splat(4.1359030627651384e-25));
  return v128.bitselect(tiny, roundBrains(floats), isSubnormal);
}

function encodeHalf(target: usize): void {
  for (let i = 0; i < BLOCK; i += 8) {
    v128.store(target + i * 2, i16x8.narrow_i32x4_u(halvesOf(totals + i * 8), halvesOf(totals + i * 8 + 32)));
  }
}

@inline
function halvesOf(from: usize): v128 {
  const floats = demote(toOdd(v128.load(from)), toOdd(v128.load(from, 16)));
  const size = v128.and(floats, i32x4.splat(0x7fffffff));
  const rebased = i32x4.sub(size, i32x4.splat(0x38000000));
  const lastBit = v128.and(i32x4.shr_u(rebased, 13), i32x4.splat(1));
  let bits = i32x4.shr_u(i32x4.add(i32x4.add(rebased, i32x4.splat(0xfff)), lastBit), 13);
  bits = v128.bitselect(i32x4.splat(0x7c00), bits, i32x4.gt_s(size, i32x4.splat(0x477fefff)));
  bits = v128.or(bits, v128.and(i32x4.shr_u(floats, 16), i32x4.splat(0x8000)));
  bits = v128.bitselect(i32x4.splat(0x7e00), bits, f32x4.ne(floats, floats));
  const isTiny = i32x4.lt_s(size, i32x4.splat(0x38800000));
  // Last bit of a subnormal float16: 2^-24; that of a float64 from 2^28 on.
  if (v128.any_true(isTiny)) return v128.bitselect(roundTiny(from, f64x2.splat(268435456)), bits, isTiny);
  return bits;
}

/** Sizes in last bits of `shift`, to nearest even, with the sign at bit 15: bits of subnormal halves and of zero. */
@inline
function roundTiny(from: usize, shift: v128): v128 {
  const low = v128.load(from);
  const high = v128.load(from, 16);
  const size = lowWords(
    i64x2.sub(f64x2.add(f64x2.abs(low), shift), shift),
    i64x2.sub(f64x2.add(f64x2.abs(high), shift), shift),
  );
  const sign = i32x4.shl(i32x4.shr_u(highWords(low, high), 31), 15);
  return v128.or(size, sign);
}

/** Cuts to 24 bits; the last one is set where any that went was. Adding the mask to the low bits carries then. */
@inline
function toOdd(values: v128): v128 {
  const below = i64x2.splat(0x1fffffff);
  const sticky = i64x2.add(v128.and(values, below), below);
  return v128.andnot(v128.or(values, sticky), below);
}

@inline
function demote(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

@inline
function lowWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

@inline
function highWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}
