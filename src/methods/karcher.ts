/** The Karcher mean of any number of models. */

import { karcherCoefficients } from './karcher-mean.ts';
import type { MethodDefinition } from './types.ts';
import { numberOf } from './values.ts';

export const karcher: MethodDefinition = {
  name: 'karcher',
  title: 'Karcher mean',
  summary: 'The middle of any number of models on a sphere: the point nearest to all in angle.',
  documentation: `**Karcher mean** (Riemannian centre of mass) finds, per tensor, the direction u with the least sum of squared angles to the directions xₖ/‖xₖ‖, and gives it the mean length: \`y = (1/K)·Σ ‖xₖ‖ · u\`. All models count the same.

Use it to average models that are too far apart for \`linear\`. For models that are close it equals \`multislerp\` with equal weights.

- \`max_iter\` (default 10): most steps of the search, 1 to 1000.
- \`tol\` (default 0.00001): the search ends when a step is shorter than this angle in radians. A tensor whose norm is no more than this counts as having no direction.

A \`base_model\` is not needed; when one is given it is averaged like any other model. The search runs on the models' dot products in float64, and the result is written in one pass.`,
  paper: {
    title: 'Riemannian center of mass and so called Karcher mean (Karcher, 2014)',
    url: 'https://arxiv.org/abs/1407.2087',
  },
  inputs: { base: 'member', min: 1, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'max_iter',
      scope: 'global',
      type: 'number',
      default: 10,
      minimum: 1,
      maximum: 1000,
      description: 'Most steps of the search for the middle. Few are needed for models of one family.',
    },
    {
      name: 'tol',
      scope: 'global',
      type: 'number',
      default: 1e-5,
      minimum: 0,
      description:
        'Angle in radians below which a step ends the search, and the norm below which a tensor counts as zero.',
    },
  ],
  readsTwice: (inputs) => inputs.operandCount > 1,
  async merge(math, inputs) {
    if (inputs.operandCount <= 1) return { kind: 'copy', operand: 0 };
    const coefficients = karcherCoefficients(await math.gram(null), {
      maxIterations: Math.trunc(numberOf(inputs.globalParameters, 'max_iter')),
      tolerance: numberOf(inputs.globalParameters, 'tol'),
    });
    return { kind: 'combine', coefficients, base: null };
  },
};
