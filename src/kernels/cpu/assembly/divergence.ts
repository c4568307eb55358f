/** The divergence of rows from the base's: the steps that src/kernels/shared/divergence.ts lists, two elements at a time. */

import { readBlocks } from './decode';
import { promote } from './lanes';
import { BLOCK, blocksOf, tableAt, valuesOf } from './layout';

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** f32 numbers. */
const LOG2_E: f64 = 1.4426950216293335;
const LN2_UPPER: f64 = 0.693145751953125;
const LN2_LOWER: f64 = 0.000001428606765330187;
const SHARE_FLOOR: f64 = 9.99999993922529e-9;
const SQRT_2: f64 = 1.4142135623730951;
/** 1.5 * 2^52, and its bits. */
const ROUNDER: f64 = 6755399441055744;
const ROUNDER_BITS: i64 = 0x4338000000000000;
const LEAST_EXPONENT: f64 = -80;

/**
 * Elements of whole rows of the operand and of the base, so that an element's position modulo 4 is that of its flat
 * index; then the powers of one row of each, eight sums, and the results.
 */
let values: usize = 0;
let baseValues: usize = 0;
let powers: usize = 0;
let basePowers: usize = 0;
let singles: usize = 0;
let results: usize = 0;

/** Bytes of the table for chunks of so many elements in so many rows. */
export function divergenceBytes(chunkElements: i32, rowLength: i32, rows: i32): i32 {
  return (chunkElements + 8) * 8 + (rowLength + 8) * 16 + 32 + rows * 8;
}

/** Lays the table out. */
export function openDivergence(chunkElements: i32, rowLength: i32): void {
  values = tableAt();
  baseValues = values + (chunkElements + 8) * 4;
  powers = baseValues + (chunkElements + 8) * 4;
  basePowers = powers + (rowLength + 8) * 8;
  singles = basePowers + (rowLength + 8) * 8;
  results = singles + 32;
}

/** Puts a run of `count` elements at `position`. */
export function gatherValues(count: i32, operand: i32, base: i32, position: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const to = (position + block * BLOCK) * 4;
    const sizeBytes = min(count - block * BLOCK, BLOCK) * 4;
    memory.copy(values + to, valuesOf(operand), sizeBytes);
    memory.copy(baseValues + to, valuesOf(base), sizeBytes);
  }
}

/** The divergences of `rows` rows, the first of which starts at position `lead` (0 .. 3). Twin: divergence.wgsl. */
export function divergeRows(rows: i32, rowLength: i32, lead: i32): usize {
  for (let row = 0; row < rows; row++) {
    store<f64>(results + row * 8, divergeRow(lead + row * rowLength, rowLength));
  }
  return results;
}

function divergeRow(start: i32, length: i32): f64 {
  const sum = fillPowers(values, start, length, powers);
  const baseSum = fillPowers(baseValues, start, length, basePowers);
  if (sum != sum || baseSum != baseSum) return NaN;
  const inverse = f64x2.splat(<f64>(<f32>1 / sum));
  const baseInverse = f64x2.splat(<f64>(<f32>1 / baseSum));
  let low = f64x2.splat(0);
  let high = low;
  const offset = start & 3;
  for (let i = 0; i < offset + length; i += 4) {
    const inRow = maskOf(i, offset, length);
    for (let half = 0; half < 2; half++) {
      const at = i * 8 + half * 16;
      const p = shareOf(powers + at, inverse);
      const q = shareOf(basePowers + at, baseInverse);
      const term = f64x2.mul(p, logOf(single(f64x2.div(p, q))));
      if (half == 0) low = f64x2.add(low, v128.and(term, i64x2.extend_low_i32x4_s(inRow)));
      else high = f64x2.add(high, v128.and(term, i64x2.extend_high_i32x4_s(inRow)));
    }
  }
  return max(addFour(low, high), 0);
}

/** Rounded to f32. */
@inline
function single(x: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(x));
}

@inline
function shareOf(power: usize, inverse: v128): v128 {
  return single(f64x2.add(single(f64x2.mul(v128.load(power), inverse)), f64x2.splat(SHARE_FLOOR)));
}

/** Masks of which of four elements from `i` on are among the `length` ones from `offset` on. */
@inline
function maskOf(i: i32, offset: i32, length: i32): v128 {
  const index = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(i - offset));
  return i32x4.lt_u(index, i32x4.splat(length));
}

@inline
function addFour(low: v128, high: v128): f64 {
  return (
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    f64x2.extract_lane(high, 0) +
    f64x2.extract_lane(high, 1)
  );
}

/**
 * Writes e^(x - greatest) of the row's `length` elements from `start` on to `to`, 0 around them, from the last multiple
 * of 4 on; returns their sum in f32, NaN when one is not finite.
 */
