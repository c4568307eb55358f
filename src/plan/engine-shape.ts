/** What an engine's limits mean for a tensor of the plan: how large its tiles may be and what they hold. */

import { isMergeDtype, type MergeDtype } from '../base/dtype.ts';
import type { Kernels } from '../kernels/types.ts';
import type { PlannedTensor } from './types.ts';

/** The part of an engine that planning needs. */
export type EngineShape = Pick<Kernels, 'maxTileElements' | 'residentBytes'>;

interface Operands {
  readonly inputs: readonly MergeDtype[];
  readonly out: MergeDtype;
}

/** Null when the tensor's bytes are copied as they are, past the kernels. */
function kernelOperands(tensor: PlannedTensor): Operands | null {
  const out = tensor.dtype;
  const inputs = tensor.inputs.map((input) => input.dtype).filter(isMergeDtype);
  if (!isMergeDtype(out) || tensor.program === 'copyEqual') return null;
  if (tensor.program === 'copy' && inputs.every((dtype) => dtype === out)) return null;
  return { inputs, out };
}

/** Elements a tile of `tensor` may have in the engine; without bound for plain copies. */
export function maxTileElements(tensor: PlannedTensor, engine: EngineShape): number {
  const operands = kernelOperands(tensor);
  return operands === null ? Number.MAX_SAFE_INTEGER : engine.maxTileElements(operands.inputs, operands.out);
}

/** Bytes the engine holds for a tile of `elementCount` elements (at most `maxTileElements`). */
export function tileEngineBytes(tensor: PlannedTensor, elementCount: number, engine: EngineShape): number {
  const operands = kernelOperands(tensor);
  return operands === null ? 0 : engine.residentBytes(operands.inputs, elementCount);
}

/** Bytes the engine holds while it merges a tensor at hand: one tile at a time, or all when they are read again. */
export function wholeEngineBytes(tensor: PlannedTensor, engine: EngineShape): number {
  const operands = kernelOperands(tensor);
  if (operands === null || tensor.elementCount === 0) return 0;
  const most = engine.maxTileElements(operands.inputs, operands.out);
  if (tensor.elementCount <= most) return engine.residentBytes(operands.inputs, tensor.elementCount);
  const full = engine.residentBytes(operands.inputs, most);
  if (!tensor.readsTwice) return full;
  const rest = tensor.elementCount % most;
  const restBytes = rest === 0 ? 0 : engine.residentBytes(operands.inputs, rest);
  return Math.floor(tensor.elementCount / most) * full + restBytes;
}
