/** Which elements of a block of one delta survive, as masks of 32 bits. */

import { BLOCK, Rule, ruleAt, valuesOf } from './layout';
import { magnitudesAt } from './magnitude';

const KEEP_NONE: i32 = 0;
const KEEP_ALL: i32 = 1;
const KEEP_LARGEST: i32 = 2;
const KEEP_RANDOM: i32 = 3;

/** `factor` is what a kept delta is multiplied by: scale * weight. */
export function setRule(index: i32, operand: i32, factor: f64, scale: f64, weight: f64): void {
  const rule = ruleAt(index);
  rule.operand = operand;
  rule.factor = factor;
  rule.scale32 = <f32>scale;
  rule.weight32 = <f32>weight;
  rule.weight = weight;
}

export function keepNone(index: i32): void {
  ruleAt(index).keep = KEEP_NONE;
}

export function keepAll(index: i32): void {
  ruleAt(index).keep = KEEP_ALL;
}

/** Magnitudes above `magnitude` stay, and equal ones while their flat index is below `ties`. */
export function keepLargest(index: i32, magnitude: i32, ties: f64): void {
  const rule = ruleAt(index);
  rule.keep = KEEP_LARGEST;
  rule.magnitude = magnitude;
  rule.ties = ties;
}

/** Philox words up to `lastWord` stay. */
export function keepRandom(index: i32, key0: i32, key1: i32, lastWord: i32): void {
  const rule = ruleAt(index);
  rule.keep = KEEP_RANDOM;
  rule.key0 = key0;
  rule.key1 = key1;
  rule.lastWord = <u32>lastWord;
}

/** Fills the masks of a rule for the decoded block, which starts at flat index `first`. Twin: keptOf in keep.wgsl. */
export function keepBlock(rule: Rule, base: i32, first: f64): void {
  if (rule.keep == KEEP_RANDOM) maskRandom(rule, <i64>first / 4);
  else if (rule.keep == KEEP_LARGEST) maskLargest(rule, base, first);
  else memory.fill(rule.masks, rule.keep == KEEP_ALL ? 0xff : 0, BLOCK * 4);
}

function maskLargest(rule: Rule, base: i32, first: f64): void {
  const bases = valuesOf(base);
  const values = valuesOf(rule.operand);
  const cut = i32x4.splat(rule.magnitude);
  const ties = i32x4.splat(<i32>min(max(rule.ties - first, 0), BLOCK));
  let index = i32x4(0, 1, 2, 3);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const magnitudes = magnitudesAt(values + i, bases + i);
    const tied = v128.and(i32x4.eq(magnitudes, cut), i32x4.lt_s(index, ties));
    v128.store(rule.masks + i, v128.or(i32x4.gt_s(magnitudes, cut), tied));
    index = i32x4.add(index, i32x4.splat(4));
  }
}

/**
 * Philox4x32-10 of four counters at a time, a word of each per vector; a block's 1024 counters never cross a multiple
 * of 2^32, because it starts at a multiple of 1024. Twin: philox4x32 in src/kernels/shared/philox.ts.
 */
function maskRandom(rule: Rule, firstCounter: i64): void {
  const lastWord = i32x4.splat(rule.lastWord);
  const firstKey0 = i32x4.splat(rule.key0);
  const firstKey1 = i32x4.splat(rule.key1);
  const counterHigh = i32x4.splat(<i32>(firstCounter >> 32));
  let counter = i32x4.add(i32x4.splat(<i32>firstCounter), i32x4(0, 1, 2, 3));
  for (let i = 0; i < BLOCK * 4; i += 64) {
    let c0 = counter;
    let c1 = counterHigh;
    let c2 = i32x4.splat(0);
    let c3 = i32x4.splat(0);
    let key0 = firstKey0;
    let key1 = firstKey1;
    for (let round = 0; round < 10; round++) {
      const a0 = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(0xd2511f53));
      const a1 = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(0xd2511f53));
      const b0 = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(0xcd9e8d57));
      const b1 = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(0xcd9e8d57));
      c0 = v128.xor(v128.xor(i32x4.shuffle(b0, b1, 1, 3, 5, 7), c1), key0);
      c1 = i32x4.shuffle(b0, b1, 0, 2, 4, 6);
      c2 = v128.xor(v128.xor(i32x4.shuffle(a0, a1, 1, 3, 5, 7), c3), key1);
      c3 = i32x4.shuffle(a0, a1, 0, 2, 4, 6);
      key0 = i32x4.add(key0, i32x4.splat(0x9e3779b9));
      key1 = i32x4.add(key1, i32x4.splat(0xbb67ae85));
    }
    storeRows(
      rule.masks + i,
      i32x4.le_u(c0, lastWord),
      i32x4.le_u(c1, lastWord),
      i32x4.le_u(c2, lastWord),
      i32x4.le_u(c3, lastWord),
    );
    counter = i32x4.add(counter, i32x4.splat(4));
  }
}

/** Word w of counter c belongs to element 4c + w: the transpose of four vectors of words. */
@inline
function storeRows(to: usize, word0: v128, word1: v128, word2: v128, word3: v128): void {
  const low01 = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
}
