/** Spherical interpolation between two models or their task vectors, whole, by rows or by columns. */

import type { Grouping } from '../kernels/types.ts';
import { nuslerpCoefficients } from './angles.ts';
import { coefficientsByGroup, lastAxis } from './grouped.ts';
import type { MethodDefinition, TensorInputs } from './types.ts';
import { flagOf, mergedOperands, numberOf } from './values.ts';

/** Weights that sum to less than this say nothing about the proportions. */
const LEAST_SUM = 1e-6;

/** Position on the arc from the first model to the second. */
function positionOf(inputs: TensorInputs, [first, second]: readonly [number, number]): number {
  const a = numberOf(inputs.modelParameters[first], 'weight');
  const b = numberOf(inputs.modelParameters[second], 'weight');
  return Math.abs(a + b) < LEAST_SUM ? 0.5 : b / (a + b);
}

/** The two models; null where only one has the tensor. */
function pairOf(inputs: TensorInputs): readonly [number, number] | null {
  const [first, second] = mergedOperands(inputs);
  return first === undefined || second === undefined ? null : [first, second];
}

/** The ends of the arc need no angle; neither does a tensor that only one model has. */
function operandAtEnd(inputs: TensorInputs): number | null {
  const pair = pairOf(inputs);
  if (pair === null) return mergedOperands(inputs)[0] ?? inputs.base ?? 0;
  const t = positionOf(inputs, pair);
  return t === 0 ? pair[0] : t === 1 ? pair[1] : null;
}

/** What is interpolated on its own; null when it is the whole tensor. */
function groupingOf({ globalParameters, shape, elementCount }: TensorInputs): Grouping | null {
  if (flagOf(globalParameters, 'nuslerp_flatten')) return null;
  if (flagOf(globalParameters, 'nuslerp_row_wise')) {
    const count = elementCount / (shape[0] ?? 1);
    return count > 1 ? { kind: 'columns', count } : null;
  }
  const length = lastAxis(shape);
  return length < elementCount ? { kind: 'rows', length } : null;
}

export const nuslerp: MethodDefinition = {
  name: 'nuslerp',
  title: 'NuSLERP',
  summary: 'A point on the arc between two models, or between what each changed of a base.',
  documentation: `**NuSLERP** walks along the arc from the first model a to the second model b. With θ the angle between them and t = w₂/(w₁ + w₂): \`y = sin((1−t)θ)/sin θ · a + sin(tθ)/sin θ · b\`. With a \`base_model\`, a and b are the task vectors xₖ − base, and the base is added to the result.

Use it to blend two models of one family by weights, or (with a base, which must not be one of the two) two fine-tunes by the directions of their changes.

- \`weight\` (each model, required): its share; only the proportion matters. Weights that cancel out count as equal.
- \`nuslerp_flatten\` (default true): one angle for the whole tensor. False: one angle for each vector along the last axis (each row of a matrix).
- \`nuslerp_row_wise\` (default false): without \`nuslerp_flatten\`, one angle for each vector along the first axis instead (each column of a matrix). mergekit's README has the two the other way round.

Vectors with a sine below 1e-8 are interpolated linearly. Between nearly opposite vectors the result grows without bound.`,
  paper: {
    title: 'Animating rotation with quaternion curves (Shoemake, 1985)',
    url: 'https://doi.org/10.1145/325334.325242',
  },
  inputs: { base: 'optional', min: 2, max: 2 },
  parameters: [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      description: "The model's share of the blend. Usually 0 to 1; only the proportion of the two matters.",
    },
    {
      name: 'nuslerp_flatten',
      scope: 'global',
      type: 'boolean',
      default: 1,
      description: 'One angle for the whole tensor; false takes one for each row or column.',
    },
    {
      name: 'nuslerp_row_wise',
      scope: 'global',
      type: 'boolean',
      default: 0,
      description:
        'Without nuslerp_flatten: vectors along the first axis (columns of a matrix) in place of the last (rows).',
    },
  ],
  readsTwice: (inputs) => operandAtEnd(inputs) === null,
  wholeRows(inputs) {
    if (operandAtEnd(inputs) !== null) return null;
    const grouping = groupingOf(inputs);
    return grouping?.kind === 'rows' ? grouping.length : null;
  },
  async merge(math, inputs) {
    const pair = pairOf(inputs);
    const end = operandAtEnd(inputs);
    if (pair === null || end !== null) return { kind: 'copy', operand: end ?? 0 };
    const { base, operandCount } = inputs;
    const [first, second] = pair;
    const t = positionOf(inputs, pair);
    const coefficientsOf = (gram: Float64Array): number[] => {
      const product = (row: number, column: number): number => gram[row * operandCount + column] ?? 0;
      const [a, b] = nuslerpCoefficients(
        { aa: product(first, first), bb: product(second, second), ab: product(first, second) },
        t,
      );
      return Array.from({ length: operandCount }, (_, operand) =>
        operand === first ? a : operand === second ? b : 0,
      );
    };
    const grouping = groupingOf(inputs);
    if (grouping === null) {
      return { kind: 'combine', coefficients: coefficientsOf(await math.gram(base)), base };
    }
    const grams = await math.groupGram(base, grouping);
    const coefficients = coefficientsByGroup(grams, operandCount, coefficientsOf);
    return { kind: 'combine', coefficients, grouping, base };
  },
};
