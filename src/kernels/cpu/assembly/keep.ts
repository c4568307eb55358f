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
  rule.values = valuesOf(operand);
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
  const cut = i32x4.splat(rule.magnitude);
  const ties = i32x4.splat(<i32>min(max(rule.ties - first, 0), BLOCK));
  let index = i32x4(0, 1, 2, 3);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const magnitudes = magnitudesAt(rule.values + i, bases + i);
    const tied = v128.and(i32x4.eq(magnitudes, cut), i32x4.lt_s(index, ties));
    v128.store(rule.masks + i, v128.or(i32x4.gt_s(magnitudes, cut), tied));
    index = i32x4.add(index, i32x4.splat(4));
  }
}

/**
 * Philox4x32-10 of eight counters at a time, a word of four of them per vector: two groups, because a round must wait
 * for the one before it. A block's 1024 counters never cross a multiple of 2^32, because it starts at a multiple of
 * 1024. Twin: philox4x32 in src/kernels/shared/philox.ts.
 */
function maskRandom(rule: Rule, firstCounter: i64): void {
  const lastWord = i32x4.splat(rule.lastWord);
  const counterHigh = i32x4.splat(<i32>(firstCounter >> 32));
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let counter = i32x4.add(i32x4.splat(<i32>firstCounter), i32x4(0, 1, 2, 3));
  for (let i = 0; i < BLOCK * 4; i += 128) {
    let a0 = counter;
    let a1 = counterHigh;
    let a2 = i32x4.splat(0);
    let a3 = a2;
    let b0 = i32x4.add(counter, i32x4.splat(4));
    let b1 = counterHigh;
    let b2 = a2;
    let b3 = a2;
    let key0 = rule.key0;
    let key1 = rule.key1;
    for (let round = 0; round < 10; round++) {
      const keys0 = i32x4.splat(key0);
      const keys1 = i32x4.splat(key1);
      let low = i64x2.extmul_low_i32x4_u(a0, multiplier0);
      let high = i64x2.extmul_high_i32x4_u(a0, multiplier0);
      a0 = a2;
      a2 = v128.xor(v128.xor(oddWords(low, high), a3), keys1);
      a3 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(a0, multiplier1);
      high = i64x2.extmul_high_i32x4_u(a0, multiplier1);
      a0 = v128.xor(v128.xor(oddWords(low, high), a1), keys0);
      a1 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(b0, multiplier0);
      high = i64x2.extmul_high_i32x4_u(b0, multiplier0);
      b0 = b2;
      b2 = v128.xor(v128.xor(oddWords(low, high), b3), keys1);
      b3 = evenWords(low, high);
      low = i64x2.extmul_low_i32x4_u(b0, multiplier1);
      high = i64x2.extmul_high_i32x4_u(b0, multiplier1);
      b0 = v128.xor(v128.xor(oddWords(low, high), b1), keys0);
      b1 = evenWords(low, high);
      key0 += 0x9e3779b9;
      key1 += 0xbb67ae85;
    }
    storeBelow(rule.masks + i, lastWord, a0, a1, a2, a3);
    storeBelow(rule.masks + i + 64, lastWord, b0, b1, b2, b3);
    counter = i32x4.add(counter, i32x4.splat(8));
  }
}

@inline
function evenWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

@inline
function oddWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 1, 3, 5, 7);
}

/** Masks of words up to `last`. Word w of counter c belongs to element 4c + w: the vectors' transpose. */
@inline
function storeBelow(to: usize, last: v128, c0: v128, c1: v128, c2: v128, c3: v128): void {
  const word0 = i32x4.le_u(c0, last);
  const word1 = i32x4.le_u(c1, last);
  const word2 = i32x4.le_u(c2, last);
  const word3 = i32x4.le_u(c3, last);
  const low01 = i32x4.shuffle(word0, word1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(word2, word3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(word0, word1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(word2, word3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to, i64x2.shuffle(low01, low23, 1, 3), 16);
  v128.store(to, i64x2.shuffle(high01, high23, 0, 2), 32);
  v128.store(to, i64x2.shuffle(high01, high23, 1, 3), 48);
}
