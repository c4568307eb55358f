/** Scalars both engines take from a consensus before they go through the elements. */

import type { ConsensusSpec, DeltaRule } from '../types.ts';

/** Without a vote, a sum of weights below this counts as 1 (mergekit.md 2.6, step 4). */
const LEAST_DIVISOR = 1e-8;

/** What a kept delta is multiplied by. */
export function ruleFactor(rule: DeltaRule): number {
  return rule.scale * rule.weight;
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
