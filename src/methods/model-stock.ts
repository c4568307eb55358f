/** The average of several fine-tunes, drawn back to the base by how little they agree. */

import { coefficientsByGroup, lastAxis } from './grouped.ts';
import { stockRatio } from './stock-ratio.ts';
import type { MethodDefinition, TensorInputs } from './types.ts';
import { flagOf, mergedOperands } from './values.ts';

/** Length of the rows that have a ratio of their own; null when the tensor has one for all. */
function rowLength(inputs: TensorInputs): number | null {
  const length = lastAxis(inputs.shape);
  return flagOf(inputs.globalParameters, 'filter_wise') && length < inputs.elementCount ? length : null;
}

/** A single delta has nothing to agree with. */
function isLone(inputs: TensorInputs): boolean {
  return mergedOperands(inputs).length < 2;
}

export const modelStock: MethodDefinition = {
  name: 'model_stock',
  title: 'Model Stock',
  summary: 'The average of two or more fine-tunes, drawn back to the base where they point apart.',
  documentation: `**Model Stock** places the result between the base and the average of K fine-tunes by the angle between their task vectors δₖ = xₖ − base. With C the mean cosine over all pairs and t = K·C/(1 + (K−1)·C): \`y = t·mean(xₖ) + (1−t)·base\`.

Use it for two or more fine-tunes of one base on the same kind of data, without weights to choose.

- \`filter_wise\` (default false): a ratio for each row (along the last axis) in place of one for the tensor.

t is not clamped: where the task vectors point against each other it is negative. Below a product of 1e-6 of two task vectors' norms the cosine is drawn towards 0, as in mergekit, so tensors with tiny changes stay close to the base. A tensor that only one of the models has stays the base's.`,
  paper: {
    title: 'Model Stock: all we need is just a few fine-tuned models (Jang et al., 2024)',
    url: 'https://arxiv.org/abs/2403.19522',
  },
  inputs: { base: 'required', min: 2, max: Number.POSITIVE_INFINITY },
  parameters: [
    {
      name: 'filter_wise',
      scope: 'global',
      type: 'boolean',
      default: 0,
      description: 'A ratio for each row of a matrix in place of one for the whole tensor.',
    },
  ],
  readsTwice: (inputs) => !isLone(inputs),
  wholeRows: (inputs) => (isLone(inputs) ? null : rowLength(inputs)),
  async merge(math, inputs) {
    const base = inputs.base ?? 0;
    if (isLone(inputs)) return { kind: 'copy', operand: base };
    const { operandCount } = inputs;
    const operands = mergedOperands(inputs);
    const coefficientsOf = (gram: Float64Array): number[] => {
      const share = stockRatio(gram, operands) / operands.length;
      return Array.from({ length: operandCount }, (_, operand) => (operand === base ? 0 : share));
    };
    const length = rowLength(inputs);
    if (length === null) {
      return { kind: 'combine', coefficients: coefficientsOf(await math.gram(base)), base };
    }
    const grouping = { kind: 'rows', length } as const;
    const grams = await math.groupGram(base, grouping);
    const coefficients = coefficientsByGroup(grams, operandCount, coefficientsOf);
    return { kind: 'combine', coefficients, grouping, base };
  },
};
