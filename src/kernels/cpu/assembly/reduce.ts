/**
 * Sums in a fixed order, so that they depend neither on the tile size nor on the engine: a block of 4096 elements is 64
 * lanes of 64 consecutive elements in 16 rows of four; a lane adds its rows in order, one sum per column; the 256 sums
 * are added as a tree, blocks in order onto what came before. Twin: lib/reduce.wgsl.
 */

import { deltaAt, highMasks, lowMasks } from './lanes';
import { BLOCK, partials } from './layout';

/** What is summed: products of the f64 at `x` and `y`, or of the f32 at `x` minus those at `y` their size or square. */
export const PRODUCT: i32 = 0;
export const ABSOLUTE: i32 = 1;
export const SQUARE: i32 = 2;

/** Elements of a lane. */
const LANE: i32 = 64;
const COLUMN_SUMS: i32 = 256;

/** Sum of a block's terms. Four lanes at a time, because a sum must wait for the one before it. */
@inline
export function sumBlock(term: i32, x: usize, y: usize): f64 {
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
      a0 = f64x2.add(a0, termAt(term, x, y, i));
      a1 = f64x2.add(a1, termAt(term, x, y, i + 2));
      b0 = f64x2.add(b0, termAt(term, x, y, i + LANE));
      b1 = f64x2.add(b1, termAt(term, x, y, i + LANE + 2));
      c0 = f64x2.add(c0, termAt(term, x, y, i + LANE * 2));
      c1 = f64x2.add(c1, termAt(term, x, y, i + LANE * 2 + 2));
      d0 = f64x2.add(d0, termAt(term, x, y, i + LANE * 3));
      d1 = f64x2.add(d1, termAt(term, x, y, i + LANE * 3 + 2));
    }
    storeLanes(partials + lane * 32, a0, a1, b0, b1);
    storeLanes(partials + lane * 32 + 64, c0, c1, d0, d1);
  }
  return addLanes(partials);
}

/**
 * Sums of a block's terms, of all and of those whose 32-bit mask at `masks` is set: the first is returned, the second
 * left at `keptSum`. Two lanes at a time.
 */
@inline
export function sumBlocks(term: i32, x: usize, y: usize, masks: usize): f64 {
  const kept = partials + COLUMN_SUMS * 8;
  for (let lane = 0; lane < BLOCK / LANE; lane += 2) {
    const first = lane * LANE;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let keptA0 = a0;
    let keptA1 = a0;
    let keptB0 = a0;
    let keptB1 = a0;
    for (let i = first; i < first + LANE; i += 4) {
      const termA0 = termAt(term, x, y, i);
      const termA1 = termAt(term, x, y, i + 2);
      const termB0 = termAt(term, x, y, i + LANE);
      const termB1 = termAt(term, x, y, i + LANE + 2);
      const maskA = v128.load(masks + i * 4);
      const maskB = v128.load(masks + (i + LANE) * 4);
      a0 = f64x2.add(a0, termA0);
      a1 = f64x2.add(a1, termA1);
      b0 = f64x2.add(b0, termB0);
      b1 = f64x2.add(b1, termB1);
      // Masked, not multiplied by 0: NaN and infinity times 0 is NaN.
      keptA0 = f64x2.add(keptA0, v128.and(termA0, lowMasks(maskA)));
      keptA1 = f64x2.add(keptA1, v128.and(termA1, highMasks(maskA)));
      keptB0 = f64x2.add(keptB0, v128.and(termB0, lowMasks(maskB)));
      keptB1 = f64x2.add(keptB1, v128.and(termB1, highMasks(maskB)));
    }
    storeLanes(partials + lane * 32, a0, a1, b0, b1);
    storeLanes(kept + lane * 32, keptA0, keptA1, keptB0, keptB1);
  }
  keptSum = addLanes(kept);
  return addLanes(partials);
}

/** What `sumBlocks` found last. */
export let keptSum: f64 = 0;

/** Terms of elements `i` and `i + 1`. */
@inline
function termAt(term: i32, x: usize, y: usize, i: i32): v128 {
  if (term == PRODUCT) return f64x2.mul(v128.load(x + i * 8), v128.load(y + i * 8));
  const delta = deltaAt(x + i * 4, y + i * 4);
  return term == ABSOLUTE ? f64x2.abs(delta) : f64x2.mul(delta, delta);
}

@inline
function storeLanes(to: usize, a0: v128, a1: v128, b0: v128, b1: v128): void {
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to, b0, 32);
  v128.store(to, b1, 48);
}

/** Adds 256 sums as a tree, in place. Twin: addLanes in lib/reduce.wgsl. */
function addLanes(sums: usize): f64 {
  for (let stride: usize = COLUMN_SUMS / 2; stride > 1; stride >>= 1) {
    for (let at = sums; at < sums + stride * 8; at += 16) {
      v128.store(at, f64x2.add(v128.load(at), v128.load(at + stride * 8)));
    }
  }
  return load<f64>(sums) + load<f64>(sums, 8);
}
