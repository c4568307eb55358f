/** Test helper: elements as bits, decoded and rounded by division; and how far apart two of them are. */

import { dtypeBytes, type OutputDtype } from '../base/dtype.ts';

/** `overflow` is what a number past the greatest becomes, and `nan` the NaN that is written. */
const FORMATS = {
  F32: { precision: 24, minExponent: -126, fieldBits: 8, width: 32, overflow: 0x7f800000, nan: 0x7fc00000 },
  F16: { precision: 11, minExponent: -14, fieldBits: 5, width: 16, overflow: 0x7c00, nan: 0x7e00 },
  BF16: { precision: 8, minExponent: -126, fieldBits: 8, width: 16, overflow: 0x7f80, nan: 0x7fc0 },
  F8_E4M3: { precision: 4, minExponent: -6, fieldBits: 4, width: 8, overflow: 0x7f, nan: 0x7f },
  F8_E5M2: { precision: 3, minExponent: -14, fieldBits: 5, width: 8, overflow: 0x7c, nan: 0x7f },
} as const;

export function decodeBits(bits: number, dtype: OutputDtype): number {
  const { precision, minExponent, fieldBits, width, overflow, nan } = FORMATS[dtype];
  const fractionScale = 2 ** (precision - 1);
  const fraction = bits % fractionScale;
  const field = Math.floor(bits / fractionScale) % 2 ** fieldBits;
  const sign = bits >= 2 ** (width - 1) ? -1 : 1;
  const size = bits % 2 ** (width - 1);
  if (size > overflow || size === nan) return Number.NaN;
  if (size === overflow) return sign * Number.POSITIVE_INFINITY;
  if (field === 0) return (sign * fraction * 2 ** minExponent) / fractionScale;
  return sign * (1 + fraction / fractionScale) * 2 ** (field - 1 + minExponent);
}

/** The nearest element, ties to even, as bits. */
export function encodeBits(value: number, dtype: OutputDtype): number {
  const { precision, minExponent, width, overflow, nan } = FORMATS[dtype];
  if (Number.isNaN(value)) return nan;
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (width - 1) : 0;
  const size = Math.abs(value);
  if (size === 0) return sign;
  const bits = size === Number.POSITIVE_INFINITY ? overflow : roundedBits(size, precision, minExponent);
  if (bits < overflow) return sign + bits;
  return overflow === nan ? nan : sign + overflow;
}

function roundedBits(size: number, precision: number, minExponent: number): number {
  let exponent = Math.floor(Math.log2(size));
  // The logarithm may be one off next to a power of two.
  if (2 ** exponent > size) exponent--;
  if (2 ** (exponent + 1) <= size) exponent++;
  exponent = Math.max(exponent, minExponent);
  const steps = size / 2 ** (exponent - precision + 1);
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const rounded = whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0);
  return (exponent - minExponent) * 2 ** (precision - 1) + rounded;
}

export function readElements({ dtype, bytes }: { dtype: OutputDtype; bytes: Uint8Array }): Float64Array {
  return Float64Array.from(bitsOf(bytes, dtype), (bits) => decodeBits(bits, dtype));
}

/** Element bit patterns, from bytes at any offset. */
export function bitsOf(bytes: Uint8Array, dtype: OutputDtype): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = dtypeBytes(dtype);
  return Array.from({ length: bytes.byteLength / width }, (_, index) => {
    if (width === 1) return view.getUint8(index);
    return width === 4 ? view.getUint32(index * 4, true) : view.getUint16(index * 2, true);
  });
}

/** Distance in steps of the dtype; 0 for two NaN, infinite between NaN and a number. */
export function ulpsApart(a: number, b: number, dtype: OutputDtype): number {
  const [x, y] = [decodeBits(a, dtype), decodeBits(b, dtype)];
  if (Number.isNaN(x) || Number.isNaN(y))
    return Number.isNaN(x) === Number.isNaN(y) ? 0 : Number.POSITIVE_INFINITY;
  const half = 2 ** (FORMATS[dtype].width - 1);
  const ordered = (bits: number) => (bits >= half ? half - bits : bits);
  return Math.abs(ordered(a) - ordered(b));
}
