/** Reading the looked-up values of a method's parameters. */

import { GraftError } from '../base/errors.ts';
import type { TensorInputs } from './types.ts';

type Values = Readonly<Record<string, number | null>>;

/** A value that the check has made sure of; throws `Internal` when it is not there. */
export function numberOf(values: Values | undefined, name: string): number {
  const value = values?.[name];
  if (value === undefined || value === null) {
    throw new GraftError('Internal', `The plan has no value for ${name}.`);
  }
  return value;
}

export function flagOf(values: Values | undefined, name: string): boolean {
  return numberOf(values, name) !== 0;
}

/** Indexes of the operands other than the base, in order. */
export function mergedOperands(inputs: TensorInputs): number[] {
  const operands: number[] = [];
  for (let operand = 0; operand < inputs.operandCount; operand++) {
    if (operand !== inputs.base) operands.push(operand);
  }
  return operands;
}

/** Weights such as 0.1, 0.2 and -0.3 sum to 0 up to rounding; dividing by that rest would blow the result up. */
export function cancelOut(weights: readonly number[]): boolean {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const scale = weights.reduce((total, weight) => total + Math.abs(weight), 0);
  return Math.abs(sum) <= 1e-9 * scale;
}
