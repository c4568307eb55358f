/** A tile's layout in its buffer, as tile.wgsl reads it, and its upload. */

import { dtypeBytes, type MergeDtype } from '../../base/dtype.ts';
import type { Operand, Tile, TileInput } from '../types.ts';
import { MaskCache } from './mask-cache.ts';
import { DTYPE_CODES } from './words.ts';

/** The shaders read rows of four words. */
const ALIGNMENT_BYTES = 16;

export interface TileLayout {
  /** Two words per operand: offset in rows of four words, dtype. */
  readonly table: Uint32Array<ArrayBuffer>;
  readonly offsetsBytes: readonly number[];
  readonly sizeBytes: number;
}

export function layoutTile(operandDtypes: readonly MergeDtype[], elementCount: number): TileLayout {
  // Whole rows, so an odd count of operands leaves two words empty.
  const table = new Uint32Array(Math.ceil(operandDtypes.length / 2) * 4);
  let end = table.byteLength;
  const offsetsBytes = operandDtypes.map((dtype, index) => {
    const offset = end;
    table[index * 2] = offset / ALIGNMENT_BYTES;
    table[index * 2 + 1] = DTYPE_CODES[dtype];
    end += alignUp(elementCount * dtypeBytes(dtype));
    return offset;
  });
  return { table, offsetsBytes, sizeBytes: end };
}

function alignUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** Queues the writes of a tile into `buffer`. The bytes are copied before this returns. */
export function uploadTile(queue: GPUQueue, buffer: GPUBuffer, layout: TileLayout, input: TileInput): void {
  queue.writeBuffer(buffer, 0, layout.table);
  input.operands.forEach((operand, index) => {
    uploadOperand(queue, buffer, layout.offsetsBytes[index] ?? 0, operand, input.elementCount);
  });
}

/** Writes come in whole words, so an odd half at the end goes alone. */
function uploadOperand(
  queue: GPUQueue,
  buffer: GPUBuffer,
  offset: number,
  { bytes, dtype }: Operand,
  elementCount: number,
): void {
  const sizeBytes = elementCount * dtypeBytes(dtype);
  const whole = sizeBytes - (sizeBytes % 4);
  if (whole > 0) queue.writeBuffer(buffer, offset, bytes, 0, whole);
  if (whole < sizeBytes) {
    const tail = new Uint8Array(4);
    tail.set(bytes.subarray(whole, sizeBytes));
    queue.writeBuffer(buffer, offset + whole, tail);
  }
}

/** A tile in GPU memory. Its buffer goes back once it is released and no call still works on it. */
export class GpuTile implements Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  /** The engine the tile lives in. */
  readonly owner: object;
  readonly buffer: GPUBuffer;
  readonly sizeBytes: number;
  readonly masks = new MaskCache();
  released = false;
  private holders = 1;
  private readonly giveBack: (buffer: GPUBuffer) => void;

  constructor(
    { firstIndex, elementCount, operands }: TileInput,
    owner: object,
    buffer: GPUBuffer,
    sizeBytes: number,
    giveBack: (buffer: GPUBuffer) => void,
  ) {
    this.firstIndex = firstIndex;
    this.elementCount = elementCount;
    this.operandCount = operands.length;
    this.owner = owner;
    this.buffer = buffer;
    this.sizeBytes = sizeBytes;
    this.giveBack = giveBack;
  }

  hold(): void {
    this.holders++;
  }

  drop(): void {
    this.holders--;
    if (this.holders === 0) this.giveBack(this.buffer);
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.masks.clear();
    this.drop();
  }
}
