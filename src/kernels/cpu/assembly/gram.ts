/** Dots of every pair of operands, or of their deltas, in the order of reduce.ts. */

import { readBlocks } from './decode';
import { deltaAt, promote } from './lanes';
import { BLOCK, blocksOf, operandAt, operandCount, partials, totalsAt, valuesOf } from './layout';
import { addLanes, LANE } from './reduce';

/** Adds the dots of a run onto the K*K totals, row-major; `base` is -1 for none. Twin: gram.wgsl. */
export function gram(count: i32, base: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    for (let k = 0; k < operandCount; k++) if (k != base) readDeltas(k, base);
    for (let a = 0; a < operandCount; a++) {
      for (let b = a; b < operandCount; b++) if (a != base && b != base) addDot(a, b);
    }
  }
}

function readDeltas(index: i32, base: i32): void {
  const values = valuesOf(index);
  const bases = valuesOf(base);
  const to = operandAt(index).deltas;
  if (base < 0) {
    for (let i = 0; i < BLOCK; i += 2) v128.store(to + i * 8, promote(values + i * 4));
  } else {
    for (let i = 0; i < BLOCK; i += 2) v128.store(to + i * 8, deltaAt(values + i * 4, bases + i * 4));
  }
}

function addDot(a: i32, b: i32): void {
  const cell = totalsAt() + (a * operandCount + b) * 8;
  const total = load<f64>(cell) + dotBlock(operandAt(a).deltas, operandAt(b).deltas);
  store<f64>(cell, total);
  store<f64>(totalsAt() + (b * operandCount + a) * 8, total);
}

/** Four lanes at a time, because a sum must wait for the one before it. */
function dotBlock(x: usize, y: usize): f64 {
  for (let lane = 0; lane < BLOCK / LANE; lane += 4) {
    const from = lane * LANE * 8;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let at = from; at < from + LANE * 8; at += 32) {
      a0 = f64x2.add(a0, productAt(x + at, y + at));
      a1 = f64x2.add(a1, productAt(x + at + 16, y + at + 16));
      b0 = f64x2.add(b0, productAt(x + at + LANE * 8, y + at + LANE * 8));
      b1 = f64x2.add(b1, productAt(x + at + LANE * 8 + 16, y + at + LANE * 8 + 16));
      c0 = f64x2.add(c0, productAt(x + at + LANE * 16, y + at + LANE * 16));
      c1 = f64x2.add(c1, productAt(x + at + LANE * 16 + 16, y + at + LANE * 16 + 16));
      d0 = f64x2.add(d0, productAt(x + at + LANE * 24, y + at + LANE * 24));
      d1 = f64x2.add(d1, productAt(x + at + LANE * 24 + 16, y + at + LANE * 24 + 16));
    }
    const to = partials + lane * 32;
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, b0, 32);
    v128.store(to, b1, 48);
    v128.store(to, c0, 64);
    v128.store(to, c1, 80);
    v128.store(to, d0, 96);
    v128.store(to, d1, 112);
  }
  return addLanes(partials);
}

@inline
function productAt(x: usize, y: usize): v128 {
  return f64x2.mul(v128.load(x), v128.load(y));
}
