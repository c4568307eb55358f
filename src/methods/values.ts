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
