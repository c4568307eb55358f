/** How many elements of each operand differ from the base, alone or with others. */

import { readBlocks } from './decode';
import { sumLanes } from './lanes';
import { BLOCK, blocksOf, operandAt, operandCount, scratch, valuesOf } from './layout';
import { magnitudesAt } from './score';

export function uniqueOf(index: i32): i32 {
  return operandAt(index).unique;
}

export function sharedOf(index: i32): i32 {
  return operandAt(index).shared;
}

/** All ones where an operand is active: its magnitude is above `threshold` (f32 bits; a NaN's is above all). */
@inline
export function activeAt(x: usize, base: usize, threshold: i32): v128 {
  return i32x4.gt_s(magnitudesAt(x, base), i32x4.splat(threshold));
}

/** Adds a run to the counts of every operand but the base. What lies past its end is never active. Twin: overlaps.wgsl. */
export function overlaps(count: i32, base: i32, threshold: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    memory.fill(scratch, 0, BLOCK * 4);
    for (let k = 0; k < operandCount; k++) if (k != base) markActive(k, base, threshold);
    for (let k = 0; k < operandCount; k++) if (k != base) countActive(k);
  }
}

/** Writes where operand `index` is active as masks to its `wide`, and takes them off the counts in `scratch`. */
function markActive(index: i32, base: i32, threshold: i32): void {
  const operand = operandAt(index);
  const bases = valuesOf(base);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const active = activeAt(operand.values + i, bases + i, threshold);
    v128.store(operand.wide + i, active);
    v128.store(scratch + i, i32x4.add(v128.load(scratch + i), active));
  }
}

function countActive(index: i32): void {
  const operand = operandAt(index);
  const alone = i32x4.splat(-1);
  let unique = i32x4.splat(0);
  let shared = unique;
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const active = v128.load(operand.wide + i);
    const isAlone = i32x4.eq(v128.load(scratch + i), alone);
    unique = i32x4.sub(unique, v128.and(active, isAlone));
    shared = i32x4.sub(shared, v128.andnot(active, isAlone));
  }
  operand.unique += sumLanes(unique);
  operand.shared += sumLanes(shared);
}
