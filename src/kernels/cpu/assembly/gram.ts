/** Dots of every pair of operands, or of their deltas, in the order of reduce.ts. */

import { readBlocks } from './decode';
import { deltaAt, promote } from './lanes';
import { BLOCK, blocksOf, operandAt, operandCount, tableAt, valuesOf } from './layout';
import { PRODUCT, sumBlock } from './reduce';

/** Adds the dots of a run onto the K*K totals in the table, row-major; `base` is -1 for none. Twin: gram.wgsl. */
export function gram(count: i32, base: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    readDeltas(base);
    for (let a = 0; a < operandCount; a++) {
      for (let b = a; b < operandCount; b++) if (a != base && b != base) addDot(a, b);
    }
  }
}

/** Writes the decoded block of every operand but the base, minus the base's, as f64 to `wide`. */
export function readDeltas(base: i32): void {
  const bases = valuesOf(base);
  for (let k = 0; k < operandCount; k++) {
    if (k == base) continue;
    const values = valuesOf(k);
    const to = operandAt(k).wide;
    if (base < 0) {
      for (let i = 0; i < BLOCK; i += 2) v128.store(to + i * 8, promote(values + i * 4));
    } else {
      for (let i = 0; i < BLOCK; i += 2) v128.store(to + i * 8, deltaAt(values + i * 4, bases + i * 4));
    }
  }
}

function addDot(a: i32, b: i32): void {
  const cell = tableAt() + (a * operandCount + b) * 8;
  const total = load<f64>(cell) + sumBlock(PRODUCT, operandAt(a).wide, operandAt(b).wide);
  store<f64>(cell, total);
  store<f64>(tableAt() + (b * operandCount + a) * 8, total);
}
