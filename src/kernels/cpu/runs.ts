/** Takes a tile through the machine's memory, a run of elements at a time. */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import type { Operand } from '../types.ts';
import { machine, machineBytes } from './machine.ts';

/** Numbers of the dtypes in assembly/layout.ts. */
export const DTYPE_CODES: Readonly<Record<MergeDtype, number>> = { BF16: 0, F16: 1, F32: 2 };

export interface RunInput {
  readonly operands: readonly Operand[];
  /** Indexes of the operands that the kernel reads. */
  readonly used: readonly number[];
  readonly elementCount: number;
}

/** Copies one run after the other in and calls `work` with its first element's index in the tile and its length. */
export function overRuns(
  { operands, used, elementCount }: RunInput,
  work: (start: number, count: number) => void,
): void {
  const wasm = machine();
  const memory = machineBytes();
  const staged = [...new Set(used)].flatMap((index) => {
    const operand = operands[index];
    if (operand === undefined) return [];
    const place = wasm.stage(index, DTYPE_CODES[operand.dtype]);
    return [{ bytes: operand.bytes, width: dtypeBytes(operand.dtype), place }];
  });
  const runElements = wasm.RUN_ELEMENTS.value;
  for (let start = 0; start < elementCount; start += runElements) {
    const count = Math.min(runElements, elementCount - start);
    for (const { bytes, width, place } of staged) {
      memory.set(bytes.subarray(start * width, (start + count) * width), place);
    }
    wasm.openRun(count);
    work(start, count);
  }
}

/** `overRuns` for kernels that write elements: their bytes, little-endian. */
export function encodeRuns(
  input: RunInput,
  out: MergeDtype,
  work: (start: number, count: number) => void,
): Uint8Array<ArrayBuffer> {
  const width = dtypeBytes(out);
  const output = new Uint8Array(input.elementCount * width);
  const memory = machineBytes();
  const place = machine().outputAt();
  overRuns(input, (start, count) => {
    work(start, count);
    output.set(memory.subarray(place, place + count * width), start * width);
  });
  return output;
}
