/** Draws the masks whose thresholds go by rank within a row. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import type { KeepRule } from '../types.ts';
import { machine, machineBytes } from './machine.ts';
import { chunkElements, chunksOf } from './rows.ts';
import { overRuns, type RunInput, reserve } from './runs.ts';
import { setScores } from './scores.ts';
import type { CpuTile } from './tile.ts';

/** A bit per element of the tile, lowest first: whether `keep` keeps it of the operand's deltas. */
export function rankedBits(
  tile: CpuTile,
  operand: number,
  base: number,
  keep: KeepRule & { kind: 'ranked' },
): Uint8Array {
  const { thresholds, key } = keep;
  const rowLength = thresholds.length;
  const wasm = machine();
  const input: RunInput = { tile, used: [operand, base] };
  const most = chunkElements(rowLength);
  reserve(input, { scores: 1, tableBytes: wasm.rankBytes(most, rowLength, tile.elementCount) });
  setScores([{ kind: 'delta', operand, base }]);
  wasm.openRanks(most, rowLength, tile.elementCount);
  machineBytes().set(
    new Uint8Array(thresholds.buffer, thresholds.byteOffset, thresholds.byteLength),
    wasm.thresholdsAt(),
  );
  for (const { from, to, rows } of chunksOf(tile, rowLength)) {
    const lead = from % BLOCK_ELEMENTS;
    overRuns({ ...input, from, to }, (start, count) => wasm.gatherScores(count, lead + start - from));
    const block = (from - lead) / BLOCK_ELEMENTS;
    const first = tile.firstIndex + from - lead;
    wasm.rankRows(rows, rowLength, lead, block, first, key[0], key[1]);
  }
  const place = wasm.rankedBitsAt();
  return machineBytes().slice(place, place + Math.ceil(tile.elementCount / 8));
}
