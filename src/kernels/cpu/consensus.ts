/**
 * Keep, scale, vote on the sign, normalise, add to the base.
 *
 * The vote weighs the sum of the positive terms against that of the negative ones, so that one pass over the rules
 * does; a NaN term takes no side. Mixed * (lambda / divisor), rather than (mixed / divisor) * lambda.
 */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { dividesPerElement, mixFactor, ruleFactor } from '../shared/factors.ts';
import type { ConsensusSpec } from '../types.ts';
import { type Lane, makeBlock, readBlock } from './decode.ts';
import { deltaBlock } from './deltas.ts';
import { encodeBlock, type Output } from './encode.ts';
import { keepBlock } from './keep.ts';

const baseBlock = makeBlock();
const operandBlock = makeBlock();
const deltas = new Float64Array(BLOCK_ELEMENTS);
const kept = new Uint8Array(BLOCK_ELEMENTS);
/** Sums of the terms above and below zero, and of their weights; without a vote all terms are in `plus`. */
const plus = new Float64Array(BLOCK_ELEMENTS);
const minus = new Float64Array(BLOCK_ELEMENTS);
const plusWeight = new Float64Array(BLOCK_ELEMENTS);
const minusWeight = new Float64Array(BLOCK_ELEMENTS);

/** Twin: consensus.wgsl. */
export function consensusTile(
  lanes: readonly Lane[],
  firstIndex: number,
  elementCount: number,
  spec: ConsensusSpec,
  output: Output,
): void {
  const base = lanes[spec.base] as Lane;
  const factor = mixFactor(spec);
  const divides = dividesPerElement(spec);
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readBlock(base, start, count, baseBlock);
    plus.fill(0, 0, count);
    minus.fill(0, 0, count);
    if (divides) {
      plusWeight.fill(0, 0, count);
      minusWeight.fill(0, 0, count);
    }
    for (const rule of spec.rules) {
      if (rule.keep.kind === 'none') continue;
      readBlock(lanes[rule.operand] as Lane, start, count, operandBlock);
      deltaBlock(operandBlock, baseBlock, count, deltas);
      keepBlock(rule.keep, deltas, firstIndex + start, count, kept);
      if (!spec.signVote) addKept(ruleFactor(rule), count);
      else if (divides) voteWeighted(ruleFactor(rule), rule.weight, count);
      else vote(ruleFactor(rule), count);
    }
    if (!spec.signVote) settleSum(baseBlock.values, factor, count);
    else if (divides) settleVoteWeighted(baseBlock.values, factor, count);
    else settleVote(baseBlock.values, factor, count);
    encodeBlock(plus, count, output, start);
  }
}

function addKept(factor: number, count: number): void {
  for (let i = 0; i < count; i++) {
    if (kept[i] as number) plus[i] = (plus[i] as number) + (deltas[i] as number) * factor;
  }
}

function vote(factor: number, count: number): void {
  for (let i = 0; i < count; i++) {
    if (!(kept[i] as number)) continue;
    const term = (deltas[i] as number) * factor;
    if (term > 0) plus[i] = (plus[i] as number) + term;
    else if (term < 0) minus[i] = (minus[i] as number) + term;
  }
}

function voteWeighted(factor: number, weight: number, count: number): void {
  for (let i = 0; i < count; i++) {
    if (!(kept[i] as number)) continue;
    const term = (deltas[i] as number) * factor;
    if (term > 0) {
      plus[i] = (plus[i] as number) + term;
      plusWeight[i] = (plusWeight[i] as number) + weight;
    } else if (term < 0) {
      minus[i] = (minus[i] as number) + term;
      minusWeight[i] = (minusWeight[i] as number) + weight;
    }
  }
}

/** The output's f64 values replace `plus`, here and in the two below. */
function settleSum(base: Float32Array, factor: number, count: number): void {
  for (let i = 0; i < count; i++) plus[i] = (base[i] as number) + (plus[i] as number) * factor;
}

function settleVote(base: Float32Array, factor: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const above = plus[i] as number;
    const below = minus[i] as number;
    plus[i] = (base[i] as number) + (above + below >= 0 ? above : below) * factor;
  }
}

function settleVoteWeighted(base: Float32Array, factor: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const above = plus[i] as number;
    const below = minus[i] as number;
    const plusWins = above + below >= 0;
    const divisor = plusWins ? (plusWeight[i] as number) : (minusWeight[i] as number);
    const share = divisor === 0 ? factor : factor / divisor;
    plus[i] = (base[i] as number) + (plusWins ? above : below) * share;
  }
}
