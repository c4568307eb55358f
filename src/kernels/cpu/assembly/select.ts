/** Radix select over scores, a run at a time. */

import { readBlocks } from './decode';
import { sumLanes } from './lanes';
import { BLOCK, blocksOf, scoreAt, tableAt } from './layout';
import { scoreBlocks } from './score';

/** Bins of a histogram, each with four counters of 32 bits. */
const MAX_BINS: i32 = 2048;
export const HISTOGRAM_BYTES: i32 = MAX_BINS * 16;

@inline
function histogramAt(index: i32): usize {
  return tableAt() + index * HISTOGRAM_BYTES;
}

/** Clears so many histograms in the table. */
export function clearHistograms(histograms: i32): void {
  memory.fill(tableAt(), 0, histograms * HISTOGRAM_BYTES);
}

/** Decodes a block of a run of `count` and makes its scores. */
export function openBlock(block: i32, count: i32): void {
  readBlocks(block);
  scoreBlocks(block, count);
}

/**
 * Counts the open block's scores whose bits above `upperShift` are `prefix`, by the bits from `shift` to there. A bin
 * has four counters, one per lane: neighbours are often alike, and a counter must wait for its last store. Twin:
 * histogram.wgsl.
 */
export function histogram(
  index: i32,
  block: i32,
  count: i32,
  score: i32,
  prefix: i32,
  upperShift: i32,
  shift: i32,
): void {
  const counters = histogramAt(index);
  const magnitudes = scoreAt(score).magnitudes;
  const wanted = i32x4.splat(prefix);
  const binMask = i32x4.splat((1 << (upperShift - shift)) - 1);
  const end = min(count - block * BLOCK, BLOCK);
  for (let i = 0; i < end; i += 4) {
    const four = v128.load(magnitudes + i * 4);
    const matches = bitsBelow(i32x4.eq(i32x4.shr_u(four, upperShift), wanted), end - i);
    if (matches == 0) continue;
    const bins = i32x4.shl(v128.and(i32x4.shr_u(four, shift), binMask), 4);
    if (matches & 1) countIn(counters + i32x4.extract_lane(bins, 0));
    if (matches & 2) countIn(counters + i32x4.extract_lane(bins, 1) + 4);
    if (matches & 4) countIn(counters + i32x4.extract_lane(bins, 2) + 8);
    if (matches & 8) countIn(counters + i32x4.extract_lane(bins, 3) + 12);
  }
}

@inline
function countIn(counter: usize): void {
  store<i32>(counter, load<i32>(counter) + 1);
}

/** A bit per true lane, of the first `count` lanes. */
@inline
function bitsBelow(masks: v128, count: i32): i32 {
  const bits = i32x4.bitmask(masks);
  return count < 4 ? bits & ((1 << count) - 1) : bits;
}

/** Gathers a histogram's counts per bin, as u32, where it begins; returns where that is. */
export function sumHistogram(index: i32): usize {
  const counters = histogramAt(index);
  for (let bin = 0; bin < MAX_BINS; bin++) {
    store<i32>(counters + bin * 4, sumLanes(v128.load(counters + bin * 16)));
  }
  return counters;
}

/**
 * Index within the run of the `nth` element (from 0) whose first score is `magnitude`; with only f such elements,
 * -1 - f.
 */
export function indexOfMagnitude(count: i32, magnitude: i32, nth: i32): i32 {
  const wanted = i32x4.splat(magnitude);
  let found = 0;
  for (let block = 0; block < blocksOf(count); block++) {
    openBlock(block, count);
    const magnitudes = scoreAt(0).magnitudes;
    const end = min(count - block * BLOCK, BLOCK);
    for (let i = 0; i < end; i += 4) {
      let matches = bitsBelow(i32x4.eq(v128.load(magnitudes + i * 4), wanted), end - i);
      const before = found;
      found += popcnt(matches);
      if (found <= nth) continue;
      for (let skip = before; skip < nth; skip++) matches &= matches - 1;
      return block * BLOCK + i + ctz(matches);
    }
  }
  return -1 - found;
}
