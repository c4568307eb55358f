/** Radix select over magnitudes, a run at a time. */

import { readBlocks } from './decode';
import { BLOCK, blocksOf, partials, totalsAt, valuesOf } from './layout';
import { magnitudesAt } from './magnitude';

const MAX_BINS: i32 = 2048;

export function clearHistogram(): void {
  memory.fill(partials, 0, MAX_BINS * 16);
}

/**
 * Counts a run's magnitudes whose bits above `upperShift` are `prefix`, by the bits from `shift` to there. A bin has
 * four counters, one per lane: neighbours are often alike, and a counter must wait for its last store. Twin:
 * histogram.wgsl.
 */
export function histogram(
  count: i32,
  operand: i32,
  base: i32,
  prefix: i32,
  upperShift: i32,
  shift: i32,
): void {
  const wanted = i32x4.splat(prefix);
  const binMask = i32x4.splat((1 << (upperShift - shift)) - 1);
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const end = min(count - block * BLOCK, BLOCK);
    const values = valuesOf(operand);
    const bases = valuesOf(base);
    for (let i = 0; i < end; i += 4) {
      const magnitudes = magnitudesAt(values + i * 4, bases + i * 4);
      const matches = bitsBelow(i32x4.eq(i32x4.shr_u(magnitudes, upperShift), wanted), end - i);
      if (matches == 0) continue;
      const bins = i32x4.shl(v128.and(i32x4.shr_u(magnitudes, shift), binMask), 4);
      if (matches & 1) countIn(partials + i32x4.extract_lane(bins, 0));
      if (matches & 2) countIn(partials + i32x4.extract_lane(bins, 1) + 4);
      if (matches & 4) countIn(partials + i32x4.extract_lane(bins, 2) + 8);
      if (matches & 8) countIn(partials + i32x4.extract_lane(bins, 3) + 12);
    }
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

/** Writes the counts per bin, as u32, to the totals. */
export function sumHistogram(): void {
  for (let bin = 0; bin < MAX_BINS; bin++) {
    const from = partials + bin * 16;
    const sum = load<i32>(from) + load<i32>(from, 4) + load<i32>(from, 8) + load<i32>(from, 12);
    store<i32>(totalsAt() + bin * 4, sum);
  }
}

/**
 * Index within the run of the `nth` element (from 0) of the given magnitude; with only f such elements, -1 - f. Twin:
 * matches.wgsl.
 */
export function indexOfMagnitude(count: i32, operand: i32, base: i32, magnitude: i32, nth: i32): i32 {
  const wanted = i32x4.splat(magnitude);
  let found = 0;
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    const end = min(count - block * BLOCK, BLOCK);
    const values = valuesOf(operand);
    const bases = valuesOf(base);
    for (let i = 0; i < end; i += 4) {
      const magnitudes = magnitudesAt(values + i * 4, bases + i * 4);
      let matches = bitsBelow(i32x4.eq(magnitudes, wanted), end - i);
      const before = found;
      found += popcnt(matches);
      if (found <= nth) continue;
      for (let skip = before; skip < nth; skip++) matches &= matches - 1;
      return block * BLOCK + i + ctz(matches);
    }
  }
  return -1 - found;
}
