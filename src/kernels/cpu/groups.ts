/** Brings what a run needs of a table with so many f64 per group into the machine's memory. */

import { machine, machineDoubles } from './machine.ts';

/** Bytes of the part of a table that any run needs. */
export function rowsBytes(perRow: number, rowLength: number): number {
  return (Math.ceil(machine().RUN_ELEMENTS.value / rowLength) + 1) * perRow * 8;
}

export function columnsBytes(perColumn: number, columns: number): number {
  return Math.min(machine().RUN_ELEMENTS.value, columns) * perColumn * 8;
}

/**
 * Writes the rows of a run of `count` elements, which starts at flat index `first`, to `place`; returns how many elements
 * of the first row precede the run.
 */
export function stageRows(
  place: number,
  table: Float64Array,
  perRow: number,
  rowLength: number,
  first: number,
  count: number,
): number {
  const row = Math.floor(first / rowLength);
  const end = Math.floor((first + count - 1) / rowLength) + 1;
  machineDoubles(place, (end - row) * perRow).set(table.subarray(row * perRow, end * perRow));
  return first - row * rowLength;
}

/** The columns of a run, in two pieces where the run goes on from the last to the first. */
function piecesOf(perColumn: number, columns: number, first: number, count: number) {
  const from = first % columns;
  const width = Math.min(columns, count);
  const head = Math.min(width, columns - from);
  return [
    { at: 0, from: from * perColumn, to: (from + head) * perColumn },
    { at: head * perColumn, from: 0, to: (width - head) * perColumn },
  ];
}

/** Writes the columns of a run to `place`, from its first element's on, the first column after the last. */
export function stageColumns(
  place: number,
  table: Float64Array,
  perColumn: number,
  columns: number,
  first: number,
  count: number,
): void {
  for (const { at, from, to } of piecesOf(perColumn, columns, first, count)) {
    machineDoubles(place + at * 8, to - from).set(table.subarray(from, to));
  }
}

/** Writes what `stageColumns` wrote to `place` back to the table. */
export function unstageColumns(
  place: number,
  table: Float64Array,
  perColumn: number,
  columns: number,
  first: number,
  count: number,
): void {
  for (const { at, from, to } of piecesOf(perColumn, columns, first, count)) {
    table.set(machineDoubles(place + at * 8, to - from), from);
  }
}
