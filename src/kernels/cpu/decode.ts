/** Elements of an operand as float32, a block at a time, exactly. */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import type { Operand } from '../types.ts';

/** An operand behind a view that JavaScript can index, or (at an odd address) behind a copy of the current block. */
export interface Lane {
  readonly dtype: MergeDtype;
  readonly bytes: Uint8Array;
  /** Null when the bytes do not lie on an element boundary. */
  readonly halves: Uint16Array | null;
  readonly words: Float32Array | null;
}

export function openLane({ dtype, bytes }: Operand): Lane {
  const width = dtypeBytes(dtype);
  const aligned = bytes.byteOffset % width === 0;
  const length = Math.floor(bytes.byteLength / width);
  return {
    dtype,
    bytes,
    halves: aligned && width === 2 ? new Uint16Array(bytes.buffer, bytes.byteOffset, length) : null,
    words: aligned && width === 4 ? new Float32Array(bytes.buffer, bytes.byteOffset, length) : null,
  };
}

const copyBytes = new Uint8Array(BLOCK_ELEMENTS * 4);
const copyHalves = new Uint16Array(copyBytes.buffer);
const copyWords = new Float32Array(copyBytes.buffer);

/** All 65,536 float16 values: 256 KiB that stay in the second-level cache. */
const halfTable = makeHalfTable();

function makeHalfTable(): Float32Array {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    let size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    if (exponent === 0x1f) size = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    table[bits] = bits & 0x8000 ? -size : size;
  }
  return table;
}

/** Room for one decoded block; `bits` lies over `values`. */
export interface Block {
  readonly values: Float32Array;
  readonly bits: Int32Array;
}

export function makeBlock(): Block {
  const values = new Float32Array(BLOCK_ELEMENTS);
  return { values, bits: new Int32Array(values.buffer) };
}

/** Decodes elements `[start, start + count)` of `lane` to the front of `target`; count <= 4096. Twin: decode in dtypes.wgsl. */
export function readBlock(lane: Lane, start: number, count: number, target: Block): void {
  if (lane.dtype === 'F32') {
    if (lane.words === null) copyBytes.set(lane.bytes.subarray(start * 4, (start + count) * 4));
    const words = lane.words === null ? copyWords : lane.words.subarray(start, start + count);
    target.values.set(lane.words === null ? words.subarray(0, count) : words);
    return;
  }
  let halves = lane.halves;
  let from = start;
  if (halves === null) {
    copyBytes.set(lane.bytes.subarray(start * 2, (start + count) * 2));
    halves = copyHalves;
    from = 0;
  }
  if (lane.dtype === 'BF16') widenBrain(halves, from, count, target.bits);
  else widenHalf(halves, from, count, target.values);
}

function widenBrain(halves: Uint16Array, from: number, count: number, target: Int32Array): void {
  for (let i = 0; i < count; i++) target[i] = (halves[from + i] as number) << 16;
}

function widenHalf(halves: Uint16Array, from: number, count: number, target: Float32Array): void {
  const table = halfTable;
  for (let i = 0; i < count; i++) target[i] = table[halves[from + i] as number] as number;
}
