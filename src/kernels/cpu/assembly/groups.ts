/** Numbers per group of elements, written out per element. */

import { BLOCK } from './layout';

/**
 * Writes the f64 of its row to `to` for every element of block `block` of a run of `count`, and 0 past its end. `table`
 * holds those of the rows from the run's first on, `stride` bytes apart; `rowOffset` elements of that row precede the run.
 */
export function spreadRows(
  to: usize,
  table: usize,
  stride: i32,
  rowLength: i32,
  rowOffset: i32,
  block: i32,
  count: i32,
): void {
  const end = min(count - block * BLOCK, BLOCK);
  const before = rowOffset + block * BLOCK;
  let from = table + (before / rowLength) * stride;
  let left = rowLength - (before % rowLength);
  for (let i = 0; i < end; ) {
    const value = load<f64>(from);
    const stop = min(i + left, end);
    for (; i < stop; i++) store<f64>(to + i * 8, value);
    from += stride;
    left = rowLength;
  }
  memory.fill(to + end * 8, 0, (BLOCK - end) * 8);
}

/** As `spreadRows`, for columns; `table` holds those from the run's first element's on, the first column after the last. */
export function spreadColumns(to: usize, table: usize, stride: i32, columns: i32, block: i32, count: i32): void {
  const end = min(count - block * BLOCK, BLOCK);
  let column = (block * BLOCK) % columns;
  for (let i = 0; i < end; i++) {
    store<f64>(to + i * 8, load<f64>(table + column * stride));
    if (++column == columns) column = 0;
  }
  memory.fill(to + end * 8, 0, (BLOCK - end) * 8);
}
