/** What an engine's limits mean for a tensor of the plan: how large its tiles may be and what they hold. */

import { dtypeBytes, isMergeDtype, type MergeDtype } from '../base/dtype.ts';
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

/** Bytes of the operands alone, which is what an engine keeps of a tile between two passes. */
export function keptTileBytes(tensor: PlannedTensor, elementCount: number): number {
  const operands = kernelOperands(tensor);
  return operands === null
    ? 0
    : operands.inputs.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0) * elementCount;
}

/** Bytes the engine holds while it merges a tensor at hand: one tile at a time, and the others' operands when they are read again. */
export function wholeEngineBytes(tensor: PlannedTensor, engine: EngineShape): number {
  const atWork = Math.min(tensor.elementCount, maxTileElements(tensor, engine));
  const kept = tensor.readsTwice ? keptTileBytes(tensor, tensor.elementCount - atWork) : 0;
  return tileEngineBytes(tensor, atWork, engine) + kept;
}
