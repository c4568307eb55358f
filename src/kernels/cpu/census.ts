/** What is in a run of elements, whatever merges it: values that must not spread, and the norm. */

import { dtypeBytes } from '../../base/dtype.ts';
import type { Operand } from '../types.ts';
import { machine } from './machine.ts';
import { overRuns, reserve } from './runs.ts';

export interface Census {
  readonly nanCount: number;
  readonly infiniteCount: number;
  /** False when every element is zero. */
  readonly hasValues: boolean;
  /** Sum of the squares of the finite elements, to six digits. */
  readonly squares: number;
}

export const EMPTY_CENSUS: Census = { nanCount: 0, infiniteCount: 0, hasValues: false, squares: 0 };

/** Reads every element once, at about the speed of memory. */
export function censusOf(operand: Operand): Census {
  const wasm = machine();
  const elementCount = operand.bytes.byteLength / dtypeBytes(operand.dtype);
  const input = { tile: { operands: [operand], operandCount: 1, elementCount }, used: [0] };
  reserve(input, {});
  wasm.openCensus();
  overRuns(input, (_start, count) => wasm.census(count));
  return {
    nanCount: wasm.nanCountOf(),
    infiniteCount: wasm.infiniteCountOf(),
    hasValues: wasm.largestOf() > 0,
    squares: wasm.squaresOf(),
  };
}

export function addCensus(a: Census, b: Census): Census {
  return {
    nanCount: a.nanCount + b.nanCount,
    infiniteCount: a.infiniteCount + b.infiniteCount,
    hasValues: a.hasValues || b.hasValues,
    squares: a.squares + b.squares,
  };
}
