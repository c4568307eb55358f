/** y = sum c_k x_k, or base + sum c_k (x_k - base), in f64 and in operand order. */

import { readBlocks } from './decode';
import { encodeBlock } from './encode';
import { spreadColumns, spreadRows } from './groups';
import { promote } from './lanes';
import {
  BLOCK,
  blocksOf,
  OPERAND_BYTES,
  Operand,
  operandAt,
  operandCount,
  operands,
  outputBlock,
  tableAt,
  totals,
  valuesOf,
} from './layout';

/** Combines a run of `count` elements to the output; `base` is -1 for none. Twin: combine.wgsl. */
export function combine(count: i32, base: i32, out: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    if (base < 0) addTerms(false);
    else addDeltas(false, base);
    encodeBlock(out, outputBlock(block, out));
  }
}

/**
 * `combine` with a coefficient per row and operand; the table holds K per row, from the run's first row on, of which
 * `rowOffset` elements precede the run.
 */
export function combineRows(count: i32, base: i32, out: i32, rowLength: i32, rowOffset: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    for (let k = 0; k < operandCount; k++) {
      const table = tableAt() + k * 8;
      spreadRows(operandAt(k).wide, table, operandCount * 8, rowLength, rowOffset, block, count);
    }
    if (base < 0) addTerms(true);
    else addDeltas(true, base);
    encodeBlock(out, outputBlock(block, out));
  }
}

/** `combineRows` for columns; the table goes from the run's first element's on, the first column after the last. */
export function combineColumns(count: i32, base: i32, out: i32, columns: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    for (let k = 0; k < operandCount; k++) {
      spreadColumns(operandAt(k).wide, tableAt() + k * 8, operandCount * 8, columns, block, count);
    }
    if (base < 0) addTerms(true);
    else addDeltas(true, base);
    encodeBlock(out, outputBlock(block, out));
  }
}

/** Coefficients of elements `i` and `i + 1`: with `grouped` each has its own. */
@inline
function coefficients(grouped: bool, operand: Operand, i: i32): v128 {
  return grouped ? v128.load(operand.wide + i * 8) : f64x2.splat(operand.coefficient);
}

/** Sums start from -0, the neutral element of addition. */
@inline
function addTerms(grouped: bool): void {
  const end = operands + operandCount * OPERAND_BYTES;
  for (let i = 0; i < BLOCK; i += 8) {
    let sum0 = f64x2.splat(-0.0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let at = operands; at < end; at += OPERAND_BYTES) {
      const operand = changetype<Operand>(at);
      const from = operand.values + i * 4;
      sum0 = f64x2.add(sum0, f64x2.mul(coefficients(grouped, operand, i), promote(from)));
      sum1 = f64x2.add(sum1, f64x2.mul(coefficients(grouped, operand, i + 2), promote(from + 8)));
      sum2 = f64x2.add(sum2, f64x2.mul(coefficients(grouped, operand, i + 4), promote(from + 16)));
      sum3 = f64x2.add(sum3, f64x2.mul(coefficients(grouped, operand, i + 6), promote(from + 24)));
    }
    const to = totals + i * 8;
    v128.store(to, sum0);
    v128.store(to, sum1, 16);
    v128.store(to, sum2, 32);
    v128.store(to, sum3, 48);
  }
}

@inline
function addDeltas(grouped: bool, base: i32): void {
  const bases = valuesOf(base);
  const skipped = changetype<usize>(operandAt(base));
  const end = operands + operandCount * OPERAND_BYTES;
  for (let i = 0; i < BLOCK; i += 8) {
    const base0 = promote(bases + i * 4);
    const base1 = promote(bases + i * 4 + 8);
    const base2 = promote(bases + i * 4 + 16);
    const base3 = promote(bases + i * 4 + 24);
    let sum0 = f64x2.splat(-0.0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let at = operands; at < end; at += OPERAND_BYTES) {
      if (at == skipped) continue;
      const operand = changetype<Operand>(at);
      const from = operand.values + i * 4;
      sum0 = f64x2.add(sum0, f64x2.mul(coefficients(grouped, operand, i), f64x2.sub(promote(from), base0)));
      sum1 = f64x2.add(sum1, f64x2.mul(coefficients(grouped, operand, i + 2), f64x2.sub(promote(from + 8), base1)));
      sum2 = f64x2.add(sum2, f64x2.mul(coefficients(grouped, operand, i + 4), f64x2.sub(promote(from + 16), base2)));
      sum3 = f64x2.add(sum3, f64x2.mul(coefficients(grouped, operand, i + 6), f64x2.sub(promote(from + 24), base3)));
    }
    const to = totals + i * 8;
    v128.store(to, f64x2.add(base0, sum0));
    v128.store(to, f64x2.add(base1, sum1), 16);
    v128.store(to, f64x2.add(base2, sum2), 32);
    v128.store(to, f64x2.add(base3, sum3), 48);
  }
}
