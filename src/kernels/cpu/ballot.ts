/**
 * The vote over a block's elements, twice: without branches for finite terms, because signs and masks foil every
 * guess of the processor, and plainly for infinities and for more rules than sets can be listed.
 */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';

/** Sums of the terms above and below zero, and the sets of rules (as bits) or sums of weights that made them. */
export interface Ballot {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
  readonly plusRules: Int32Array;
  readonly minusRules: Int32Array;
  readonly plusWeight: Float64Array;
  readonly minusWeight: Float64Array;
}

export function makeBallot(): Ballot {
  return {
    plus: new Float64Array(BLOCK_ELEMENTS),
    minus: new Float64Array(BLOCK_ELEMENTS),
    plusRules: new Int32Array(BLOCK_ELEMENTS),
    minusRules: new Int32Array(BLOCK_ELEMENTS),
    plusWeight: new Float64Array(BLOCK_ELEMENTS),
    minusWeight: new Float64Array(BLOCK_ELEMENTS),
  };
}

export function clearBallot(ballot: Ballot, count: number): void {
  for (const sums of Object.values(ballot)) sums.fill(0, 0, count);
}

const terms = new Float64Array(BLOCK_ELEMENTS);
/** Low and high words of `terms` by turns (every platform with WebAssembly or WebGPU is little-endian). */
const termWords = new Int32Array(terms.buffer);

/** Adds one rule's terms to their side. A dropped infinity makes both sums NaN, which `settleFinite` notices. */
export function castFinite(
  { plus, minus }: Ballot,
  deltas: Float64Array,
  kept: Uint8Array,
  factor: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const term = (deltas[i] as number) * factor * (kept[i] as number);
    const size = Math.abs(term);
    terms[i] = term;
    plus[i] = (plus[i] as number) + (term + size) * 0.5;
    minus[i] = (minus[i] as number) + (term - size) * 0.5;
  }
}

/** Notes on which side rule `rule` was in the last `castFinite`. */
export function noteRule({ plusRules, minusRules }: Ballot, rule: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const high = termWords[2 * i + 1] as number;
    const bits = (termWords[2 * i] as number) | (high & 0x7fffffff);
    const present = (bits | -bits) >>> 31;
    const below = present & (high >>> 31);
    plusRules[i] = (plusRules[i] as number) | ((present ^ below) << rule);
    minusRules[i] = (minusRules[i] as number) | (below << rule);
  }
}

/**
 * Writes base + elected sum * share to `target`: share is `shares` of the elected rules, or `factor` without a list.
 * False when a sum is not finite, and the block must be done again with `cast` and `settle`.
 */
export function settleFinite(
  ballot: Ballot,
  base: Float32Array,
  factor: number,
  shares: Float64Array | null,
  count: number,
  target: Float64Array,
): boolean {
  const { plus, minus } = ballot;
  let finite = true;
  for (let i = 0; i < count; i++) {
    const balance = (plus[i] as number) + (minus[i] as number);
    terms[i] = balance;
    if (!(Math.abs(balance) < Number.POSITIVE_INFINITY)) finite = false;
  }
  if (!finite) return false;
  if (shares !== null) settleShares(ballot, base, shares, count, target);
  else settleFactor(ballot, base, factor, count, target);
  return true;
}

function settleFactor(
  { plus, minus }: Ballot,
  base: Float32Array,
  factor: number,
  count: number,
  target: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const minusWins = (termWords[2 * i + 1] as number) >>> 31;
    const mixed = (plus[i] as number) * (1 - minusWins) + (minus[i] as number) * minusWins;
    target[i] = (base[i] as number) + mixed * factor;
  }
}

function settleShares(
  { plus, minus, plusRules, minusRules }: Ballot,
  base: Float32Array,
  shares: Float64Array,
  count: number,
  target: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const minusWins = (termWords[2 * i + 1] as number) >>> 31;
    const mixed = (plus[i] as number) * (1 - minusWins) + (minus[i] as number) * minusWins;
    const rules = (plusRules[i] as number) * (1 - minusWins) + (minusRules[i] as number) * minusWins;
    target[i] = (base[i] as number) + mixed * (shares[rules] as number);
  }
}

/** Adds one rule's terms and weight to their side, whatever they are; a NaN term takes no side. */
export function cast(
  ballot: Ballot,
  deltas: Float64Array,
  kept: Uint8Array,
  factor: number,
  weight: number,
  count: number,
): void {
  const { plus, minus, plusWeight, minusWeight } = ballot;
  for (let i = 0; i < count; i++) {
    const term = (deltas[i] as number) * factor;
    if (!(kept[i] as number)) continue;
    if (term > 0) {
      plus[i] = (plus[i] as number) + term;
      plusWeight[i] = (plusWeight[i] as number) + weight;
    } else if (term < 0) {
      minus[i] = (minus[i] as number) + term;
      minusWeight[i] = (minusWeight[i] as number) + weight;
    }
  }
}

/** Writes base + elected sum * share to `target`; share is `factor`, over the elected weights when `divides` (0 counts as 1). */
export function settle(
  { plus, minus, plusWeight, minusWeight }: Ballot,
  base: Float32Array,
  factor: number,
  divides: boolean,
  count: number,
  target: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const plusWins = (plus[i] as number) + (minus[i] as number) >= 0;
    const divisor = plusWins ? (plusWeight[i] as number) : (minusWeight[i] as number);
    const share = divides && divisor !== 0 ? factor / divisor : factor;
    target[i] = (base[i] as number) + (plusWins ? (plus[i] as number) : (minus[i] as number)) * share;
  }
}
