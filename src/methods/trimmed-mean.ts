/** The mean of what is left, element by element, without the extremes. */

import type { MethodDefinition } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

/** Room for rounding in trim * K, so that 0.28 of 25 is 7 and not more. */
const SLACK = 1e-9;

/** Values left out at each end of `count`: the share, rounded up, as long as one or two in the middle stay. */
export function trimmedCount(trim: number, count: number): number {
  return Math.max(0, Math.min(Math.ceil(trim * count - SLACK), Math.floor((count - 1) / 2)));
}

export const trimmedMean: MethodDefinition = {
  name: 'trimmed_mean',
  title: 'Trimmed mean',
  summary: 'Averages models element by element without the smallest and the largest values.',
  documentation: `**Trimmed mean** sorts, per element, the values of the K models, leaves out the g smallest and the g largest, and averages the rest: \`y = mean(x₍g₊₁₎ … x₍K₋g₎)\`. With a \`base_model\`, which is not among the averaged, \`y = base + λ·(mean − base)\`.

g is \`trim·K\` rounded up, as long as one or two values in the middle stay: with the default, one at each end for 3 to 5 models, none for 2. A \`trim\` of 0.5 is the median.

Use it for three or more models of one family when one of them may be off in places: a broken layer, an outlier run, a NaN (which counts as the largest).

mergekit has no such method. It is here because every average there lets one bad value through in proportion to its weight; a trimmed mean is the plainest estimator that does not, with a proven bound on the harm that a share of bad inputs can do.

- \`trim\` (default 0.2): share left out at each end, 0 to 0.5. 0 is the plain mean.
- \`lambda\` (default 1): with a base, factor on the difference from it; without one it has no effect.`,
  paper: {
    title:
      'Byzantine-robust distributed learning: towards optimal statistical rates (Yin et al., 2018), section 4',
    url: 'https://arxiv.org/abs/1803.01498',
  },
  inputs: { base: 'optional', min: 2, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'trim',
      scope: 'global',
      type: 'number',
      default: 0.2,
      minimum: 0,
      maximum: 0.5,
      description: 'Share of the models left out at each end, rounded up, 0 to 0.5; 0.5 is the median.',
    },
    {
      name: 'lambda',
      scope: 'global',
      type: 'number',
      default: 1,
      description: 'With a base: factor on the difference between the mean and the base. Usually 0 to 1.',
    },
  ],
  readsTwice: () => false,
  async merge(_math, inputs) {
    const { base, globalParameters } = inputs;
    const { length } = mergedOperands(inputs);
    if (length === 0) return { kind: 'copy', operand: base ?? 0 };
    const trim = trimmedCount(numberOf(globalParameters, 'trim'), length);
    const lambda = numberOf(globalParameters, 'lambda');
    return { kind: 'pick', pick: { kind: 'trimmed', base, trim, lambda } };
  },
};
