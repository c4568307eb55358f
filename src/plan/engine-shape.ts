/** What an engine's limits mean for a tensor of the plan: how large its tiles may be and what they hold. */

import {
  dtypeBytes,
  type InputDtype,
  isInputDtype,
  isMergeDtype,
  isOutputDtype,
  kernelDtypeOf,
  type MergeDtype,
  type OutputDtype,
} from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { BLOCK_ELEMENTS } from '../base/limits.ts';
import type { Kernels } from '../kernels/types.ts';
import { needsWhole, nestedMerges, operandDtypes } from './nested.ts';
import type { PlannedTensor } from './types.ts';
import { TILES_IN_FLIGHT } from './work.ts';

/** The part of an engine that planning needs. */
export type EngineShape = Pick<Kernels, 'maxTileElements' | 'residentBytes'>;

interface Operands {
  readonly stored: readonly InputDtype[];
  /** As the kernels see them. */
  readonly inputs: readonly MergeDtype[];
  readonly out: OutputDtype;
}

/** Null when the tensor's bytes are copied as they are, past the kernels. */
function kernelOperands(tensor: PlannedTensor): Operands | null {
  const out = tensor.dtype;
  const stored = (
    tensor.operands === undefined
      ? tensor.inputs.map((input) => input.dtype)
      : operandDtypes(tensor.operands, tensor.inputs)
  ).filter(isInputDtype);
  if (!isOutputDtype(out) || tensor.program === 'copyEqual') return null;
  if (tensor.program === 'copy' && stored.every((dtype) => dtype === out)) return null;
  return { stored, inputs: stored.map(kernelDtypeOf), out };
}

/** What the merges inside a tensor take and give, the innermost first. */
function nestedOperands(tensor: PlannedTensor): Operands[] {
  return nestedMerges(tensor).map(({ operands, dtype }) => {
    const stored = operandDtypes(operands, tensor.inputs).filter(isInputDtype);
    return { stored, inputs: stored.map(kernelDtypeOf), out: dtype };
  });
}

/**
 * Elements between places where a tile of `tensor` may end: a block, or whole blocks that are whole rows; all elements
 * where that is less.
 */
export function tileGranule(tensor: PlannedTensor): number {
  const rows = [tensor, ...nestedMerges(tensor)].map(({ wholeRows }) => wholeRows ?? 1);
  return Math.min(tensor.elementCount, rows.reduce(leastCommonMultiple, BLOCK_ELEMENTS));
}

export function leastCommonMultiple(a: number, b: number): number {
  let [rest, divisor] = [a, b];
  while (rest > 0) [rest, divisor] = [divisor % rest, rest];
  return (a / divisor) * b;
}

/**
 * Elements a tile of `tensor` may have in the engine, a multiple of its granule; without bound for plain copies. Throws
 * `CannotMerge` when not even one granule of whole rows fits.
 */
export function maxTileElements(tensor: PlannedTensor, engine: EngineShape): number {
  const operands = [kernelOperands(tensor) ?? [], ...nestedOperands(tensor)].flat();
  if (operands.length === 0) return Number.MAX_SAFE_INTEGER;
  const most = Math.min(...operands.map(({ inputs, out }) => engine.maxTileElements(inputs, out)));
  const granule = tileGranule(tensor);
  if (granule > Math.max(most, BLOCK_ELEMENTS)) {
    throw new GraftError('CannotMerge', `${wholeRowsOf(tensor)}; the engine takes at most ${most}.`, {
      where: tensor.name,
      fix: 'Choose a method, or parameters, that do not work row by row, or the other engine in Settings.',
    });
  }
  return Math.max(1, Math.floor(most / granule)) * granule;
}

/** What keeps a tile from being smaller, in words. */
export function wholeRowsOf(tensor: PlannedTensor): string {
  return `The method works on whole rows of ${tensor.wholeRows} elements of ${tensor.name}, which takes tiles of ${tileGranule(tensor)} elements`;
}

/**
 * Bytes the engine holds for a tile of `elementCount` elements (at most `maxTileElements`), and those that operands of
 * other dtypes are converted into on their way to it.
 */
export function tileEngineBytes(tensor: PlannedTensor, elementCount: number, engine: EngineShape): number {
  const operands = kernelOperands(tensor);
  const own = operands === null ? 0 : heldBytes(operands, elementCount, engine);
  // The result of a merge inside lies beside the engine until its tile is loaded.
  const nested = nestedOperands(tensor).map(
    (each) => heldBytes(each, elementCount, engine) + dtypeBytes(each.out) * elementCount,
  );
  return nested.reduce((sum, sizeBytes) => sum + sizeBytes, own);
}

function heldBytes({ stored, inputs }: Operands, elementCount: number, engine: EngineShape): number {
  const converted = stored.filter((dtype) => !isMergeDtype(dtype)).map(kernelDtypeOf);
  return engine.residentBytes(inputs, elementCount) + widthOf(converted) * elementCount;
}

/**
 * Bytes an engine keeps of a tile between two passes: its operands, and the bits of a mask for each, which a method that
 * draws masks asks for twice. The engines' own `residentBytes` count the same.
 */
export function keptTileBytes(tensor: PlannedTensor, elementCount: number): number {
  const inputs = kernelOperands(tensor)?.inputs ?? [];
  return Math.ceil((widthOf(inputs) + inputs.length / 8) * elementCount);
}

function widthOf(dtypes: readonly MergeDtype[]): number {
  return dtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0);
}

/**
 * Bytes the engine holds while it merges a tensor at hand: `TILES_IN_FLIGHT` tiles at work, and what it keeps of the others
 * when they are read again.
 */
export function wholeEngineBytes(tensor: PlannedTensor, engine: EngineShape): number {
  const most = maxTileElements(tensor, engine);
  let left = tensor.elementCount;
  let sizeBytes = 0;
  for (let tile = 0; tile < TILES_IN_FLIGHT && left > 0; tile++) {
    const atWork = Math.min(left, most);
    sizeBytes += tileEngineBytes(tensor, atWork, engine);
    left -= atWork;
  }
  if (tensor.readsTwice) sizeBytes += keptTileBytes(tensor, left);
  // Merges inside that see the whole tensor first leave all of their results beside it.
  const results = nestedMerges(tensor).filter(needsWhole);
  return sizeBytes + results.reduce((sum, { dtype }) => sum + dtypeBytes(dtype), 0) * left;
}
