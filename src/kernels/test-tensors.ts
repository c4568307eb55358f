/** Test helper: operands of reproducible contents, at any byte offset. */

import { dtypeBytes, type MergeDtype } from '../base/dtype.ts';
import { encodeBits } from './reference.ts';
import type { Kernels, Operand, Tile } from './types.ts';

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function operandOfBits(dtype: MergeDtype, bits: ArrayLike<number>, byteOffset = 0): Operand {
  const width = dtypeBytes(dtype);
  const bytes = new Uint8Array(new ArrayBuffer(byteOffset + bits.length * width), byteOffset);
  const view = new DataView(bytes.buffer, byteOffset);
  for (let i = 0; i < bits.length; i++) {
    if (width === 4) view.setUint32(i * 4, bits[i] ?? 0, true);
    else view.setUint16(i * 2, bits[i] ?? 0, true);
  }
  return { dtype, bytes };
}

export function operandOf(dtype: MergeDtype, values: ArrayLike<number>, byteOffset = 0): Operand {
  return operandOfBits(
    dtype,
    Array.from(values, (value) => encodeBits(value, dtype)),
    byteOffset,
  );
}

/** Values spread like weights: around 0, most below 0.1. */
export function weightsLike(dtype: MergeDtype, count: number, seed: number, byteOffset = 0): Operand {
  const random = seededRandom(seed);
  const values = Float64Array.from({ length: count }, () => (random() + random() + random() - 1.5) * 0.07);
  return operandOf(dtype, values, byteOffset);
}

/** Any bit patterns: every exponent, subnormals, infinities and NaN. */
export function anyBits(dtype: MergeDtype, count: number, seed: number, byteOffset = 0): Operand {
  const random = seededRandom(seed);
  const range = 2 ** (8 * dtypeBytes(dtype));
  return operandOfBits(
    dtype,
    Float64Array.from({ length: count }, () => Math.floor(random() * range)),
    byteOffset,
  );
}

/** One tile, for as long as `work` takes. */
export async function onTile<T>(
  kernels: Kernels,
  operands: readonly Operand[],
  elementCount: number,
  work: (tile: Tile) => Promise<T>,
  firstIndex = 0,
): Promise<T> {
  const tile = await kernels.load({ firstIndex, elementCount, operands });
  try {
    return await work(tile);
  } finally {
    tile.release();
  }
}

/** A tensor cut into tiles of `tileElements`, one at a time. */
export async function* tilesOf(
  kernels: Kernels,
  operands: readonly Operand[],
  elementCount: number,
  tileElements: number,
): AsyncGenerator<Tile> {
  for (let firstIndex = 0; firstIndex < elementCount; firstIndex += tileElements) {
    const count = Math.min(tileElements, elementCount - firstIndex);
    const tile = await kernels.load({
      firstIndex,
      elementCount: count,
      operands: operands.map(({ dtype, bytes }) => {
        const width = dtypeBytes(dtype);
        return { dtype, bytes: bytes.subarray(firstIndex * width, (firstIndex + count) * width) };
      }),
    });
    try {
      yield tile;
    } finally {
      tile.release();
    }
  }
}

/** The output of `pass` over all tiles, joined. */
export async function outputOf(
  kernels: Kernels,
  operands: readonly Operand[],
  elementCount: number,
  tileElements: number,
  pass: (tile: Tile) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const tile of tilesOf(kernels, operands, elementCount, tileElements))
    parts.push(await pass(tile));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}
