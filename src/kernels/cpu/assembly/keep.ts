/** Which elements of a block of one delta survive, as masks of 32 bits. */

import { BLOCK, Rule, ruleAt, scoreAt, valuesOf } from './layout';
import { drawBlock } from './philox';

const KEEP_NONE: i32 = 0;
const KEEP_ALL: i32 = 1;
const KEEP_LARGEST: i32 = 2;
const KEEP_MIDDLE: i32 = 3;
const KEEP_RANDOM: i32 = 4;
const KEEP_BITS: i32 = 5;

/** `factor` is what a kept delta is multiplied by: scale * weight. */
export function setRule(
  index: i32,
  operand: i32,
  factor: f64,
  scale: f64,
  weight: f64,
  voteWeight: f64,
): void {
  const rule = ruleAt(index);
  rule.values = valuesOf(operand);
  rule.factor = factor;
  rule.scale32 = <f32>scale;
  rule.voteWeight32 = <f32>voteWeight;
  rule.weight = weight;
}

export function keepNone(index: i32): void {
  ruleAt(index).keep = KEEP_NONE;
}

export function keepAll(index: i32): void {
  ruleAt(index).keep = KEEP_ALL;
}

/** Magnitudes of score `score` above `cut` stay, and equal ones while their flat index is below `ties`. */
export function keepLargest(index: i32, score: i32, cut: i32, ties: f64): void {
  const rule = ruleAt(index);
  rule.keep = KEEP_LARGEST;
  rule.magnitudes = scoreAt(score).magnitudes;
  rule.cut = cut;
  rule.ties = ties;
}

/** What `keepLargest` keeps with the first two numbers and not with the others. */
export function keepMiddle(index: i32, score: i32, cut: i32, ties: f64, innerCut: i32, innerTies: f64): void {
  keepLargest(index, score, cut, ties);
  const rule = ruleAt(index);
  rule.keep = KEEP_MIDDLE;
  rule.innerCut = innerCut;
  rule.innerTies = innerTies;
}

/** Philox words up to `lastWord` stay; `records` is whether `sums` is to write them down. */
export function keepRandom(index: i32, key0: i32, key1: i32, lastWord: i32, records: bool): void {
  const rule = ruleAt(index);
  rule.keep = KEEP_RANDOM;
  rule.key0 = key0;
  rule.key1 = key1;
  rule.lastWord = <u32>lastWord;
  rule.records = records;
}

/** Elements whose bit the caller sets, before each run, at `bitsAt`. */
export function keepBits(index: i32): void {
  ruleAt(index).keep = KEEP_BITS;
}

/** A bit per element of the run, lowest first. */
export function bitsAt(index: i32): usize {
  return ruleAt(index).bits;
}

/**
 * Fills the masks of a rule for the decoded block `block`, which starts at flat index `first` and whose scores are made.
 * Twin: lib/keep.wgsl.
 */
export function keepBlock(rule: Rule, block: i32, first: f64): void {
  if (rule.keep == KEEP_LARGEST) maskLargest(rule, first);
  else if (rule.keep == KEEP_MIDDLE) maskMiddle(rule, first);
  else if (rule.keep == KEEP_RANDOM) maskRandom(rule, first);
  else if (rule.keep == KEEP_BITS) unpackBits(rule.masks, rule.bits + (block * BLOCK) / 8);
  else memory.fill(rule.masks, rule.keep == KEEP_ALL ? 0xff : 0, BLOCK * 4);
}

/** Elements with index up to so many are kept of those equal to a cut. */
@inline
function tiesFrom(ties: f64, first: f64): v128 {
  return i32x4.splat(<i32>min(max(ties - first, 0), BLOCK));
}

@inline
function isAbove(magnitudes: v128, cut: v128, index: v128, ties: v128): v128 {
  const tied = v128.and(i32x4.eq(magnitudes, cut), i32x4.lt_s(index, ties));
  return v128.or(i32x4.gt_s(magnitudes, cut), tied);
}

function maskLargest(rule: Rule, first: f64): void {
  const cut = i32x4.splat(rule.cut);
  const ties = tiesFrom(rule.ties, first);
  let index = i32x4(0, 1, 2, 3);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    v128.store(rule.masks + i, isAbove(v128.load(rule.magnitudes + i), cut, index, ties));
    index = i32x4.add(index, i32x4.splat(4));
  }
}

function maskMiddle(rule: Rule, first: f64): void {
  const outerCut = i32x4.splat(rule.cut);
  const outerTies = tiesFrom(rule.ties, first);
  const innerCut = i32x4.splat(rule.innerCut);
  const innerTies = tiesFrom(rule.innerTies, first);
  let index = i32x4(0, 1, 2, 3);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    const magnitudes = v128.load(rule.magnitudes + i);
    const outer = isAbove(magnitudes, outerCut, index, outerTies);
    v128.store(rule.masks + i, v128.andnot(outer, isAbove(magnitudes, innerCut, index, innerTies)));
    index = i32x4.add(index, i32x4.splat(4));
  }
}

function maskRandom(rule: Rule, first: f64): void {
  drawBlock(rule.masks, first, rule.key0, rule.key1);
  const last = i32x4.splat(rule.lastWord);
  for (let at = rule.masks; at < rule.masks + BLOCK * 4; at += 16) {
    v128.store(at, i32x4.le_u(v128.load(at), last));
  }
}

/** Writes a block of masks as bits. */
export function packBits(masks: usize, bits: usize): void {
  for (let i = 0; i < BLOCK; i += 8) {
    const low = i32x4.bitmask(v128.load(masks + i * 4));
    const high = i32x4.bitmask(v128.load(masks + i * 4, 16));
    store<u8>(bits + i / 8, <u8>(low | (high << 4)));
  }
}

function unpackBits(masks: usize, bits: usize): void {
  const lowBits = i32x4(1, 2, 4, 8);
  const highBits = i32x4(16, 32, 64, 128);
  for (let i = 0; i < BLOCK; i += 8) {
    const byte = i32x4.splat(load<u8>(bits + i / 8));
    v128.store(masks + i * 4, i32x4.eq(v128.and(byte, lowBits), lowBits));
    v128.store(masks + i * 4, i32x4.eq(v128.and(byte, highBits), highBits), 16);
  }
}
