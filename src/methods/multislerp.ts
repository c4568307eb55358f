/** The weighted centre of any number of models on a sphere. */

import { barycentreCoefficients } from './barycentre.ts';
import type { MethodDefinition, TensorInputs } from './types.ts';
import { cancelOut, flagOf, mergedOperands, numberOf } from './values.ts';

function weightsOf(inputs: TensorInputs): number[] {
  return mergedOperands(inputs).map((operand) => numberOf(inputs.modelParameters[operand], 'weight'));
}

export const multislerp: MethodDefinition = {
  name: 'multislerp',
  title: 'Multi-SLERP',
  summary: 'The weighted centre of any number of models on a sphere, at the weighted mean of their lengths.',
  documentation: `**Multi-SLERP** averages directions and lengths apart. With uₖ = xₖ/‖xₖ‖ over the whole tensor and S = Σ wₖ·uₖ: \`y = (Σ wₖ·‖xₖ‖) · S/‖S‖\`. With a \`base_model\` the vectors are the task vectors xₖ − base, and the base is added to the result.

Use it in place of \`linear\` where an average would shrink: models far apart, or fine-tunes whose changes point in different directions.

- \`weight\` (each model, required): its share; usually 0 to 1.
- \`normalize_weights\` (default true): divide the weights by their sum.
- \`eps\` (default 1e-8): added to each length, and the length of S below which the directions count as cancelling out; the weighted sum \`Σ wₖ·xₖ\` is taken then.

mergekit walks along the arc from S/‖S‖ by the weighted mean of tangents at it, which is always zero; this is the same result without the rounding. Where three or more directions cancel out it stops with an error.`,
  paper: {
    title: 'Multi-SLERP (Goddard, 2025)',
    url: 'https://goddard.blog/posts/multislerp-wow-what-a-cool-idea',
  },
  inputs: { base: 'optional', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      description: "The model's share of the centre. Usually 0 to 1.",
    },
    {
      name: 'normalize_weights',
      scope: 'global',
      type: 'boolean',
      default: 1,
      description: 'Divide the weights by their sum, so that the result keeps the length of its inputs.',
    },
    {
      name: 'eps',
      scope: 'global',
      type: 'number',
      default: 1e-8,
      minimum: 0,
      description: 'Guards divisions by a length near 0. There is hardly a reason to change it.',
    },
  ],
  readsTwice: (inputs) => mergedOperands(inputs).length > 1,
  refuse(inputs) {
    if (!flagOf(inputs.globalParameters, 'normalize_weights') || !cancelOut(weightsOf(inputs))) return null;
    return 'The weights sum to 0, so they cannot be normalized. Change a weight, or set normalize_weights: false.';
  },
  async merge(math, inputs) {
    const { base, globalParameters } = inputs;
    const operands = mergedOperands(inputs);
    if (operands.length <= 1) return { kind: 'copy', operand: operands[0] ?? base ?? 0 };
    const weights = weightsOf(inputs);
    const divisor = flagOf(globalParameters, 'normalize_weights')
      ? weights.reduce((total, weight) => total + weight, 0)
      : 1;
    const coefficients = barycentreCoefficients(
      await math.gram(base),
      operands.map((operand, index) => ({ operand, weight: (weights[index] ?? 0) / divisor })),
      numberOf(globalParameters, 'eps'),
    );
    return { kind: 'combine', coefficients, base };
  },
};
