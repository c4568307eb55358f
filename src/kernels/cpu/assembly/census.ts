/** Counts of the values that a merge must not spread, and the sum of squares, of one operand. */

import { readBlocks } from './decode';
import { promote, sumLanes } from './lanes';
import { BLOCK, blocksOf, valuesOf } from './layout';

const INFINITY_BITS: i32 = 0x7f800000;

let nanCount: f64 = 0;
let infiniteCount: f64 = 0;
let nonzeroCount: f64 = 0;
let squares: f64 = 0;

export function openCensus(): void {
  nanCount = 0;
  infiniteCount = 0;
  nonzeroCount = 0;
  squares = 0;
}

export function nanCountOf(): f64 {
  return nanCount;
}

export function infiniteCountOf(): f64 {
  return infiniteCount;
}

export function nonzeroCountOf(): f64 {
  return nonzeroCount;
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

function addBlock(values: usize): void {
  const sizeBits = i32x4.splat(0x7fffffff);
  const infinity = i32x4.splat(INFINITY_BITS);
  const zero = i32x4.splat(0);
  let nans = zero;
  let infinities = zero;
  let zeros = zero;
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  for (let i = 0; i < BLOCK; i += 4) {
    const at = values + i * 4;
    const size = v128.and(v128.load(at), sizeBits);
    zeros = i32x4.sub(zeros, i32x4.eq(size, zero));
    if (v128.any_true(i32x4.ge_s(size, infinity))) {
      nans = i32x4.sub(nans, i32x4.gt_s(size, infinity));
      infinities = i32x4.sub(infinities, i32x4.eq(size, infinity));
      for (let lane = 0; lane < 4; lane++) {
        const value = <f64>load<f32>(at + lane * 4);
        if (isFinite(value)) squares += value * value;
      }
      continue;
    }
    const x0 = promote(at);
    const x1 = promote(at + 8);
    sum0 = f64x2.add(sum0, f64x2.mul(x0, x0));
    sum1 = f64x2.add(sum1, f64x2.mul(x1, x1));
  }
  nanCount += <f64>sumLanes(nans);
  infiniteCount += <f64>sumLanes(infinities);
  nonzeroCount += <f64>(BLOCK - sumLanes(zeros));
  const sum = f64x2.add(sum0, sum1);
  squares += f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
