/** L1 norms of deltas, whole and kept, and the count of kept elements, in the order of reduce.ts. */

import { readBlocks } from './decode';
import { keepBlock } from './keep';
import { deltaAt, highMasks, lowMasks } from './lanes';
import { BLOCK, blocksOf, partials, Rule, ruleAt, ruleCount, valuesOf } from './layout';
import { addLanes, COLUMN_SUMS, LANE } from './reduce';

/** Where the sums of rule `index` start from: those of the elements before the tile. */
export function setSums(index: i32, absAll: f64, absKept: f64, keptCount: f64): void {
  const rule = ruleAt(index);
  rule.absAll = absAll;
  rule.absKept = absKept;
  rule.keptCount = keptCount;
}

export function absAllOf(index: i32): f64 {
  return ruleAt(index).absAll;
}

export function absKeptOf(index: i32): f64 {
  return ruleAt(index).absKept;
}

export function keptCountOf(index: i32): f64 {
  return ruleAt(index).keptCount;
}

/**
 * Adds a run of `count` elements, which starts at flat index `first`, to the sums of every rule. Twin: sums.wgsl.
 */
export function sums(count: i32, first: f64, base: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    const from = block * BLOCK;
    readBlocks(block);
    for (let r = 0; r < ruleCount; r++) {
      const rule = ruleAt(r);
      keepBlock(rule, base, first + from);
      const rest = count - from;
      if (rest < BLOCK) memory.fill(rule.masks + rest * 4, 0, (BLOCK - rest) * 4);
      sumBlock(rule, valuesOf(base));
    }
  }
}

/** Two lanes at a time, because a sum must wait for the one before it. */
function sumBlock(rule: Rule, bases: usize): void {
  const values = rule.values;
  const allSums = partials;
  const keptSums = partials + COLUMN_SUMS * 8;
  let counts = i32x4.splat(0);
  for (let lane = 0; lane < BLOCK / LANE; lane += 2) {
    const from = lane * LANE * 4;
    let allA0 = f64x2.splat(0);
    let allA1 = allA0;
    let allB0 = allA0;
    let allB1 = allA0;
    let keptA0 = allA0;
    let keptA1 = allA0;
    let keptB0 = allA0;
    let keptB1 = allA0;
    for (let at = from; at < from + LANE * 4; at += 16) {
      const maskA = v128.load(rule.masks + at);
      const maskB = v128.load(rule.masks + at + LANE * 4);
      const a0 = f64x2.abs(deltaAt(values + at, bases + at));
      const a1 = f64x2.abs(deltaAt(values + at + 8, bases + at + 8));
      const b0 = f64x2.abs(deltaAt(values + at + LANE * 4, bases + at + LANE * 4));
      const b1 = f64x2.abs(deltaAt(values + at + LANE * 4 + 8, bases + at + LANE * 4 + 8));
      allA0 = f64x2.add(allA0, a0);
      allA1 = f64x2.add(allA1, a1);
      allB0 = f64x2.add(allB0, b0);
      allB1 = f64x2.add(allB1, b1);
      // Masked, not multiplied: NaN and infinity times 0 is NaN.
      keptA0 = f64x2.add(keptA0, v128.and(a0, lowMasks(maskA)));
      keptA1 = f64x2.add(keptA1, v128.and(a1, highMasks(maskA)));
      keptB0 = f64x2.add(keptB0, v128.and(b0, lowMasks(maskB)));
      keptB1 = f64x2.add(keptB1, v128.and(b1, highMasks(maskB)));
      counts = i32x4.sub(i32x4.sub(counts, maskA), maskB);
    }
    storeLanes(allSums + lane * 32, allA0, allA1, allB0, allB1);
    storeLanes(keptSums + lane * 32, keptA0, keptA1, keptB0, keptB1);
  }
  rule.absAll += addLanes(allSums);
  rule.absKept += addLanes(keptSums);
  rule.keptCount += <f64>(
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

@inline
function storeLanes(to: usize, a0: v128, a1: v128, b0: v128, b1: v128): void {
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to, b0, 32);
  v128.store(to, b1, 48);
}