function fillPowers(from: usize, start: i32, length: i32, to: usize): f32 {
  let greatest: f32 = -Infinity;
  let odd: f32 = 0;
  for (let at = from + start * 4; at < from + (start + length) * 4; at += 4) {
    const x = load<f32>(at);
    greatest = max(greatest, x);
    odd += x - x;
  }
  if (odd != odd) return NaN;
  const offset = start & 3;
  const top = f64x2.splat(<f64>greatest);
  const row = from + (start - offset) * 4;
  let even = f32x4.splat(0);
  let later = even;
  for (let i = 0; i < offset + length; i += 4) {
    const inRow = maskOf(i, offset, length);
    const power0 = expOf(single(f64x2.sub(promote(row + i * 4), top)));
    const power1 = expOf(single(f64x2.sub(promote(row + i * 4 + 8), top)));
    const kept0 = v128.and(power0, i64x2.extend_low_i32x4_s(inRow));
    const kept1 = v128.and(power1, i64x2.extend_high_i32x4_s(inRow));
    v128.store(to + i * 8, kept0);
    v128.store(to + i * 8, kept1, 16);
    const four = v128.shuffle<f32>(f32x4.demote_f64x2_zero(kept0), f32x4.demote_f64x2_zero(kept1), 0, 1, 4, 5);
    if ((i & 4) == 0) even = f32x4.add(even, four);
    else later = f32x4.add(later, four);
  }
  v128.store(singles, even);
  v128.store(singles, later, 16);
  return addEight(offset);
}

/** The eight sums by halves, of which the first is that of the place `offset`. */
function addEight(offset: i32): f32 {
  return (
    singleAt(offset) + singleAt(offset + 4) + (singleAt(offset + 2) + singleAt(offset + 6)) +
    (singleAt(offset + 1) + singleAt(offset + 5) + (singleAt(offset + 3) + singleAt(offset + 7)))
  );
}

@inline
function singleAt(place: i32): f32 {
  return load<f32>(singles + (place & 7) * 4);
}

@inline
function step(sum: v128, x: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, x), f64x2.splat(coefficient));
}

/** A step whose product and sum are rounded to f32 together. */
@inline
function singleStep(sum: v128, x: v128, coefficient: f64): v128 {
  return single(step(sum, x, coefficient));
}

/** e^y for an f32 y <= 0, as f32. */
@inline
function expOf(y: v128): v128 {
  const rounder = f64x2.splat(ROUNDER);
  const one = f64x2.splat(1);
  const shifted = f64x2.add(single(f64x2.mul(y, f64x2.splat(LOG2_E))), rounder);
  const k = f64x2.sub(shifted, rounder);
  const upper = single(f64x2.sub(y, f64x2.mul(k, f64x2.splat(LN2_UPPER))));
  const r = single(f64x2.sub(upper, f64x2.mul(k, f64x2.splat(LN2_LOWER))));
  let sum = f64x2.splat(0.00019852761761285365);
  sum = singleStep(sum, r, 0.0013930435525253415);
  sum = singleStep(sum, r, 0.008333360776305199);
  sum = singleStep(sum, r, 0.041666485369205475);
  sum = singleStep(sum, r, 0.1666666716337204);
  sum = singleStep(sum, r, 0.5);
  const rest = single(f64x2.add(f64x2.mul(single(f64x2.mul(r, r)), sum), r));
  const power = single(f64x2.add(one, rest));
  // The low bits of `shifted` are k's: 2^k has them, biased, in its exponent.
  const scale = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return v128.andnot(f64x2.mul(power, scale), f64x2.lt(y, f64x2.splat(LEAST_EXPONENT)));
}

/** ln t for a normal t > 0. */
@inline
function logOf(t: v128): v128 {
  const one = f64x2.splat(1);
  const bits = v128.or(v128.and(t, i64x2.splat(0x000fffffffffffff)), one);
  const isHigh = f64x2.ge(bits, f64x2.splat(SQRT_2));
  const fraction = v128.bitselect(f64x2.mul(bits, f64x2.splat(0.5)), bits, isHigh);
  const exponent = i64x2.sub(i64x2.sub(i64x2.shr_u(t, 52), i64x2.splat(1023)), isHigh);
  const e = f64x2.sub(i64x2.add(exponent, i64x2.splat(ROUNDER_BITS)), f64x2.splat(ROUNDER));
  const s = f64x2.div(f64x2.sub(fraction, one), f64x2.add(fraction, one));
  const z = f64x2.mul(s, s);
  let sum = f64x2.splat(1.0 / 21.0);
  sum = step(sum, z, 1.0 / 19.0);
  sum = step(sum, z, 1.0 / 17.0);
  sum = step(sum, z, 1.0 / 15.0);
  sum = step(sum, z, 1.0 / 13.0);
  sum = step(sum, z, 1.0 / 11.0);
  sum = step(sum, z, 1.0 / 9.0);
  sum = step(sum, z, 1.0 / 7.0);
  sum = step(sum, z, 1.0 / 5.0);
  sum = step(sum, z, 1.0 / 3.0);
  const w = f64x2.mul(z, sum);
  const s2 = f64x2.add(s, s);
  const low = f64x2.add(f64x2.mul(s2, w), f64x2.mul(e, f64x2.splat(LN2_LOW)));
  return f64x2.add(f64x2.mul(e, f64x2.splat(LN2_HIGH)), f64x2.add(s2, low));
}
