/** Takes a tile through the machine's memory, a run of elements at a time. */

import { dtypeBytes, type OutputDtype } from '../../base/dtype.ts';
import { checkOperands } from '../shared/tiles.ts';
import { machine, machineBytes } from './machine.ts';
import type { CpuTile } from './tile.ts';

/** Numbers of the dtypes in assembly/layout.ts. */
export const DTYPE_CODES: Readonly<Record<OutputDtype, number>> = {
  BF16: 0,
  F16: 1,
  F32: 2,
  F8_E4M3: 3,
  F8_E5M2: 4,
};

/** The machine's number for no base. */
export const NO_BASE = -1;

export interface RunInput {
  readonly tile: Pick<CpuTile, 'operands' | 'operandCount' | 'elementCount'>;
  /** Indexes of the operands that the kernel reads. */
  readonly used: readonly number[];
  /** Elements of the tile to go through; all of them by default. */
  readonly from?: number;
  readonly to?: number;
}

/** What a kernel needs of the machine's memory. */
export interface Space {
  readonly scores?: number;
  readonly rules?: number;
  readonly tableBytes?: number;
}

/** Readies the machine for a kernel that goes through `tile`. Throws `Internal` when the tile lacks an operand. */
export function reserve({ tile, used }: RunInput, { scores = 0, rules = 0, tableBytes = 0 }: Space): void {
  checkOperands(tile, used);
  machine().reserve(tile.operandCount, scores, rules, tableBytes);
}

/** Copies one run after the other in and calls `work` with its first element's index in the tile and its length. */
export function overRuns(
  { tile, used, from = 0, to = tile.elementCount }: RunInput,
  work: (start: number, count: number) => void,
): void {
  const wasm = machine();
  const memory = machineBytes();
  const staged = [...new Set(used)].flatMap((index) => {
    const operand = tile.operands[index];
    if (operand === undefined) return [];
    const place = wasm.stage(index, DTYPE_CODES[operand.dtype]);
    return [{ bytes: operand.bytes, width: dtypeBytes(operand.dtype), place }];
  });
  const runElements = wasm.RUN_ELEMENTS.value;
  for (let start = from; start < to; start += runElements) {
    const count = Math.min(runElements, to - start);
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
  out: OutputDtype,
  work: (start: number, count: number, out: number) => void,
): Uint8Array<ArrayBuffer> {
  const width = dtypeBytes(out);
  const output = new Uint8Array(input.tile.elementCount * width);
  const memory = machineBytes();
  const place = machine().outputAt();
  overRuns(input, (start, count) => {
    work(start, count, DTYPE_CODES[out]);
    output.set(memory.subarray(place, place + count * width), start * width);
  });
  return output;
}
