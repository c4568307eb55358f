/**
 * Which elements of a block of one delta survive. Masks are drawn from what no processor can foresee, so the loops
 * compute bits instead of branching: a branch guessed wrong costs more than all the rest.
 */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { philox4x32Into } from '../shared/philox.ts';
import type { KeepRule } from '../types.ts';
import { magnitudeBlock } from './magnitude.ts';

const magnitudes = new Int32Array(BLOCK_ELEMENTS);
const words = new Int32Array(4);

/**
 * Writes 1 or 0 per element to `kept`. `firstIndex` is the flat index of the block's first element, a multiple of
 * 4096; `deltas` are read by `largest` alone. Twin: keptOf in keep.wgsl.
 */
export function keepBlock(
  rule: KeepRule,
  deltas: Float64Array,
  firstIndex: number,
  count: number,
  kept: Uint8Array,
): void {
  if (rule.kind === 'all' || (rule.kind === 'random' && rule.threshold >= 2 ** 32)) {
    kept.fill(1, 0, count);
  } else if (rule.kind === 'none') {
    kept.fill(0, 0, count);
  } else if (rule.kind === 'random') {
    keepRandom(rule.key[0], rule.key[1], rule.threshold | 0, firstIndex, count, kept);
  } else {
    magnitudeBlock(deltas, count, magnitudes);
    keepLargest(rule.cut.magnitude, rule.cut.ties - firstIndex, count, kept);
  }
}

function keepLargest(magnitude: number, ties: number, count: number, kept: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    const own = magnitudes[i] as number;
    kept[i] = (magnitude - own) >>> 31;
    if (own === magnitude && i < ties) kept[i] = 1;
  }
}

function keepRandom(
  key0: number,
  key1: number,
  threshold: number,
  firstIndex: number,
  count: number,
  kept: Uint8Array,
): void {
  const firstCounter = firstIndex / 4;
  const high = Math.floor(firstCounter / 2 ** 32);
  // A block's 1024 counters never cross a multiple of 2^32, because it starts at a multiple of 1024.
  const low = (firstCounter % 2 ** 32) | 0;
  for (let i = 0; i < count; i += 4) {
    philox4x32Into(words, low + (i >> 2), high, 0, 0, key0, key1);
    // Past the block's end this writes into room that is not read.
    kept[i] = isBelow(words[0] as number, threshold);
    kept[i + 1] = isBelow(words[1] as number, threshold);
    kept[i + 2] = isBelow(words[2] as number, threshold);
    kept[i + 3] = isBelow(words[3] as number, threshold);
  }
}

/** 1 when a < b as unsigned words, else 0: the borrow of a - b. */
function isBelow(a: number, b: number): number {
  return ((~a & b) | ((~a | b) & (a - b))) >>> 31;
}
