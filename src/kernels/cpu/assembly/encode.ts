/**
 * float64 to float32, float16, bfloat16 and the float8s with one rounding to nearest even.
 *
 * What is shorter than a float32 is rounded where it stands, in the bits of the float64: all but half a last bit is
 * added, and the rest of it where the last bit is set. Below the least normal there are fewer bits to keep, so such
 * elements are rounded by adding a power of two whose last bit is the element's.
 */

import { BF16, BLOCK, F8_E4M3, F8_E5M2, F16, totals } from './layout';

/** Writes `totals` as a block of elements to `target`; NaN as the canonical one. Twin: encode in lib/dtypes.wgsl. */
export function encodeBlock(dtype: i32, target: usize): void {
  // Last bits of subnormals: 2^-133, 2^-24, 2^-9 and 2^-16; those of a float64 from 2^-81, 2^28, 2^43 and 2^36 on.
  if (dtype == BF16) encodeShort(target, 2, 7, 1023 - 127, 0x7f80, 0x7fc0, 4.1359030627651384e-25);
  else if (dtype == F16) encodeShort(target, 2, 10, 1023 - 15, 0x7c00, 0x7e00, 268435456);
  else if (dtype == F8_E4M3) encodeShort(target, 1, 3, 1023 - 7, 0x7f, 0x7f, 8796093022208);
  else if (dtype == F8_E5M2) encodeShort(target, 1, 2, 1023 - 15, 0x7c, 0x7f, 68719476736);
  else encodeFloats(target);
}

function encodeFloats(target: usize): void {
  for (let i = 0; i < BLOCK; i += 4) {
    const low = f32x4.demote_f64x2_zero(v128.load(totals + i * 8));
    const high = f32x4.demote_f64x2_zero(v128.load(totals + i * 8, 16));
    const floats = i64x2.shuffle(low, high, 0, 2);
    v128.store(target + i * 4, v128.bitselect(i32x4.splat(0x7fc00000), floats, f32x4.ne(floats, floats)));
  }
}

/**
 * `width` is that of an element in bytes, `rebias` the difference of the exponents' biases, `overflow` and `nan` what
 * numbers past the greatest and NaN become; where they are the same, it has no sign. `shift` is for `specialShorts`.
 */
@inline
function encodeShort(
  target: usize,
  width: i32,
  fractionBits: i32,
  rebias: i32,
  overflow: i32,
  nan: i32,
  shift: f64,
): void {
  const least = i32x4.splat(1 << fractionBits);
  const normals = i32x4.splat(overflow - (1 << fractionBits) - 1);
  for (let i = 0; i < BLOCK; i += 8) {
    const from = totals + i * 8;
    const words0 = roundedWords(from, fractionBits);
    const words1 = roundedWords(from + 32, fractionBits);
    const sizes0 = sizesOf(words0, fractionBits, rebias);
    const sizes1 = sizesOf(words1, fractionBits, rebias);
    let bits0 = v128.or(sizes0, signsOf(words0, width));
    let bits1 = v128.or(sizes1, signsOf(words1, width));
    const worst = i32x4.max_u(i32x4.sub(sizes0, least), i32x4.sub(sizes1, least));
    if (v128.any_true(i32x4.gt_u(worst, normals))) {
      bits0 = specialShorts(from, sizes0, width, fractionBits, overflow, nan, shift);
      bits1 = specialShorts(from + 32, sizes1, width, fractionBits, overflow, nan, shift);
    }
    const halves = i16x8.narrow_i32x4_u(bits0, bits1);
    if (width == 2) v128.store(target + i * 2, halves);
    else v128.store64_lane(target + i, i8x16.narrow_i16x8_u(halves, halves), 0);
  }
}

/** High words of four f64, rounded to so many bits of their fractions; the bits below those are to be ignored. */
@inline
function roundedWords(from: usize, fractionBits: i32): v128 {
  const dropped = 52 - fractionBits;
  const belowHalf = i64x2.splat(((<i64>1) << (dropped - 1)) - 1);
  const one = i64x2.splat(1);
  const low = v128.load(from);
  const high = v128.load(from, 16);
  return highWords(
    i64x2.add(i64x2.add(low, belowHalf), v128.and(i64x2.shr_u(low, dropped), one)),
    i64x2.add(i64x2.add(high, belowHalf), v128.and(i64x2.shr_u(high, dropped), one)),
  );
}

/** Exponents and fractions as a short element has them, when it is a normal one. */
@inline
function sizesOf(words: v128, fractionBits: i32, rebias: i32): v128 {
  const sizes = i32x4.shr_u(v128.and(words, i32x4.splat(0x7fffffff)), 20 - fractionBits);
  return i32x4.sub(sizes, i32x4.splat(rebias << fractionBits));
}

/** Bits 31 at the highest bits of elements. */
@inline
function signsOf(words: v128, width: i32): v128 {
  return width == 2
    ? v128.and(i32x4.shr_u(words, 16), i32x4.splat(0x8000))
    : v128.and(i32x4.shr_u(words, 24), i32x4.splat(0x80));
}

/** Four elements of any kind. `shift` is the power of two whose last bit as a f64 is that of a subnormal element. */
function specialShorts(
  from: usize,
  sizes: v128,
  width: i32,
  fractionBits: i32,
  overflow: i32,
  nan: i32,
  shift: f64,
): v128 {
  const low = v128.load(from);
  const high = v128.load(from, 16);
  const shifts = f64x2.splat(shift);
  const tiny = lowWords(
    i64x2.sub(f64x2.add(f64x2.abs(low), shifts), shifts),
    i64x2.sub(f64x2.add(f64x2.abs(high), shifts), shifts),
  );
  const isTiny = i32x4.lt_s(sizes, i32x4.splat(1 << fractionBits));
  const isGreat = i32x4.ge_s(sizes, i32x4.splat(overflow));
  let bits = v128.bitselect(tiny, sizes, isTiny);
  bits = v128.bitselect(i32x4.splat(overflow), bits, isGreat);
  bits = v128.or(bits, signsOf(highWords(low, high), width));
  let isNan = lowWords(f64x2.ne(low, low), f64x2.ne(high, high));
  if (overflow == nan) isNan = v128.or(isNan, isGreat);
  return v128.bitselect(i32x4.splat(nan), bits, isNan);
}

@inline
function lowWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

@inline
function highWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}
