/** Select, calculate, erase: the changes that vary most, weighted by their energy, where their signs agree. */

import type { DeltaRule, KeepRule } from '../kernels/types.ts';
import { INT8_MASK } from './delta-parameters.ts';
import type { MethodDefinition, TensorInputs, TensorMath } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

/** Below this the models' mean squares do not tell them apart (mergekit 0.1.4). */
const LEAST_ENERGY = 1e-6;
/** Smallest sum of weights an element is divided by (mergekit 0.1.4). */
const LEAST_DIVISOR = 1e-6;

function selectedShare(inputs: TensorInputs): number {
  return numberOf(inputs.globalParameters, 'select_topk');
}

/** One model varies from nothing, so selecting leaves none of it; without selecting it is the result. */
function copied(inputs: TensorInputs): number | null {
  const operands = mergedOperands(inputs);
  const share = selectedShare(inputs);
  if (share <= 0 || operands.length === 0) return inputs.base ?? 0;
  if (operands.length > 1) return null;
  return share < 1 ? (inputs.base ?? 0) : (operands[0] ?? 0);
}

/** Keeps the share of the elements that vary over the models. */
async function select(math: TensorMath, inputs: TensorInputs, base: number): Promise<KeepRule> {
  if (selectedShare(inputs) >= 1) return { kind: 'all' };
  const score = { kind: 'variance', base } as const;
  const varying = inputs.elementCount - (await math.countZeros(score));
  const count = Math.trunc(varying * selectedShare(inputs));
  if (count === 0) return { kind: 'none' };
  const [cut] = await math.selectLargest([{ score, count }]);
  return cut === undefined ? { kind: 'none' } : { kind: 'largest', cut, score };
}

/**
 * Weights from the deltas' mean squares `energies`: proportional to them, or equal where all together are too small to
 * tell the models apart.
 */
export function energyWeights(energies: readonly number[]): number[] {
  const total = energies.reduce((sum, energy) => sum + energy, 0);
  return energies.map((energy) => (Math.abs(total) < LEAST_ENERGY ? 1 / energies.length : energy / total));
}

export const sce: MethodDefinition = {
  name: 'sce',
  title: 'SCE',
  summary:
    'Keeps the elements that vary most over the fine-tunes and weighs each fine-tune by how much it changed.',
  documentation: `**SCE** works on task vectors δₖ = xₖ − base, without weights to choose:

1. select: keep the \`trunc(select_topk·v)\` elements with the largest variance over the models, v the number that vary at all; of equal ones the first
2. calculate: vₖ, the mean of δₖ² over the tensor, divided by their sum; equal for all where that sum is below 1e-6
3. erase: the sign per element is that of \`Σ δₖ\`, plus when it is 0; \`y = base + Σ vₖ·δₖ / max(Σ vₖ, 1e-6)\` over the models whose δₖ has that sign

Use it for several fine-tunes of one base, also of different training, whose strengths lie in different tensors.

- \`select_topk\` (default 1): share of the varying elements that is kept, 0 to 1; 1 keeps all, 0.1 is the paper's.

With a single fine-tune nothing varies: below 1 the result is the base. \`int8_mask\` (default false) is accepted and has no effect.`,
  paper: {
    title: 'FuseChat: knowledge fusion of chat models (Wan et al., 2024)',
    url: 'https://arxiv.org/abs/2408.07990',
  },
  inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'select_topk',
      scope: 'global',
      type: 'number',
      default: 1,
      minimum: 0,
      maximum: 1,
      description: 'Share of the elements that vary over the models which is kept, largest variance first.',
    },
    INT8_MASK,
  ],
  readsTwice: (inputs) => copied(inputs) === null,
  async merge(math, inputs) {
    const base = inputs.base ?? 0;
    const operand = copied(inputs);
    if (operand !== null) return { kind: 'copy', operand };
    const keep = await select(math, inputs, base);
    const rules = mergedOperands(inputs).map((each): DeltaRule => {
      return { operand: each, keep, scale: 1, weight: 1, voteWeight: 1 };
    });
    const sums = await math.sums(base, rules, 'square');
    const weights = energyWeights(sums.map(({ kept }) => kept / inputs.elementCount));
    return {
      kind: 'consensus',
      base,
      rules: rules.map((rule, index) => ({ ...rule, weight: weights[index] ?? 0 })),
      signVote: true,
      normalize: true,
      leastDivisor: LEAST_DIVISOR,
      lambda: 1,
    };
  },
};
