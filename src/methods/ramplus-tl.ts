/** RAM with the changes of one model alone scaled up by how much of its changes it shares. */

import type { OverlapCount } from '../kernels/types.ts';
import { activeThreshold, RAM_EPSILON, RAM_PAPER } from './ram.ts';
import type { MethodDefinition, TensorInputs } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

/** 1 + r * min(shared / max(unique, epsilon), alpha): what a model's own changes are multiplied by. */
export function uniqueFactor(
  { unique, shared }: OverlapCount,
  { r, alpha, epsilon }: { readonly r: number; readonly alpha: number; readonly epsilon: number },
): number {
  if (shared === 0) return 1;
  return 1 + r * Math.min(shared / Math.max(unique, epsilon), alpha);
}

/** Whether a model's own changes can be scaled at all: it must share some with another. */
function scales(inputs: TensorInputs): boolean {
  const { globalParameters } = inputs;
  const most = numberOf(globalParameters, 'r') * numberOf(globalParameters, 'alpha');
  return most !== 0 && mergedOperands(inputs).length > 1;
}

export const ramplusTl: MethodDefinition = {
  name: 'ramplus_tl',
  title: 'RAM+ (tensor-local)',
  summary: 'RAM that strengthens what a fine-tune changed alone, the more of its changes others share.',
  documentation: `**RAM+** is RAM with the changes that one model made alone multiplied by λₖ = 1 + r·min(ρₖ, alpha), where ρₖ is the number of changes of model k that others share, divided by the number it made alone in this tensor. With c the number of models that changed an element, |δₖ| > \`epsilon\`: \`y = base + λₖ·δₖ\` where c = 1, \`y = base + Σ δₖ / c\` where it is more.

Use it like RAM, where averaging the shared changes weakens what the models learned alone.

- \`epsilon\` (default 0.00001): the smallest difference that counts as a change, 0 or more.
- \`r\` (default 0.1): strength of the scaling; 0 is RAM.
- \`alpha\` (default 0.2): ρₖ counts up to this, 0 or more.

The counts are taken per tensor, not over the whole model.`,
  paper: RAM_PAPER,
  inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    RAM_EPSILON,
    {
      name: 'r',
      scope: 'global',
      type: 'number',
      default: 0.1,
      description: 'How strongly changes that one model made alone are scaled up. Usually 0 to 1.',
    },
    {
      name: 'alpha',
      scope: 'global',
      type: 'number',
      default: 0.2,
      minimum: 0,
      description: 'Bound on the ratio of shared to own changes that the scaling follows. Usually 0 to 1.',
    },
  ],
  readsTwice: scales,
  async merge(math, inputs) {
    const { base, globalParameters, operandCount } = inputs;
    if (base === null || mergedOperands(inputs).length === 0) return { kind: 'copy', operand: base ?? 0 };
    const threshold = activeThreshold(inputs);
    const counts = scales(inputs) ? await math.overlaps(base, threshold) : [];
    const strength = {
      r: numberOf(globalParameters, 'r'),
      alpha: numberOf(globalParameters, 'alpha'),
      epsilon: numberOf(globalParameters, 'epsilon'),
    };
    const uniqueFactors = Array.from({ length: operandCount }, (_, operand) =>
      uniqueFactor(counts[operand] ?? { unique: 0, shared: 0 }, strength),
    );
    return { kind: 'pick', pick: { kind: 'active', base, threshold, uniqueFactors } };
  },
};
