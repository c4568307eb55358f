/** The kernels whose results are numbers about a tile, or about the elements up to its end. */

import { startOverlap, startSums, startTotals } from '../shared/statistics.ts';
import { checkWholeRows, everyOperand } from '../shared/tiles.ts';
import type { DeltaRule, DeltaSums, Grouping, OverlapCount, SumMeasure } from '../types.ts';
import { columnsBytes, rowsBytes, stageColumns, unstageColumns } from './groups.ts';
import { machine, machineDoubles } from './machine.ts';
import { chunkElements, chunksOf } from './rows.ts';
import { openRules } from './rules.ts';
import { NO_BASE, overRuns, reserve } from './runs.ts';
import type { CpuTile } from './tile.ts';

export function gram(tile: CpuTile, base: number | null, before?: Float64Array): Float64Array {
  const input = { tile, used: everyOperand(tile) };
  const totals = startTotals(tile.operandCount ** 2, before);
  reserve(input, { tableBytes: totals.byteLength });
  const held = machineDoubles(machine().tableAt(), totals.length);
  held.set(totals);
  overRuns(input, (_start, count) => machine().gram(count, base ?? NO_BASE));
  totals.set(held);
  return totals;
}

export function groupGram(
  tile: CpuTile,
  base: number | null,
  grouping: Grouping,
  before?: Float64Array,
): Float64Array {
  return grouping.kind === 'rows'
    ? rowGram(tile, base, grouping.length)
    : columnGram(tile, base, grouping.count, before);
}

function rowGram(tile: CpuTile, base: number | null, rowLength: number): Float64Array {
  checkWholeRows(tile, rowLength);
  const input = { tile, used: everyOperand(tile) };
  const cells = tile.operandCount ** 2;
  // Four sums of each cell of the row at work come before the finished rows.
  const openBytes = cells * 32;
  reserve(input, { tableBytes: openBytes + rowsBytes(cells, rowLength) });
  const totals = new Float64Array((tile.elementCount / rowLength) * cells);
  let end = 0;
  overRuns(input, (start, count) => {
    const rows = machine().gramRows(count, base ?? NO_BASE, rowLength, start % rowLength);
    totals.set(machineDoubles(machine().tableAt() + openBytes, rows * cells), end);
    end += rows * cells;
  });
  return totals;
}

function columnGram(
  tile: CpuTile,
  base: number | null,
  columns: number,
  before: Float64Array | undefined,
): Float64Array {
  const input = { tile, used: everyOperand(tile) };
  const cells = tile.operandCount ** 2;
  reserve(input, { tableBytes: columnsBytes(cells, columns) });
  const totals = startTotals(columns * cells, before);
  const place = machine().tableAt();
  overRuns(input, (start, count) => {
    const first = tile.firstIndex + start;
    stageColumns(place, totals, cells, columns, first, count);
    machine().gramColumns(count, base ?? NO_BASE, columns);
    unstageColumns(place, totals, cells, columns, first, count);
  });
  return totals;
}

export function sums(
  tile: CpuTile,
  base: number,
  rules: readonly DeltaRule[],
  measure: SumMeasure,
  before?: readonly DeltaSums[],
): DeltaSums[] {
  const runs = openRules(tile, base, rules, true);
  const wasm = machine();
  rules.forEach((_, index) => {
    const { all, kept, keptCount } = startSums(before, index);
    wasm.setSums(index, all, kept, keptCount);
  });
  overRuns(runs.input, (start, count) => {
    runs.before(start, count);
    wasm.sums(count, tile.firstIndex + start, base, measure === 'square');
    runs.after(start, count);
  });
  return rules.map((_, index) => ({
    all: wasm.allOf(index),
    kept: wasm.keptOf(index),
    keptCount: wasm.keptCountOf(index),
  }));
}

export function overlaps(
  tile: CpuTile,
  base: number,
  threshold: number,
  before?: readonly OverlapCount[],
): OverlapCount[] {
  const used = everyOperand(tile);
  const input = { tile, used };
  reserve(input, {});
  const wasm = machine();
  overRuns(input, (_start, count) => wasm.overlaps(count, base, floatBits(threshold)));
  return used.map((index) => {
    const { unique, shared } = startOverlap(before, index);
    return { unique: unique + wasm.uniqueOf(index), shared: shared + wasm.sharedOf(index) };
  });
}

/** The bits of a number rounded to f32. */
export function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}

export function rowDivergence(tile: CpuTile, operand: number, base: number, rowLength: number): Float64Array {
  checkWholeRows(tile, rowLength);
  const input = { tile, used: [operand, base] };
  const most = chunkElements(rowLength);
  const wasm = machine();
  reserve(input, { tableBytes: wasm.divergenceBytes(most, rowLength, most / rowLength) });
  wasm.openDivergence(most, rowLength);
  const divergences = new Float64Array(tile.elementCount / rowLength);
  for (const { from, to, rows } of chunksOf(tile, rowLength)) {
    const lead = from % 4;
    overRuns({ ...input, from, to }, (start, count) =>
      wasm.gatherValues(count, operand, base, lead + start - from),
    );
    divergences.set(machineDoubles(wasm.divergeRows(rows, rowLength, lead), rows), from / rowLength);
  }
  return divergences;
}
