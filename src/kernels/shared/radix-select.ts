/** Exact selection of the largest magnitudes of a whole tensor, from histograms of its tiles. */

import { GraftError } from '../../base/errors.ts';
import { type Kernels, type MagnitudeCut, RADIX_PASSES, type Tile } from '../types.ts';

/** `MagnitudeCut.ties` when every element of the cut's magnitude is kept. */
export const ALL_TIES = Number.MAX_SAFE_INTEGER;

/**
 * Goes through a tensor's tiles, in order of their first index, and waits for `visit` on each before it releases the
 * tile. Tiles may be made anew on every walk.
 */
export type TileWalk = (visit: (tile: Tile) => Promise<void>) => Promise<void>;

export interface SelectSpec {
  readonly operand: number;
  readonly base: number | null;
  /** How many elements to keep, 1 .. n. */
  readonly count: number;
}

/**
 * The cut that keeps exactly `count` elements with the largest |operand - base|, equal ones by lowest flat index. Three
 * walks over the tensor (11, 10 and 10 bits of the magnitude, from the top), and a fourth only where elements equal to
 * the cut must be told apart. NaN is the largest magnitude of all. Rejects with `Internal` when the tensor has fewer
 * than `count` elements.
 */
export async function selectLargest(
  kernels: Kernels,
  walk: TileWalk,
  spec: SelectSpec,
): Promise<MagnitudeCut> {
  const { operand, base, count } = spec;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new GraftError('Internal', `Cannot select ${count} elements.`);
  }
  let prefix = 0;
  let missing = count;
  let equal = 0;
  for (const pass of [0, 1, 2] as const) {
    const { bins } = RADIX_PASSES[pass];
    const totals = new Float64Array(bins);
    await walk(async (tile) => {
      const histogram = await kernels.histogram(tile, { operand, base, pass, prefix });
      for (let bin = 0; bin < bins; bin++) totals[bin] = (totals[bin] ?? 0) + (histogram[bin] ?? 0);
    });
    let digit = bins - 1;
    while (digit >= 0 && missing > (totals[digit] ?? 0)) missing -= totals[digit--] ?? 0;
    if (digit < 0) {
      throw new GraftError('Internal', `The tensor has fewer than ${count} elements to select.`);
    }
    equal = totals[digit] ?? 0;
    prefix = prefix * bins + digit;
  }
  if (missing === equal) return { magnitude: prefix, ties: ALL_TIES };
  return { magnitude: prefix, ties: await tieIndex(kernels, walk, spec, prefix, missing) };
}

/** Flat index of the `nth` element (from 0) of the given magnitude: the first one that is not kept. */
async function tieIndex(
  kernels: Kernels,
  walk: TileWalk,
  { operand, base }: SelectSpec,
  magnitude: number,
  nth: number,
): Promise<number> {
  const { bins } = RADIX_PASSES[2];
  let rest = nth;
  let found: number | null = null;
  await walk(async (tile) => {
    if (found !== null) return;
    const prefix = Math.floor(magnitude / bins);
    const histogram = await kernels.histogram(tile, { operand, base, pass: 2, prefix });
    const here = histogram[magnitude % bins] ?? 0;
    if (rest < here) {
      found = await kernels.indexOfMagnitude(tile, { operand, base, magnitude, nth: rest });
    } else {
      rest -= here;
    }
  });
  if (found === null) {
    throw new GraftError('Internal', 'The tensor changed between two passes over it.');
  }
  return found;
}
