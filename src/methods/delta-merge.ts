/**
 * The family of methods that work on task vectors (x - base): thin each one out, weigh them, optionally let the signs
 * vote, and add the sum to the base. The members differ in how they thin out, whether signs vote, and two defaults.
 */

import type { DeltaRule, KeepRule } from '../kernels/types.ts';
import { familyParameters } from './delta-parameters.ts';
import type { RuleByCuts, Thinning } from './thinning/thinning.ts';
import type { FinalPass, MethodDefinition, TensorInputs, TensorMath } from './types.ts';
import { flagOf, mergedOperands, numberOf } from './values.ts';

export interface DeltaMergeTraits
  extends Pick<MethodDefinition, 'name' | 'title' | 'summary' | 'documentation' | 'paper'> {
  /** Null: every element takes part. */
  readonly thinning: Thinning | null;
  readonly signVote: boolean;
  readonly normalizeByDefault: boolean;
  readonly rescaleByDefault: boolean;
}

/** L1 norms and weight sums below these count as zero, as in mergekit (mergekit's thresholds, restated). */
const ZERO_NORM = 1e-7;
const ZERO_DIVISOR = 1e-8;

/** A method of the family, with the parameters they all have in common. */
export function deltaMerge(traits: DeltaMergeTraits): MethodDefinition {
  const { thinning, signVote, normalizeByDefault, rescaleByDefault, ...described } = traits;
  const keepOf = (inputs: TensorInputs, operand: number): KeepRule | RuleByCuts =>
    thinning?.keep(inputs, operand) ?? { kind: 'all' };
  return {
    ...described,
    inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
    parameters: familyParameters({ thinning, normalizeByDefault, rescaleByDefault }),
    readsTwice: (inputs) =>
      activeOperands(inputs).some((operand) => {
        const keep = keepOf(inputs, operand);
        return keep.kind === 'cuts' || needsSums(inputs, keep);
      }),
    wholeRows(inputs) {
      const lengths = activeOperands(inputs).map((operand) => thinning?.rowLength?.(inputs, operand) ?? null);
      return lengths.find((length) => length !== null) ?? null;
    },
    refuse(inputs) {
      const reasons = mergedOperands(inputs).map((operand) => thinning?.refuse?.(inputs, operand) ?? null);
      return reasons.find((reason) => reason !== null) ?? null;
    },
    async merge(math, inputs) {
      const base = inputs.base ?? 0;
      const operands = activeOperands(inputs);
      if (operands.length === 0) return { kind: 'copy', operand: base };
      const keeps = await resolveCuts(
        math,
        base,
        operands.map((operand) => ({ operand, keep: keepOf(inputs, operand) })),
      );
      const rules = keeps.map(({ operand, keep }): DeltaRule => {
        return { operand, keep, scale: 1, weight: weightOf(inputs, operand) };
      });
      const toRescale = rules.filter(({ keep }) => needsSums(inputs, keep));
      const scales = await rescaleFactors(math, base, toRescale);
      const rescaled = rules.map((rule) => ({ ...rule, scale: scales.get(rule.operand) ?? 1 }));
      return finalPass(inputs, base, rescaled, signVote);
    },
  };
}

/** A weight of 0 takes part in nothing: not in the sum, the vote or the divisor. */
function activeOperands(inputs: TensorInputs): number[] {
  return mergedOperands(inputs).filter((operand) => weightOf(inputs, operand) !== 0);
}

function weightOf(inputs: TensorInputs, operand: number): number {
  return numberOf(inputs.modelParameters[operand], 'weight');
}

/** Whether what the rule keeps is brought back to the delta's L1 norm. */
function needsSums(inputs: TensorInputs, { kind }: KeepRule): boolean {
  return kind !== 'all' && kind !== 'none' && flagOf(inputs.globalParameters, 'rescale');
}

/** Finds the cuts of all deltas in the same passes over the tensor. */
async function resolveCuts(
  math: TensorMath,
  base: number,
  keeps: readonly { readonly operand: number; readonly keep: KeepRule | RuleByCuts }[],
): Promise<{ readonly operand: number; readonly keep: KeepRule }[]> {
  const wishes = keeps.flatMap(({ operand, keep }) =>
    keep.kind === 'cuts'
      ? keep.counts.map((count) => ({ score: { kind: 'delta', operand, base } as const, count }))
      : [],
  );
  const cuts = wishes.length === 0 ? [] : await math.selectLargest(wishes);
  let next = 0;
  return keeps.map(({ operand, keep }) => {
    if (keep.kind !== 'cuts') return { operand, keep };
    const own = cuts.slice(next, next + keep.counts.length);
    next += own.length;
    return { operand, keep: keep.rule(own) };
  });
}

/** Factors that bring each thinned delta back to its L1 norm before thinning. */
async function rescaleFactors(
  math: TensorMath,
  base: number,
  rules: readonly DeltaRule[],
): Promise<Map<number, number>> {
  if (rules.length === 0) return new Map();
  const sums = await math.sums(base, rules, 'absolute');
  return new Map(
    rules.map(({ operand }, index) => {
      const { all, kept } = sums[index] ?? { all: 0, kept: 0 };
      return [operand, all < ZERO_NORM || kept < ZERO_NORM ? 1 : all / kept];
    }),
  );
}

function finalPass(
  inputs: TensorInputs,
  base: number,
  rules: readonly DeltaRule[],
  signVote: boolean,
): FinalPass {
  const lambda = numberOf(inputs.globalParameters, 'lambda');
  const normalize = flagOf(inputs.globalParameters, 'normalize');
  if (signVote || rules.some((rule) => rule.keep.kind !== 'all')) {
    return { kind: 'consensus', base, rules, signVote, normalize, lambda };
  }
  const weightSum = rules.reduce((sum, rule) => sum + rule.weight, 0);
  const divisor = normalize && Math.abs(weightSum) >= ZERO_DIVISOR ? weightSum : 1;
  const coefficients = Array.from({ length: inputs.operandCount }, () => 0);
  for (const rule of rules) coefficients[rule.operand] = (lambda * rule.weight) / divisor;
  return { kind: 'combine', coefficients, base };
}
