/** The mean of what is left of the operands' elements when the smallest and the largest are taken away. */

import { readBlocks } from './decode';
import { encodeBlock } from './encode';
import { highMasks, lowMasks, promote } from './lanes';
import { BLOCK, blocksOf, operandAt, operandCount, outputBlock, totals, valuesOf } from './layout';

/** base + lambda * (mean - base), or with `base` -1 the mean. Twin: pick-trimmed.wgsl. */
export function pickTrimmed(count: i32, base: i32, trim: i32, lambda: f64, out: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    for (let k = 0; k < operandCount; k++) if (k != base) writeKeys(k);
    for (let i = 0; i < BLOCK; i += 4) meanOfRest(base, trim, i);
    if (base >= 0) moveTowards(valuesOf(base), lambda);
    encodeBlock(out, outputBlock(block, out));
  }
}

/** Integers that order as the operand's elements do, to its `wide`: zeros are equal, NaN is the largest. */
function writeKeys(index: i32): void {
  const operand = operandAt(index);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const x = v128.load(operand.values + i);
    // Numbers below zero have all bits but the sign turned over; adding 0 makes -0 a 0.
    const bits = f32x4.add(x, f32x4.splat(0));
    const key = v128.xor(bits, i32x4.shr_u(i32x4.shr_s(bits, 31), 1));
    v128.store(operand.wide + i, v128.bitselect(i32x4.splat(0x7fffffff), key, f32x4.ne(x, x)));
  }
}

@inline
function meanOfRest(base: i32, trim: i32, i: i32): void {
  const left = operandCount - (base < 0 ? 0 : 1) - 2 * trim;
  let sum0 = f64x2.splat(-0.0);
  let sum1 = sum0;
  for (let k = 0; k < operandCount; k++) {
    if (k == base) continue;
    const rank = rankOf(k, base, i);
    const fromTrim = i32x4.sub(rank, i32x4.splat(trim));
    const isLeft = i32x4.lt_u(fromTrim, i32x4.splat(left));
    const x = operandAt(k).values + i * 4;
    sum0 = f64x2.add(sum0, v128.bitselect(promote(x), f64x2.splat(-0.0), lowMasks(isLeft)));
    sum1 = f64x2.add(sum1, v128.bitselect(promote(x + 8), f64x2.splat(-0.0), highMasks(isLeft)));
  }
  const number = f64x2.splat(<f64>left);
  v128.store(totals + i * 8, f64x2.div(sum0, number));
  v128.store(totals + i * 8, f64x2.div(sum1, number), 16);
}

/** How many operands come before operand `index` at four elements: smaller ones, and equal ones with a lower index. */
@inline
function rankOf(index: i32, base: i32, i: i32): v128 {
  const key = v128.load(operandAt(index).wide + i * 4);
  let rank = i32x4.splat(0);
  for (let k = 0; k < operandCount; k++) {
    if (k == base || k == index) continue;
    const other = v128.load(operandAt(k).wide + i * 4);
    rank = i32x4.sub(rank, k < index ? i32x4.le_s(other, key) : i32x4.lt_s(other, key));
  }
  return rank;
}

function moveTowards(bases: usize, lambda: f64): void {
  const share = f64x2.splat(lambda);
  for (let i = 0; i < BLOCK; i += 2) {
    const base = promote(bases + i * 4);
    const way = f64x2.sub(v128.load(totals + i * 8), base);
    v128.store(totals + i * 8, f64x2.add(base, f64x2.mul(share, way)));
  }
}
