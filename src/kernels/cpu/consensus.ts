/**
 * Keep, scale, vote on the sign, normalise, add to the base.
 *
 * The vote weighs the sum of the positive terms against that of the negative ones, so that one pass over the rules
 * does; a NaN term takes no side. Mixed * (lambda / divisor), rather than (mixed / divisor) * lambda.
 */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { dividesPerElement, listsShares, mixFactor, ruleFactor, shareTable } from '../shared/factors.ts';
import type { ConsensusSpec, DeltaRule } from '../types.ts';
import { cast, castFinite, clearBallot, makeBallot, noteRule, settle, settleFinite } from './ballot.ts';
import { type Lane, makeBlock, readBlock } from './decode.ts';
import { deltaBlock } from './deltas.ts';
import { encodeBlock, type Output } from './encode.ts';
import { keepBlock } from './keep.ts';

const baseBlock = makeBlock();
const operandBlock = makeBlock();
const deltas = new Float64Array(BLOCK_ELEMENTS);
const kept = new Uint8Array(BLOCK_ELEMENTS);
const totals = new Float64Array(BLOCK_ELEMENTS);
const ballot = makeBallot();

/** Twin: consensus.wgsl. */
export function consensusTile(
  lanes: readonly Lane[],
  firstIndex: number,
  elementCount: number,
  spec: ConsensusSpec,
  output: Output,
): void {
  const factor = mixFactor(spec);
  const shares = listsShares(spec) ? Float64Array.from(shareTable(spec)) : null;
  const divides = dividesPerElement(spec);
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readBlock(lanes[spec.base] as Lane, start, count, baseBlock);
    /** Reads each rule's deltas and mask of this block for `use`. */
    const eachRule = (use: (rule: DeltaRule, index: number) => void) => {
      spec.rules.forEach((rule, index) => {
        if (rule.keep.kind === 'none') return;
        readBlock(lanes[rule.operand] as Lane, start, count, operandBlock);
        deltaBlock(operandBlock, baseBlock, count, deltas);
        keepBlock(rule.keep, deltas, firstIndex + start, count, kept);
        use(rule, index);
      });
    };
    if (!spec.signVote) {
      totals.fill(0, 0, count);
      eachRule((rule) => addKept(ruleFactor(rule), count));
      settleSum(baseBlock.values, factor, count);
    } else if ((divides && shares === null) || !voteFinite(eachRule, factor, shares, count)) {
      clearBallot(ballot, count);
      eachRule((rule) => cast(ballot, deltas, kept, ruleFactor(rule), rule.weight, count));
      settle(ballot, baseBlock.values, factor, divides, count, totals);
    }
    encodeBlock(totals, count, output, start);
  }
}

function voteFinite(
  eachRule: (use: (rule: DeltaRule, index: number) => void) => void,
  factor: number,
  shares: Float64Array | null,
  count: number,
): boolean {
  clearBallot(ballot, count);
  eachRule((rule, index) => {
    castFinite(ballot, deltas, kept, ruleFactor(rule), count);
    if (shares !== null) noteRule(ballot, index, count);
  });
  return settleFinite(ballot, baseBlock.values, factor, shares, count, totals);
}

function addKept(factor: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const before = totals[i] as number;
    const term = (deltas[i] as number) * factor * (kept[i] as number);
    // A dropped infinity must not become NaN; one that is kept stays what it is.
    totals[i] = Math.abs(term) < Number.POSITIVE_INFINITY || kept[i] === 1 ? before + term : before;
  }
}

/** base + sum * factor replaces the sum. */
function settleSum(base: Float32Array, factor: number, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = (base[i] as number) + (totals[i] as number) * factor;
}
