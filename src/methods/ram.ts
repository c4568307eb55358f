/** Changes that one model made alone are kept whole; changes that several made are averaged. */

import type { MethodDefinition, ParameterDefinition, TensorInputs } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

export const RAM_PAPER = {
  title: 'Behavior knowledge merge in reinforced agentic models (Yuan et al., 2026)',
  url: 'https://arxiv.org/abs/2601.13572',
};

export const RAM_EPSILON: ParameterDefinition = {
  name: 'epsilon',
  scope: 'global',
  type: 'number',
  default: 1e-5,
  minimum: 0,
  description: 'A weight counts as changed when it differs from the base by more than this.',
};

/** The threshold as it is compared with differences: in f32. */
export function activeThreshold(inputs: TensorInputs): number {
  return Math.fround(numberOf(inputs.globalParameters, 'epsilon'));
}

export const ram: MethodDefinition = {
  name: 'ram',
  title: 'RAM',
  summary: 'Keeps what one fine-tune changed alone, and averages what several changed.',
  documentation: `**RAM** counts per element the models that changed it, |δₖ| > \`epsilon\` with δₖ = xₖ − base: \`y = base + Σ δₖ / c\` over the c models that did; the base where none did.

Use it for fine-tunes by reinforcement learning, whose changes are sparse and would be thinned down by an average over all models.

- \`epsilon\` (default 0.00001): the smallest difference that counts as a change, 0 or more.`,
  paper: RAM_PAPER,
  inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [RAM_EPSILON],
  readsTwice: () => false,
  async merge(_math, inputs) {
    const { base, operandCount } = inputs;
    if (base === null || mergedOperands(inputs).length === 0) return { kind: 'copy', operand: base ?? 0 };
    const uniqueFactors = Array.from({ length: operandCount }, () => 1);
    return {
      kind: 'pick',
      pick: { kind: 'active', base, threshold: activeThreshold(inputs), uniqueFactors },
    };
  },
};
