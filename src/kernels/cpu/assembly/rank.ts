/**
 * Random masks whose thresholds go by rank within a row. Whole rows are gathered from runs; a tile's elements end as bits,
 * for the rules of kernels to read.
 *
 * A chunk of rows lies in the table as a tile does in its tensor: its first block starts at a flat index that is a
 * multiple of BLOCK, and `lead` elements of that block precede the rows.
 */

import { BLOCK, blocksOf, scoreAt, scratch, tableAt } from './layout';
import { drawBlock } from './philox';
import { openBlock } from './select';

/** Shorter rows are sorted by insertion: clearing the counts of a radix sort would take longer. */
const SHORT_ROW: i32 = 32;
const DIGITS: i32 = 4;
const BINS: i32 = 256;

/** Magnitudes, then thresholds, of the chunk. */
let chunk: usize = 0;
/** The row's (magnitude, index) as u64, twice. */
let pairs: usize = 0;
let otherPairs: usize = 0;
let counts: usize = 0;
/** Thresholds by rank. */
let thresholds: usize = 0;
/** A bit per element of the tile, lowest first. */
let bits: usize = 0;

/** Bytes of the table for chunks of so many elements. */
export function rankBytes(chunkElements: i32, rowLength: i32, tileElements: i32): i32 {
  return (chunkElements + 2 * BLOCK) * 4 + rowLength * 20 + DIGITS * BINS * 4 + tileElements / 8 + 2 * BLOCK;
}

/** Lays the table out and clears the bits. */
export function openRanks(chunkElements: i32, rowLength: i32, tileElements: i32): void {
  chunk = tableAt();
  pairs = chunk + (chunkElements + 2 * BLOCK) * 4;
  otherPairs = pairs + rowLength * 8;
  counts = otherPairs + rowLength * 8;
  thresholds = counts + DIGITS * BINS * 4;
  bits = thresholds + rowLength * 4;
  memory.fill(bits, 0, tileElements / 8 + BLOCK);
}

export function thresholdsAt(): usize {
  return thresholds;
}

export function rankedBitsAt(): usize {
  return bits;
}

/** Puts the first score of a run of `count` at element `position` of the chunk. */
export function gatherScores(count: i32, position: i32): void {
  const to = chunk + position * 4;
  for (let block = 0; block < blocksOf(count); block++) {
    openBlock(block, count);
    memory.copy(to + block * BLOCK * 4, scoreAt(0).magnitudes, min(count - block * BLOCK, BLOCK) * 4);
  }
}

/**
 * Sets the bits of `rows` rows: an element's is set when its random word is below the threshold of its rank by (score,
 * index). The chunk's first block is block `tileBlock` of the tile and starts at flat index `first`. Twin: rank-mask.wgsl.
 */
export function rankRows(
  rows: i32,
  rowLength: i32,
  lead: i32,
  tileBlock: i32,
  first: f64,
  key0: i32,
  key1: i32,
): void {
  const end = lead + rows * rowLength;
  const blocks = (end + BLOCK - 1) / BLOCK;
  for (let row = 0; row < rows; row++) rankRow(chunk + (lead + row * rowLength) * 4, rowLength);
  // No word is below 0, so what is around the rows stays as it is.
  memory.fill(chunk, 0, lead * 4);
  memory.fill(chunk + end * 4, 0, (blocks * BLOCK - end) * 4);
  for (let block = 0; block < blocks; block++) {
    drawBlock(scratch, first + block * BLOCK, key0, key1);
    setBits(bits + ((tileBlock + block) * BLOCK) / 8, scratch, chunk + block * BLOCK * 4);
  }
}

function setBits(to: usize, words: usize, limits: usize): void {
  for (let i = 0; i < BLOCK; i += 8) {
    const low = i32x4.bitmask(i32x4.lt_u(v128.load(words + i * 4), v128.load(limits + i * 4)));
    const high = i32x4.bitmask(i32x4.lt_u(v128.load(words + i * 4, 16), v128.load(limits + i * 4, 16)));
    store<u8>(to + i / 8, load<u8>(to + i / 8) | <u8>(low | (high << 4)));
  }
}

/** Replaces the magnitudes of a row by the thresholds of their ranks. */
function rankRow(row: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    store<u64>(pairs + i * 8, ((<u64>load<u32>(row + i * 4)) << 32) | <u64>i);
  }
  if (length <= SHORT_ROW) insertPairs(length);
  else sortPairs(row, length);
  for (let rank = 0; rank < length; rank++) {
    const index = load<u32>(pairs + rank * 8);
    store<u32>(row + index * 4, load<u32>(thresholds + rank * 4));
  }
}

function insertPairs(length: i32): void {
  for (let i = 1; i < length; i++) {
    const own = load<u64>(pairs + i * 8);
    let to = i;
    for (; to > 0; to--) {
      const other = load<u64>(pairs + to * 8 - 8);
      if (other < own) break;
      store<u64>(pairs + to * 8, other);
    }
    store<u64>(pairs + to * 8, own);
  }
}

/** From the lowest digit of 8 bits; each pass keeps the order of the one before, so equal magnitudes stay by index. */
function sortPairs(row: usize, length: i32): void {
  memory.fill(counts, 0, DIGITS * BINS * 4);
  for (let i = 0; i < length; i++) {
    const magnitude = load<u32>(row + i * 4);
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = counts + (digit * BINS + ((magnitude >> (digit * 8)) & 0xff)) * 4;
      store<i32>(count, load<i32>(count) + 1);
    }
  }
  for (let digit = 0; digit < DIGITS; digit++) {
    const places = counts + digit * BINS * 4;
    const anyDigit = (load<u32>(row) >> (digit * 8)) & 0xff;
    if (load<i32>(places + anyDigit * 4) == length) continue;
    let place = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = load<i32>(places + bin * 4);
      store<i32>(places + bin * 4, place);
      place += count;
    }
    const shift = 32 + digit * 8;
    for (let i = 0; i < length; i++) {
      const pair = load<u64>(pairs + i * 8);
      const next = places + <usize>((pair >> shift) & 0xff) * 4;
      store<u64>(otherPairs + load<i32>(next) * 8, pair);
      store<i32>(next, load<i32>(next) + 1);
    }
    const swapped = pairs;
    pairs = otherPairs;
    otherPairs = swapped;
  }
}
