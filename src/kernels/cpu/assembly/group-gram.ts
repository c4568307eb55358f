/** Dots of every pair of operands, or of their deltas, per group of elements. */

import { readBlocks } from './decode';
import { readDeltas } from './gram';
import { BLOCK, blocksOf, operandAt, operandCount, tableAt } from './layout';

/**
 * Adds a run onto the rows' dots. The table holds the four sums of every pair of the row that is being added up, then
 * the K*K dots of each row that the run finishes. Elements `rowOffset` and on of the first row come first; returns how
 * many rows were finished. Twin: row-gram.wgsl.
 */
export function gramRows(count: i32, base: i32, rowLength: i32, rowOffset: i32): i32 {
  const cells = operandCount * operandCount;
  const open = tableAt();
  const done = open + cells * 32;
  if (rowOffset == 0) memory.fill(open, 0, cells * 32);
  let rows = 0;
  let left = rowLength - rowOffset;
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    readDeltas(base);
    const end = min(count - block * BLOCK, BLOCK);
    for (let i = 0; i < end; ) {
      const stop = min(i + left, end);
      addPiece(open, base, i, stop);
      left -= stop - i;
      i = stop;
      if (left > 0) continue;
      closeRow(open, done + rows * cells * 8);
      memory.fill(open, 0, cells * 32);
      rows++;
      left = rowLength;
    }
  }
  return rows;
}

/** Adds elements `from` up to `to` of the block onto the four sums of every pair, by flat index modulo 4. */
function addPiece(open: usize, base: i32, from: i32, to: i32): void {
  for (let a = 0; a < operandCount; a++) {
    if (a == base) continue;
    for (let b = a; b < operandCount; b++) {
      if (b != base) addProducts(open + (a * operandCount + b) * 32, operandAt(a).wide, operandAt(b).wide, from, to);
    }
  }
}

function addProducts(sums: usize, x: usize, y: usize, from: i32, to: i32): void {
  let i = from;
  for (; i < to && (i & 3) != 0; i++) addProduct(sums, x, y, i);
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  for (; i + 4 <= to; i += 4) {
    low = f64x2.add(low, f64x2.mul(v128.load(x + i * 8), v128.load(y + i * 8)));
    high = f64x2.add(high, f64x2.mul(v128.load(x + i * 8, 16), v128.load(y + i * 8, 16)));
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
  for (; i < to; i++) addProduct(sums, x, y, i);
}

@inline
function addProduct(sums: usize, x: usize, y: usize, i: i32): void {
  const sum = sums + (i & 3) * 8;
  store<f64>(sum, load<f64>(sum) + load<f64>(x + i * 8) * load<f64>(y + i * 8));
}

/** Adds the four sums of every pair in order; the base's cells stay 0. */
function closeRow(open: usize, dots: usize): void {
  for (let a = 0; a < operandCount; a++) {
    for (let b = a; b < operandCount; b++) {
      const sums = open + (a * operandCount + b) * 32;
      const dot = load<f64>(sums) + load<f64>(sums, 8) + load<f64>(sums, 16) + load<f64>(sums, 24);
      store<f64>(dots + (a * operandCount + b) * 8, dot);
      store<f64>(dots + (b * operandCount + a) * 8, dot);
    }
  }
}

/**
 * Adds a run onto the columns' dots: the table holds K*K per column, from that of the run's first element on, and again
 * from the first column after `columns`. Twin: column-gram.wgsl.
 */
export function gramColumns(count: i32, base: i32, columns: i32): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    readDeltas(base);
    const end = min(count - block * BLOCK, BLOCK);
    const column = (block * BLOCK) % columns;
    for (let a = 0; a < operandCount; a++) {
      for (let b = a; b < operandCount; b++) {
        if (a != base && b != base) addColumns(a, b, column, columns, end);
      }
    }
  }
}

/** Adds the products of the block's first `end` elements, which start at `column`, to the cells of a pair. */
function addColumns(a: i32, b: i32, first: i32, columns: i32, end: i32): void {
  const x = operandAt(a).wide;
  const y = operandAt(b).wide;
  const mirror = (b - a) * (operandCount - 1) * 8;
  const stride = operandCount * operandCount * 8;
  const start = tableAt() + (a * operandCount + b) * 8;
  let column = first;
  let cell = start + column * stride;
  for (let i = 0; i < end; i++) {
    const dot = load<f64>(cell) + load<f64>(x + i * 8) * load<f64>(y + i * 8);
    store<f64>(cell, dot);
    store<f64>(cell + mirror, dot);
    cell += stride;
    if (++column == columns) {
      column = 0;
      cell = start;
    }
  }
}
