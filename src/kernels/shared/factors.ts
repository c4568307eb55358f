/** Scalars both engines take from a consensus before they go through the elements. */

import type { ConsensusSpec, DeltaRule } from '../types.ts';

/** Without a vote, a sum of weights below this counts as 1 (mergekit 0.1.4). */
const LEAST_DIVISOR = 1e-8;

/** Most rules whose 2^n sets are listed; more are divided per element. */
const MAX_LISTED_RULES = 10;

/** What a kept delta is multiplied by. */
export function ruleFactor(rule: DeltaRule): number {
  return rule.scale * rule.weight;
}

/** What a kept delta, after its scale, is multiplied by in the vote. */
export function voteWeight(rule: DeltaRule): number {
  return rule.voteWeight ?? rule.weight;
}

/** Whether each element is divided by its own sum of weights. */
export function dividesPerElement(spec: ConsensusSpec): boolean {
  return spec.signVote && spec.normalize;
}

/** What the mixed delta is multiplied by, before any division per element. */
export function mixFactor(spec: ConsensusSpec): number {
  if (!spec.normalize || spec.signVote) return spec.lambda;
  const divisor = spec.rules.reduce((sum, rule) => sum + rule.weight, 0);
  return spec.lambda / (Math.abs(divisor) < LEAST_DIVISOR ? 1 : divisor);
}

/** Whether the shares of an element are looked up in a `shareTable`. */
export function listsShares(spec: ConsensusSpec): boolean {
  return dividesPerElement(spec) && spec.rules.length <= MAX_LISTED_RULES;
}

/**
 * Per set of rules that took part, as bits (rule 0 lowest): the mix factor over the sum of their weights, added in rule
 * order. A sum below `leastDivisor` counts as that; without one, a sum of 0 counts as 1.
 */
export function shareTable(spec: ConsensusSpec): number[] {
  const divisors = [0];
  for (const { weight } of spec.rules) {
    for (let set = 0, sets = divisors.length; set < sets; set++) divisors.push((divisors[set] ?? 0) + weight);
  }
  const factor = mixFactor(spec);
  return divisors.map((divisor) => factor / divisorOf(spec, divisor));
}

/** What an element whose weights have the sum `divisor` is divided by. */
function divisorOf({ leastDivisor }: ConsensusSpec, divisor: number): number {
  if (leastDivisor !== undefined) return Math.max(divisor, leastDivisor);
  return divisor === 0 ? 1 : divisor;
}
