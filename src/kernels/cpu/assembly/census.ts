/** What a merge must not spread (NaN, infinity), whether there is anything but zeros, and the sum of squares. */

import { readBlocks } from './decode';
import { BLOCK, blocksOf, valuesOf } from './layout';

const INFINITY_BITS: i32 = 0x7f800000;

let nanCount: f64 = 0;
let infiniteCount: f64 = 0;
let largest: i32 = 0;
let squares: f64 = 0;

export function openCensus(): void {
  nanCount = 0;
  infiniteCount = 0;
  largest = 0;
  squares = 0;
}

export function nanCountOf(): f64 {
  return nanCount;
}

export function infiniteCountOf(): f64 {
  return infiniteCount;
}

/** Bits of the largest magnitude, as f32. */
export function largestOf(): i32 {
  return largest;
}

export function squaresOf(): f64 {
  return squares;
}

/** Adds a run of `count` elements of operand 0. */
export function census(count: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    addBlock(valuesOf(0));
  }
}

/** A block's squares are added in f32, in 16 sums, which leaves six digits; a block with large numbers goes the long way. */
function addBlock(values: usize): void {
  const sizeBits = i32x4.splat(0x7fffffff);
  let most = i32x4.splat(0);
  let sumA = f32x4.splat(0);
  let sumB = sumA;
  let sumC = sumA;
  let sumD = sumA;
  for (let at = values; at < values + BLOCK * 4; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const ab = i32x4.max_s(v128.and(a, sizeBits), v128.and(b, sizeBits));
    const cd = i32x4.max_s(v128.and(c, sizeBits), v128.and(d, sizeBits));
    most = i32x4.max_s(most, i32x4.max_s(ab, cd));
    sumA = f32x4.add(sumA, f32x4.mul(a, a));
    sumB = f32x4.add(sumB, f32x4.mul(b, b));
    sumC = f32x4.add(sumC, f32x4.mul(c, c));
    sumD = f32x4.add(sumD, f32x4.mul(d, d));
  }
  const blockMost = max(
    max(i32x4.extract_lane(most, 0), i32x4.extract_lane(most, 1)),
    max(i32x4.extract_lane(most, 2), i32x4.extract_lane(most, 3)),
  );
  largest = max(largest, blockMost);
  const sum = f32x4.add(f32x4.add(sumA, sumB), f32x4.add(sumC, sumD));
  const total =
    <f64>f32x4.extract_lane(sum, 0) +
    <f64>f32x4.extract_lane(sum, 1) +
    <f64>f32x4.extract_lane(sum, 2) +
    <f64>f32x4.extract_lane(sum, 3);
  if (blockMost < INFINITY_BITS && isFinite(total)) squares += total;
  else addSlowly(values);
}

function addSlowly(values: usize): void {
  for (let i = 0; i < BLOCK; i++) {
    const value = <f64>load<f32>(values + i * 4);
    if (isNaN(value)) nanCount++;
    else if (!isFinite(value)) infiniteCount++;
    else squares += value * value;
  }
}
