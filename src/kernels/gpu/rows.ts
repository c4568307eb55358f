/** The rows of a tile that holds whole rows of its tensor. */

import { GraftError } from '../../base/errors.ts';
import type { Tile } from '../types.ts';

/** How many rows of `length` elements the tile has. Throws `Internal` when it cuts one. */
export function rowCountOf({ firstIndex, elementCount }: Tile, length: number): number {
  if (!(length > 0) || firstIndex % length !== 0 || elementCount % length !== 0) {
    throw new GraftError('Internal', `A tile of ${elementCount} elements cuts a row of ${length}.`);
  }
  return elementCount / length;
}

/** Consecutive parts of `count` things, each of at most `most`. */
export function* partsOf(count: number, most: number): Generator<{ start: number; end: number }> {
  const step = Math.max(1, Math.floor(most));
  for (let start = 0; start < count; start += step) yield { start, end: Math.min(count, start + step) };
}
