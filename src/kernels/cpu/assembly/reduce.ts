/**
 * Sums in a fixed order, so that they depend neither on the tile size nor on the engine: a block of 4096 elements is 64
 * lanes of 64 consecutive elements in 16 rows of four; a lane adds its rows in order, one sum per column; the 256 sums
 * are added as a tree, blocks in order onto what came before. Twin: lib/reduce.wgsl.
 */

import { deltaAt } from './lanes';
import { BLOCK, partials } from './layout';

/** What is summed: products of the f64 at `x` and `y`, or of the f32 at `x` minus those at `y` their size or square. */
export const PRODUCT: i32 = 0;
export const ABSOLUTE: i32 = 1;
export const SQUARE: i32 = 2;

/** Elements of a lane. */
const LANE: i32 = 64;
const COLUMN_SUMS: i32 = 256;

/**
 * Sum of a block's terms; with `masked` only of those whose 32-bit mask at `masks` is set. Four lanes at a time, because
 * a sum must wait for the one before it.
 */
@inline
export function sumBlock(term: i32, masked: bool, x: usize, y: usize, masks: usize): f64 {
  for (let lane = 0; lane < BLOCK / LANE; lane += 4) {
    const first = lane * LANE;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let i = first; i < first + LANE; i += 4) {
      a0 = f64x2.add(a0, termAt(term, masked, x, y, masks, i));
      a1 = f64x2.add(a1, termAt(term, masked, x, y, masks, i + 2));
      b0 = f64x2.add(b0, termAt(term, masked, x, y, masks, i + LANE));
      b1 = f64x2.add(b1, termAt(term, masked, x, y, masks, i + LANE + 2));
      c0 = f64x2.add(c0, termAt(term, masked, x, y, masks, i + LANE * 2));
      c1 = f64x2.add(c1, termAt(term, masked, x, y, masks, i + LANE * 2 + 2));
      d0 = f64x2.add(d0, termAt(term, masked, x, y, masks, i + LANE * 3));
      d1 = f64x2.add(d1, termAt(term, masked, x, y, masks, i + LANE * 3 + 2));
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
  return addLanes();
}

/** Terms of elements `i` and `i + 1`. Masked, not multiplied by 0: NaN and infinity times 0 is NaN. */
@inline
function termAt(term: i32, masked: bool, x: usize, y: usize, masks: usize, i: i32): v128 {
  let value: v128;
  if (term == PRODUCT) value = f64x2.mul(v128.load(x + i * 8), v128.load(y + i * 8));
  else {
    const delta = deltaAt(x + i * 4, y + i * 4);
    value = term == ABSOLUTE ? f64x2.abs(delta) : f64x2.mul(delta, delta);
  }
  return masked ? v128.and(value, v128.load32x2_s(masks + i * 4)) : value;
}

/** Adds the 256 sums as a tree, in place. Twin: addLanes in lib/reduce.wgsl. */
function addLanes(): f64 {
  for (let stride: usize = COLUMN_SUMS / 2; stride > 1; stride >>= 1) {
    for (let at = partials; at < partials + stride * 8; at += 16) {
      v128.store(at, f64x2.add(v128.load(at), v128.load(at + stride * 8)));
    }
  }
  return load<f64>(partials) + load<f64>(partials, 8);
}
