/** Exact selection of the largest scores of a whole tensor, from histograms of its tiles. */

import { GraftError } from '../../base/errors.ts';
import {
  type HistogramSpec,
  type Kernels,
  type MagnitudeCut,
  RADIX_PASSES,
  type Score,
  type Tile,
} from '../types.ts';
import { sameScore } from './scores.ts';

/** `MagnitudeCut.ties` when every element of the cut's magnitude is kept. */
export const ALL_TIES = Number.MAX_SAFE_INTEGER;

/**
 * Goes through a tensor's tiles, in order of their first index, and waits for `visit` on each before it releases the
 * tile. Tiles may be made anew on every walk.
 */
export type TileWalk = (visit: (tile: Tile) => Promise<void>) => Promise<void>;

export interface SelectWish {
  readonly score: Score;
  /** How many elements to keep, 1 .. n. */
  readonly count: number;
}

/** A wish on its way to a cut. */
interface Search {
  readonly score: Score;
  readonly count: number;
  /** The upper bits of the cut's magnitude that are known. */
  prefix: number;
  /** How many of the elements with those bits are to be kept, and, after each pass, how many there are. */
  missing: number;
  equal: number;
  /** Flat index of the first element of the cut's magnitude that is not kept. */
  ties: number | null;
}

/**
 * For each wish the cut that keeps exactly `count` elements with the largest scores, equal ones by lowest flat index.
 * All wishes share three walks over the tensor (11, 10 and 10 bits of the scores, from the top), and a fourth where
 * elements equal to a cut must be told apart. NaN is the largest score of all. Rejects with `Internal` when the tensor
 * has fewer than `count` elements.
 */
export async function selectLargest(
  kernels: Kernels,
  walk: TileWalk,
  wishes: readonly SelectWish[],
): Promise<MagnitudeCut[]> {
  const searches = wishes.map(startSearch);
  if (searches.length === 0) return [];
  for (const pass of [0, 1, 2] as const) {
    const specs = searches.map(({ score, prefix }): HistogramSpec => ({ score, pass, prefix }));
    const totals = await countAll(kernels, walk, specs);
    for (const [index, search] of searches.entries()) narrow(search, totals[index] ?? new Float64Array(0));
  }
  await findTies(
    kernels,
    walk,
    searches.filter(({ missing, equal }) => missing < equal),
  );
  return searches.map(({ prefix, ties }) => ({ magnitude: prefix, ties: ties ?? ALL_TIES }));
}

/** How many elements of the tensor have a score of exactly 0, in one walk. */
export async function countZeros(kernels: Kernels, walk: TileWalk, score: Score): Promise<number> {
  const [totals] = await countAll(kernels, walk, [{ score, pass: 2, prefix: 0 }]);
  return totals?.[0] ?? 0;
}

function startSearch({ score, count }: SelectWish): Search {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new GraftError('Internal', `Cannot select ${count} elements.`);
  }
  return { score, count, prefix: 0, missing: count, equal: 0, ties: null };
}

/** The histograms of a whole tensor; those that are asked for twice are counted once. */
async function countAll(
  kernels: Kernels,
  walk: TileWalk,
  specs: readonly HistogramSpec[],
): Promise<Float64Array[]> {
  const unique: HistogramSpec[] = [];
  const places = specs.map((spec) => {
    const known = unique.findIndex((other) => sameHistogram(other, spec));
    return known < 0 ? unique.push(spec) - 1 : known;
  });
  const totals = unique.map(({ pass }) => new Float64Array(RADIX_PASSES[pass].bins));
  await walk(async (tile) => {
    const histograms = await kernels.histograms(tile, unique);
    totals.forEach((total, index) => {
      histograms[index]?.forEach((count, bin) => {
        total[bin] = (total[bin] ?? 0) + count;
      });
    });
  });
  return places.map((place) => totals[place] ?? new Float64Array(0));
}

function sameHistogram(a: HistogramSpec, b: HistogramSpec): boolean {
  return a.pass === b.pass && a.prefix === b.prefix && sameScore(a.score, b.score);
}

/** Finds the next digit of the cut, given how many elements have each. */
function narrow(search: Search, totals: Float64Array): void {
  let digit = totals.length - 1;
  while (digit >= 0 && search.missing > (totals[digit] ?? 0)) search.missing -= totals[digit--] ?? 0;
  if (digit < 0) {
    throw new GraftError('Internal', `The tensor has fewer than ${search.count} elements to select.`);
  }
  search.equal = totals[digit] ?? 0;
  search.prefix = search.prefix * totals.length + digit;
}

/** In one walk, the flat index of each search's first element of the cut's magnitude that is not kept. */
async function findTies(kernels: Kernels, walk: TileWalk, searches: readonly Search[]): Promise<void> {
  if (searches.length === 0) return;
  const { bins } = RADIX_PASSES[2];
  await walk(async (tile) => {
    const open = searches.filter(({ ties }) => ties === null);
    if (open.length === 0) return;
    const histograms = await kernels.histograms(
      tile,
      open.map(({ score, prefix }) => ({ score, pass: 2, prefix: Math.floor(prefix / bins) })),
    );
    for (const [index, search] of open.entries()) {
      const { score, prefix, missing } = search;
      const here = histograms[index]?.[prefix % bins] ?? 0;
      if (missing < here) {
        search.ties = await kernels.indexOfMagnitude(tile, { score, magnitude: prefix, nth: missing });
      } else {
        search.missing -= here;
      }
    }
  });
  if (searches.some(({ ties }) => ties === null)) {
    throw new GraftError('Internal', 'The tensor changed between two passes over it.');
  }
}
