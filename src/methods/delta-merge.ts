/**
 * The family of methods that work on task vectors (x - base): thin each one out, weigh them, optionally let the signs
 * vote, and add the sum to the base. The members differ in how they thin out, whether signs vote, and two defaults.
 */

import { keepThreshold } from '../kernels/shared/philox.ts';
import type { DeltaRule, KeepRule } from '../kernels/types.ts';
import type { FinalPass, MethodDefinition, ParameterDefinition, TensorInputs, TensorMath } from './types.ts';
import { flagOf, mergedOperands, numberOf } from './values.ts';

export interface DeltaMergeTraits
  extends Pick<MethodDefinition, 'name' | 'title' | 'summary' | 'documentation' | 'paper'> {
  readonly thinning: 'none' | 'magnitude' | 'random';
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
  const thins = thinning !== 'none';

  /** A weight of 0 takes part in nothing: not in the sum, the vote or the divisor. */
  const activeOperands = (inputs: TensorInputs): number[] =>
    mergedOperands(inputs).filter((operand) => weightOf(inputs, operand) !== 0);
  const isThinned = (inputs: TensorInputs, operand: number): boolean =>
    thins && densityOf(inputs, operand) < 1;
  const needsSums = (inputs: TensorInputs, operand: number): boolean =>
    isThinned(inputs, operand) &&
    densityOf(inputs, operand) > 0 &&
    flagOf(inputs.globalParameters, 'rescale');

  const keepRule = async (math: TensorMath, inputs: TensorInputs, operand: number): Promise<KeepRule> => {
    if (!isThinned(inputs, operand)) return { kind: 'all' };
    const density = densityOf(inputs, operand);
    if (thinning === 'magnitude') {
      const count = keptCount(density, inputs.elementCount);
      return { kind: 'largest', cut: await math.selectLargest(operand, inputs.base, count) };
    }
    if (density <= 0) return { kind: 'none' };
    const key = inputs.maskKeys[operand] ?? [0, 0];
    return { kind: 'random', key, threshold: keepThreshold(density) };
  };

  return {
    ...described,
    inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
    parameters: familyParameters({ thins, normalizeByDefault, rescaleByDefault }),
    readsTwice: (inputs) =>
      activeOperands(inputs).some((operand) =>
        thinning === 'magnitude' ? isThinned(inputs, operand) : needsSums(inputs, operand),
      ),
    refuse(inputs) {
      if (thinning !== 'magnitude' || inputs.elementCount === 0) return null;
      const emptied = mergedOperands(inputs).some(
        (operand) => keptCount(densityOf(inputs, operand), inputs.elementCount) === 0,
      );
      if (!emptied) return null;
      return `A density this low keeps none of the ${inputs.elementCount} elements of ${inputs.tensorName}. Raise the density, or remove the model.`;
    },
    async merge(math, inputs) {
      const base = inputs.base ?? 0;
      const operands = activeOperands(inputs);
      if (operands.length === 0) return { kind: 'copy', operand: base };
      const rules: DeltaRule[] = [];
      for (const operand of operands) {
        const keep = await keepRule(math, inputs, operand);
        rules.push({ operand, keep, scale: 1, weight: weightOf(inputs, operand) });
      }
      const toRescale = rules.filter((rule) => needsSums(inputs, rule.operand));
      const scales = await rescaleFactors(math, base, toRescale);
      return finalPass(
        inputs,
        base,
        rules.map((rule) => ({ ...rule, scale: scales.get(rule.operand) ?? 1 })),
        signVote,
      );
    },
  };
}

/** Elements a density keeps of `elementCount`: the product, truncated. */
function keptCount(density: number, elementCount: number): number {
  return Math.trunc(density * elementCount);
}

function weightOf(inputs: TensorInputs, operand: number): number {
  return numberOf(inputs.modelParameters[operand], 'weight');
}

function densityOf(inputs: TensorInputs, operand: number): number {
  return numberOf(inputs.modelParameters[operand], 'density');
}

/** Factors that bring each thinned delta back to its L1 norm before thinning. */
async function rescaleFactors(
  math: TensorMath,
  base: number,
  rules: readonly DeltaRule[],
): Promise<Map<number, number>> {
  if (rules.length === 0) return new Map();
  const sums = await math.sums(base, rules);
  return new Map(
    rules.map(({ operand }, index) => {
      const { absAll, absKept } = sums[index] ?? { absAll: 0, absKept: 0 };
      return [operand, absAll < ZERO_NORM || absKept < ZERO_NORM ? 1 : absAll / absKept];
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

function familyParameters(traits: {
  readonly thins: boolean;
  readonly normalizeByDefault: boolean;
  readonly rescaleByDefault: boolean;
}): ParameterDefinition[] {
  const withoutThinning = traits.thins ? {} : { unused: true };
  return [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      description:
        "Factor on the model's task vector. Usually 0 to 1; a negative value takes the task away again.",
    },
    {
      name: 'density',
      scope: 'model',
      type: 'number',
      default: 1,
      minimum: 0,
      maximum: 1,
      description: 'Share of the task vector that is kept, 0 to 1; 1 keeps all of it.',
      ...withoutThinning,
    },
    {
      name: 'normalize',
      scope: 'global',
      type: 'boolean',
      default: Number(traits.normalizeByDefault),
      description: 'Divide the sum of the task vectors by the sum of the weights that took part.',
    },
    {
      name: 'rescale',
      scope: 'global',
      type: 'boolean',
      default: Number(traits.rescaleByDefault),
      description: 'Scale a thinned task vector back to the L1 norm it had before.',
      ...withoutThinning,
    },
    {
      name: 'lambda',
      scope: 'global',
      type: 'number',
      default: 1,
      description: 'Factor on the merged task vector before it is added to the base. Usually 0 to 2.',
    },
    {
      name: 'int8_mask',
      scope: 'global',
      type: 'boolean',
      default: 0,
      description: 'Memory setting of mergekit; it never changes the result.',
      unused: true,
    },
  ];
}
