/** A planned tensor as its method sees it. */

import type { TensorInputs } from '../methods/types.ts';
import type { NestedMerge, PlannedOperand, PlannedTensor } from './types.ts';

type Merged = Pick<PlannedTensor, 'name' | 'shape' | 'elementCount' | 'base' | 'globalParameters'>;

/** What a method is told of a tensor; its place in the output is none of its business. */
export function methodInputsOf(tensor: Merged & Pick<PlannedTensor, 'inputs' | 'operands'>): TensorInputs {
  return inputsOf(tensor, tensor.operands ?? tensor.inputs);
}

/** The same for a merge inside a tensor of `elementCount` elements. */
export function nestedInputsOf(merge: NestedMerge, elementCount: number): TensorInputs {
  return inputsOf({ ...merge, elementCount }, merge.operands);
}

function inputsOf(
  { name, shape, elementCount, base, globalParameters }: Merged,
  operands: readonly Pick<PlannedOperand, 'parameters' | 'maskKey'>[],
): TensorInputs {
  return {
    base,
    operandCount: operands.length,
    modelParameters: operands.map(({ parameters }) => parameters),
    globalParameters,
    elementCount,
    shape,
    maskKeys: operands.map(({ maskKey }) => maskKey),
    tensorName: name,
  };
}
