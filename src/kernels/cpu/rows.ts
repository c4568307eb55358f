/** Goes through a tile by chunks of whole rows. */

import { checkWholeRows } from '../shared/tiles.ts';
import { machine } from './machine.ts';
import type { CpuTile } from './tile.ts';

export interface RowChunk {
  /** Elements of the tile. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Most elements of a chunk: as many rows as fit a run, or one. */
export function chunkElements(rowLength: number): number {
  return Math.max(1, Math.floor(machine().RUN_ELEMENTS.value / rowLength)) * rowLength;
}

/** Throws `Internal` when the tile cuts a row. */
export function* chunksOf(tile: CpuTile, rowLength: number): Generator<RowChunk> {
  checkWholeRows(tile, rowLength);
  const most = chunkElements(rowLength);
  for (let from = 0; from < tile.elementCount; from += most) {
    const to = Math.min(from + most, tile.elementCount);
    yield { from, to, rows: (to - from) / rowLength };
  }
}
