/** The changes that matter most between two models, and none of the others. */

import { ALL_TIES } from '../kernels/shared/radix-select.ts';
import type { KeepRule, Score } from '../kernels/types.ts';
import { lastAxis } from './grouped.ts';
import { bitsReaching, floatOf, quantilePosition } from './outliers.ts';
import type { MethodDefinition, TensorInputs, TensorMath } from './types.ts';
import { mergedOperands } from './values.ts';

/** Interquartile ranges above the median from which on a change is fused. */
const RANGES = 1.5;

/** The two models; null where only one has the tensor. */
function pairOf(inputs: TensorInputs): { readonly base: number; readonly operand: number } | null {
  const [operand] = mergedOperands(inputs);
  return inputs.base === null || operand === undefined ? null : { base: inputs.base, operand };
}

/** Keeps the scores that reach median + 1.5 * (third quartile - first), all exact order statistics. */
async function keepOutstanding(math: TensorMath, score: Score, elementCount: number): Promise<KeepRule> {
  const cuts = await math.selectLargest(
    [0.25, 0.5, 0.75].map((q) => ({ score, count: elementCount - quantilePosition(q, elementCount) })),
  );
  const [first = 0, median = 0, third = 0] = cuts.map(({ magnitude }) => floatOf(magnitude));
  const magnitude = bitsReaching(median + RANGES * (third - first));
  if (magnitude === null) return { kind: 'none' };
  return { kind: 'largest', score, cut: { magnitude, ties: ALL_TIES } };
}

export const arceeFusion: MethodDefinition = {
  name: 'arcee_fusion',
  title: 'Arcee Fusion',
  summary:
    'Takes over from a second model only the changes that stand out, and leaves the rest of the base alone.',
  documentation: `**Arcee Fusion** scores every element of the change δ = x − base by |δ| times the divergence of its row, and takes over those that stand out: \`y = base + m·δ\`, where m is 1 from median + 1.5·(q₃ − q₁) of all scores in the tensor on, and 0 below.

The divergence of a row (along the last axis) is \`Σ p·ln(p/q)\` of p = softmax(x) + 1e-8 and q = softmax(base) + 1e-8.

Use it to add to a model what a second one of the same family does clearly differently. There are no parameters.

The quartiles are exact, at position floor(q·(n−1)) of all n scores in order; mergekit estimates them from a random million of larger tensors. The output has the recipe's dtype, not always float32.`,
  paper: {
    title: 'Meet MergeKit v0.1: Arcee Fusion (Arcee AI, 2025)',
    url: 'https://www.arcee.ai/blog/meet-mergekit-v0-1-arcee-fusion-expanded-model-support-multi-gpu-acceleration',
  },
  inputs: { base: 'required', min: 1, max: 1 },
  parameters: [],
  readsTwice: (inputs) => pairOf(inputs) !== null,
  wholeRows: (inputs) => (pairOf(inputs) === null ? null : lastAxis(inputs.shape)),
  async merge(math, inputs) {
    const pair = pairOf(inputs);
    if (pair === null) return { kind: 'copy', operand: inputs.base ?? 0 };
    const { base, operand } = pair;
    const rowLength = lastAxis(inputs.shape);
    const factors = await math.rowDivergence(operand, base, rowLength);
    const score = { kind: 'weighted', operand, base, rowLength, factors } as const;
    const keep = await keepOutstanding(math, score, inputs.elementCount);
    const rules = [{ operand, keep, scale: 1, weight: 1 }];
    return { kind: 'consensus', base, rules, signVote: false, normalize: false, lambda: 1 };
  },
};
