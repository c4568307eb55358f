/** Words as the shaders' `struct Params` have them in memory. */

import type { OutputDtype } from '../../base/dtype.ts';

/** As the shaders number them (lib/dtypes.wgsl). */
export const DTYPE_CODES = {
  F32: 0,
  F16: 1,
  BF16: 2,
  F8_E4M3: 3,
  F8_E5M2: 4,
} as const satisfies Record<OutputDtype, number>;

/** Where there is no base; the shaders do not look (`hasBase`). */
export const NO_OPERAND = 0;

export type Words = Uint8Array<ArrayBuffer>;

/** Writes words and numbers one after the other, little-endian. */
export class WordWriter {
  private readonly view: DataView<ArrayBuffer>;
  private offset = 0;

  constructor(wordCount: number) {
    this.view = new DataView(new ArrayBuffer(wordCount * 4));
  }

  words(...values: readonly number[]): this {
    for (const value of values) {
      this.view.setUint32(this.offset, value, true);
      this.offset += 4;
    }
    return this;
  }

  /** Four words, for `wideSplat`. */
  wide(value: number): this {
    return this.words(...wideWords(value));
  }

  /** Two words each, for `wideOfBits`. */
  doubles(values: ArrayLike<number>): this {
    for (let index = 0; index < values.length; index++) {
      this.view.setFloat64(this.offset, values[index] ?? 0, true);
      this.offset += 8;
    }
    return this;
  }

  /** A whole array of words at once. */
  array(values: Uint32Array): this {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.view.buffer).set(bytes, this.offset);
    this.offset += values.byteLength;
    return this;
  }

  finish(): Words {
    return new Uint8Array(this.view.buffer);
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** A number as `wideSplat` of lib/wide.wgsl takes it: sign, exponent, and 64 bits of significand, high word first. */
function wideWords(value: number): [number, number, number, number] {
  if (Number.isNaN(value)) return [0, 0x100000, 0x80000000, 0];
  const sign = value < 0 || Object.is(value, -0) ? 0x80000000 : 0;
  if (value === 0) return [sign, -0x1000, 0, 0];
  if (!Number.isFinite(value)) return [sign, 0x10000, 0x80000000, 0];
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  return [sign, exponent, (0x80000000 | ((high & 0xfffff) << 11) | (low >>> 21)) >>> 0, (low << 11) >>> 0];
}

/** A number rounded to float32, as its bits. */
export function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

/** The low and high word of a float64. */
export function doubleWords(value: number): [number, number] {
  bits.setFloat64(0, value);
  return [bits.getUint32(4), bits.getUint32(0)];
}

/** The Philox counter of an element whose flat index is a multiple of four, low word first. */
export function counterOf(firstIndex: number): [number, number] {
  const counter = firstIndex / 4;
  return [counter % 2 ** 32, Math.floor(counter / 2 ** 32)];
}

/** Between 0 and the largest word. */
export function clampWord(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.ceil(value)));
}
