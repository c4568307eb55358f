/** Sums over deltas, whole and kept, and the count of kept elements, in the order of reduce.ts. */

import { readBlocks } from './decode';
import { keepBlock, packBits } from './keep';
import { sumLanes } from './lanes';
import { BLOCK, blocksOf, ruleAt, ruleCount, valuesOf } from './layout';
import { ABSOLUTE, keptSum, SQUARE, sumBlocks } from './reduce';
import { scoreBlocks } from './score';

/** Where the sums of rule `index` start from: those of the elements before the tile. */
export function setSums(index: i32, all: f64, kept: f64, keptCount: f64): void {
  const rule = ruleAt(index);
  rule.all = all;
  rule.kept = kept;
  rule.keptCount = keptCount;
}

export function allOf(index: i32): f64 {
  return ruleAt(index).all;
}

export function keptOf(index: i32): f64 {
  return ruleAt(index).kept;
}

export function keptCountOf(index: i32): f64 {
  return ruleAt(index).keptCount;
}

/**
 * Adds a run of `count` elements, which starts at flat index `first`, to the sums of every rule: of |delta|, or of
 * delta^2 with `squares`. Twin: sums.wgsl.
 */
export function sums(count: i32, first: f64, base: i32, squares: bool): void {
  const bases = valuesOf(base);
  for (let block = 0; block < blocksOf(count); block++) {
    const from = block * BLOCK;
    readBlocks(block);
    scoreBlocks(block, count);
    for (let r = 0; r < ruleCount; r++) {
      const rule = ruleAt(r);
      keepBlock(rule, block, first + from);
      const rest = count - from;
      if (rest < BLOCK) memory.fill(rule.masks + rest * 4, 0, (BLOCK - rest) * 4);
      if (rule.records) packBits(rule.masks, rule.bits + from / 8);
      rule.all += squares
        ? sumBlocks(SQUARE, rule.values, bases, rule.masks)
        : sumBlocks(ABSOLUTE, rule.values, bases, rule.masks);
      rule.kept += keptSum;
      rule.keptCount += <f64>countMasks(rule.masks);
    }
  }
}

function countMasks(masks: usize): i32 {
  let counts = i32x4.splat(0);
  for (let i = 0; i < BLOCK * 4; i += 16) counts = i32x4.sub(counts, v128.load(masks + i));
  return sumLanes(counts);
}
