/** Per element the change of largest magnitude. */

import type { MethodDefinition } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

export const magmax: MethodDefinition = {
  name: 'magmax',
  title: 'MagMax',
  summary: 'Takes, element by element, the largest change that any of the fine-tunes made.',
  documentation: `**MagMax** keeps, per element, the task vector δₖ = xₖ − base of largest magnitude: \`y = base + λ·wₖ·δₖ\` with the k for which |wₖ·δₖ| is largest; of equal ones the first model.

Use it for fine-tunes of one base on different tasks, above all when each was trained on from the one before (continual learning): the largest change is the one a task needed most. Nothing is averaged away and there is no density to choose.

mergekit has no such method. It is here because averaging and voting both weaken a change that only one model made, which this keeps whole; of the methods that select, it is the simplest, and the paper finds it better than averaging and TIES for models trained in sequence.

- \`weight\` (each model, default 1): factor on the model's task vector, before the largest is chosen.
- \`lambda\` (default 1): factor on the merged task vector; 0.5 to 1 is usual.`,
  paper: {
    title: 'MagMax: leveraging model merging for seamless continual learning (Marczak et al., 2024)',
    url: 'https://arxiv.org/abs/2407.06322',
  },
  inputs: { base: 'required', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      default: 1,
      description: "Factor on the model's task vector, before the largest change is chosen. Usually 1.",
    },
    {
      name: 'lambda',
      scope: 'global',
      type: 'number',
      default: 1,
      description: 'Factor on the merged task vector before it is added to the base. Usually 0.5 to 1.',
    },
  ],
  readsTwice: () => false,
  async merge(_math, inputs) {
    const { base, operandCount, modelParameters } = inputs;
    if (base === null || mergedOperands(inputs).length === 0) return { kind: 'copy', operand: base ?? 0 };
    const lambda = numberOf(inputs.globalParameters, 'lambda');
    const coefficients = Array.from({ length: operandCount }, (_, operand) =>
      operand === base ? 0 : lambda * numberOf(modelParameters[operand], 'weight'),
    );
    return { kind: 'pick', pick: { kind: 'farthest', base, coefficients } };
  },
};
