/** Output elements chosen or made from the operands' elements at their place, in f64. */

import { readBlocks } from './decode';
import { encodeBlock } from './encode';
import { deltaAt, highMasks, lowMasks, promote } from './lanes';
import {
  BLOCK,
  blocksOf,
  OPERAND_BYTES,
  Operand,
  operandAt,
  operandCount,
  operands,
  outputBlock,
  totals,
  valuesOf,
} from './layout';
import { activeAt } from './overlaps';

/** base + min(1, t / max(|x - base|, 1e-6)) (x - base). Twin: pick-near.wgsl. */
export function pickNear(count: i32, base: i32, operand: i32, t: f64, out: i32): void {
  const one = f64x2.splat(1);
  const least = f64x2.splat(1e-6);
  const limit = f64x2.splat(t);
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const x = valuesOf(operand);
    const bases = valuesOf(base);
    for (let i = 0; i < BLOCK; i += 2) {
      const delta = deltaAt(x + i * 4, bases + i * 4);
      const share = f64x2.min(one, f64x2.div(limit, f64x2.max(f64x2.abs(delta), least)));
      v128.store(totals + i * 8, f64x2.add(promote(bases + i * 4), f64x2.mul(share, delta)));
    }
    encodeBlock(out, outputBlock(block, out));
  }
}

/** A term where its mask is set, else the neutral element of addition. */
@inline
function termOrNone(term: v128, mask: v128): v128 {
  return v128.bitselect(term, f64x2.splat(-0.0), mask);
}

/**
 * base + coefficient * delta where one operand is active, base + the mean of the active deltas where several are, else
 * base. `threshold` is f32 bits. Twin: pick-active.wgsl.
 */
export function pickActive(count: i32, base: i32, threshold: i32, out: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const bases = valuesOf(base);
    for (let i = 0; i < BLOCK; i += 4) mixActive(base, bases + i * 4, i, threshold);
    encodeBlock(out, outputBlock(block, out));
  }
}

@inline
function mixActive(base: i32, bases: usize, i: i32, threshold: i32): void {
  let number = i32x4.splat(0);
  let sum0 = f64x2.splat(-0.0);
  let sum1 = sum0;
  let single0 = sum0;
  let single1 = sum0;
  for (let k = 0; k < operandCount; k++) {
    if (k == base) continue;
    const operand = operandAt(k);
    const x = operand.values + i * 4;
    const active = activeAt(x, bases, threshold);
    const factor = f64x2.splat(operand.coefficient);
    const delta0 = deltaAt(x, bases);
    const delta1 = deltaAt(x + 8, bases + 8);
    number = i32x4.sub(number, active);
    sum0 = f64x2.add(sum0, termOrNone(delta0, lowMasks(active)));
    sum1 = f64x2.add(sum1, termOrNone(delta1, highMasks(active)));
    single0 = f64x2.add(single0, termOrNone(f64x2.mul(factor, delta0), lowMasks(active)));
    single1 = f64x2.add(single1, termOrNone(f64x2.mul(factor, delta1), highMasks(active)));
  }
  const isSingle = i32x4.eq(number, i32x4.splat(1));
  const numbers = i32x4.max_s(number, i32x4.splat(1));
  const mean0 = f64x2.div(sum0, f64x2.convert_low_i32x4_s(numbers));
  const mean1 = f64x2.div(sum1, f64x2.convert_low_i32x4_s(i64x2.shuffle(numbers, numbers, 1, 1)));
  const to = totals + i * 8;
  v128.store(to, f64x2.add(promote(bases), v128.bitselect(single0, mean0, lowMasks(isSingle))));
  v128.store(to, f64x2.add(promote(bases + 8), v128.bitselect(single1, mean1, highMasks(isSingle))), 16);
}

/** base + the coefficient * delta of largest magnitude, the first of equal ones; NaN is the largest. Twin: pick-farthest.wgsl. */
export function pickFarthest(count: i32, base: i32, out: i32): void {
  const end = operands + operandCount * OPERAND_BYTES;
  const skipped = changetype<usize>(operandAt(base));
  const first = operands == skipped ? operands + OPERAND_BYTES : operands;
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const bases = valuesOf(base);
    for (let i = 0; i < BLOCK; i += 2) {
      let best = f64x2.splat(-0.0);
      if (first < end) best = weightedAt(first, bases, i);
      for (let at = first + OPERAND_BYTES; at < end; at += OPERAND_BYTES) {
        if (at == skipped) continue;
        const term = weightedAt(at, bases, i);
        const notAbove = f64x2.le(f64x2.abs(term), f64x2.abs(best));
        const isNan = f64x2.ne(best, best);
        best = v128.bitselect(best, term, v128.or(notAbove, isNan));
      }
      v128.store(totals + i * 8, f64x2.add(promote(bases + i * 4), best));
    }
    encodeBlock(out, outputBlock(block, out));
  }
}

@inline
function weightedAt(at: usize, bases: usize, i: i32): v128 {
  const operand = changetype<Operand>(at);
  return f64x2.mul(f64x2.splat(operand.coefficient), deltaAt(operand.values + i * 4, bases + i * 4));
}
