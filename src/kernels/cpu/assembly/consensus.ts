/**
 * Keep, scale, vote on the sign, normalise, add to the base. Mixed * (lambda / divisor), rather than
 * (mixed / divisor) * lambda.
 *
 * The vote is f32, rounded at every operation, because mergekit's is, and a vote within one rounding of a tie must fall
 * as it does there; the terms that are then added are f64.
 */

import { readBlocks } from './decode';
import { encodeBlock } from './encode';
import { keepBlock } from './keep';
import { highMasks, lowMasks, promote } from './lanes';
import {
  BLOCK,
  blocksOf,
  outputBlock,
  RULE_BYTES,
  Rule,
  ruleAt,
  ruleCount,
  rules,
  totals,
  valuesOf,
} from './layout';
import { scoreBlocks } from './score';

/**
 * Merges a run of `count` elements, which starts at flat index `first`, to the output. `factor` multiplies what was
 * mixed; with `divides`, an element's factor is that over the sum of the weights that took part, or over
 * `leastDivisor` where that is less, or, when it is 0, over 1 where the sum is 0. Twin: consensus.wgsl.
 */
export function consensus(
  count: i32,
  first: f64,
  base: i32,
  signVote: bool,
  divides: bool,
  leastDivisor: f64,
  factor: f64,
  out: i32,
): void {
  for (let block = 0; block < blocksOf(count); block++) {
    readBlocks(block);
    scoreBlocks(block, count);
    for (let r = 0; r < ruleCount; r++) keepBlock(ruleAt(r), block, first + block * BLOCK);
    if (!signVote) mixAll(base, factor);
    else if (divides) mixElected(true, base, factor, leastDivisor);
    else mixElected(false, base, factor, 0);
    encodeBlock(out, outputBlock(block, out));
  }
}

/** base + factor * sum of kept terms, to `totals`. */
function mixAll(base: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  const bases = valuesOf(base);
  const end = rules + ruleCount * RULE_BYTES;
  for (let i = 0; i < BLOCK; i += 4) {
    const from = bases + i * 4;
    const base0 = promote(from);
    const base1 = promote(from + 8);
    let mixed0 = f64x2.splat(0);
    let mixed1 = mixed0;
    for (let at = rules; at < end; at += RULE_BYTES) {
      const rule = changetype<Rule>(at);
      const x = rule.values + i * 4;
      const masks = v128.load(rule.masks + i * 4);
      const term0 = f64x2.mul(f64x2.sub(promote(x), base0), f64x2.splat(rule.factor));
      const term1 = f64x2.mul(f64x2.sub(promote(x + 8), base1), f64x2.splat(rule.factor));
      mixed0 = f64x2.add(mixed0, v128.and(term0, lowMasks(masks)));
      mixed1 = f64x2.add(mixed1, v128.and(term1, highMasks(masks)));
    }
    const to = totals + i * 8;
    v128.store(to, f64x2.add(base0, f64x2.mul(mixed0, factors)));
    v128.store(to, f64x2.add(base1, f64x2.mul(mixed1, factors)), 16);
  }
}

/** base + factor * sum of the kept terms of the elected sign, over their weights' sum when `divides`, to `totals`. */
@inline
function mixElected(divides: bool, base: i32, factor: f64, leastDivisor: f64): void {
  const factors = f64x2.splat(factor);
  const bases = valuesOf(base);
  const end = rules + ruleCount * RULE_BYTES;
  const zero = f64x2.splat(0);
  for (let i = 0; i < BLOCK; i += 4) {
    const from = bases + i * 4;
    const base0 = promote(from);
    const base1 = promote(from + 8);
    // All ones where minus is elected; flipping the terms' signs there leaves one comparison for both sides.
    const minus = minusElected(i * 4, v128.load(from), end);
    const flip0 = i64x2.shl(lowMasks(minus), 63);
    const flip1 = i64x2.shl(highMasks(minus), 63);
    let mixed0 = zero;
    let mixed1 = zero;
    let weight0 = zero;
    let weight1 = zero;
    for (let at = rules; at < end; at += RULE_BYTES) {
      const rule = changetype<Rule>(at);
      const x = rule.values + i * 4;
      const masks = v128.load(rule.masks + i * 4);
      const term0 = f64x2.mul(f64x2.sub(promote(x), base0), f64x2.splat(rule.factor));
      const term1 = f64x2.mul(f64x2.sub(promote(x + 8), base1), f64x2.splat(rule.factor));
      const agrees0 = v128.and(f64x2.gt(v128.xor(term0, flip0), zero), lowMasks(masks));
      const agrees1 = v128.and(f64x2.gt(v128.xor(term1, flip1), zero), highMasks(masks));
      mixed0 = f64x2.add(mixed0, v128.and(term0, agrees0));
      mixed1 = f64x2.add(mixed1, v128.and(term1, agrees1));
      if (divides) {
        weight0 = f64x2.add(weight0, v128.and(f64x2.splat(rule.weight), agrees0));
        weight1 = f64x2.add(weight1, v128.and(f64x2.splat(rule.weight), agrees1));
      }
    }
    let share0 = factors;
    let share1 = factors;
    if (divides) {
      share0 = f64x2.div(factors, divisorOf(weight0, leastDivisor));
      share1 = f64x2.div(factors, divisorOf(weight1, leastDivisor));
    }
    const to = totals + i * 8;
    v128.store(to, f64x2.add(base0, f64x2.mul(mixed0, share0)));
    v128.store(to, f64x2.add(base1, f64x2.mul(mixed1, share1)), 16);
  }
}

/** Four votes: all ones where the balance of kept terms is below zero, or NaN. */
@inline
function minusElected(offset: usize, bases: v128, end: usize): v128 {
  let balance = f32x4.splat(0);
  for (let at = rules; at < end; at += RULE_BYTES) {
    const rule = changetype<Rule>(at);
    const delta = f32x4.sub(v128.load(rule.values + offset), bases);
    const scaled = f32x4.mul(delta, f32x4.splat(rule.scale32));
    const term = f32x4.mul(scaled, f32x4.splat(rule.voteWeight32));
    balance = f32x4.add(balance, v128.and(term, v128.load(rule.masks + offset)));
  }
  return v128.not(f32x4.ge(balance, f32x4.splat(0)));
}

@inline
function divisorOf(sums: v128, least: f64): v128 {
  if (least > 0) return f64x2.max(sums, f64x2.splat(least));
  return v128.bitselect(f64x2.splat(1), sums, f64x2.eq(sums, f64x2.splat(0)));
}
