/** A planned tensor as its method sees it. */

import type { TensorInputs } from '../methods/types.ts';
import type { PlannedTensor } from './types.ts';

/** What a method is told of a tensor; its place in the output is none of its business. */
export function methodInputsOf(
  tensor: Pick<PlannedTensor, 'name' | 'shape' | 'elementCount' | 'inputs' | 'base' | 'globalParameters'>,
): TensorInputs {
  return {
    base: tensor.base,
    operandCount: tensor.inputs.length,
    modelParameters: tensor.inputs.map(({ parameters }) => parameters),
    globalParameters: tensor.globalParameters,
    elementCount: tensor.elementCount,
    shape: tensor.shape,
    maskKeys: tensor.inputs.map(({ maskKey }) => maskKey),
    tensorName: tensor.name,
  };
}
