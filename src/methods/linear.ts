/** Weighted average of models. */

import type { MethodDefinition, TensorInputs } from './types.ts';
import { cancelOut, flagOf, numberOf } from './values.ts';

function weightsOf(inputs: TensorInputs): number[] {
  return inputs.modelParameters.map((values) => numberOf(values, 'weight'));
}

export const linear: MethodDefinition = {
  name: 'linear',
  title: 'Linear',
  summary: 'The weighted average of the models, tensor by tensor.',
  documentation: `**Linear** averages the models: \`y = Σ wₖ·xₖ\`, divided by \`Σ wₖ\` when \`normalize\` is on.

Use it for checkpoints of one training run, or fine-tunes of the same base that are not far apart ("model soup").

- \`weight\` (each model, required): its share. Any number; only the proportions matter with \`normalize\`.
- \`normalize\` (default true): divide by the sum of the weights. Turn it off to add or subtract models as they are.

A \`base_model\` is not needed; when one is given it is averaged like any other model and needs a weight.`,
  paper: {
    title:
      'Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference time (Wortsman et al., 2022)',
    url: 'https://arxiv.org/abs/2203.05482',
  },
  inputs: { base: 'member', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      description: "The model's share of the average. Usually 0 to 1; negative values subtract the model.",
    },
    {
      name: 'normalize',
      scope: 'global',
      type: 'boolean',
      default: 1,
      description: 'Divide by the sum of the weights, so that the result keeps the scale of its inputs.',
    },
  ],
  readsTwice: () => false,
  refuse(inputs) {
    if (!flagOf(inputs.globalParameters, 'normalize') || !cancelOut(weightsOf(inputs))) return null;
    return 'The weights sum to 0, so the average cannot be normalized. Change a weight, or set normalize: false.';
  },
  async merge(_math, inputs) {
    const weights = weightsOf(inputs);
    const divisor = flagOf(inputs.globalParameters, 'normalize')
      ? weights.reduce((total, weight) => total + weight, 0)
      : 1;
    return { kind: 'combine', coefficients: weights.map((weight) => weight / divisor), base: null };
  },
};
