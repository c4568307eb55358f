/**
 * A tensor's stored bytes as kernels read them: F64 rounded once to F32 (nearest even), float8 widened to BF16 without
 * loss, everything else as it is.
 */

import { type Dtype, type InputDtype, isInputDtype, isMergeDtype, kernelDtypeOf } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import type { Operand } from '../kernels/types.ts';

/** Elements of one input as they are stored. */
export interface StoredOperand {
  readonly dtype: Dtype;
  /** Little-endian elements; any byte offset. */
  readonly bytes: Uint8Array;
}

/** @throws GraftError `CannotMerge` for a dtype that cannot be merged */
export function kernelOperand({ dtype, bytes }: StoredOperand): Operand {
  if (!isInputDtype(dtype)) throw new GraftError('CannotMerge', `${dtype} cannot be merged.`);
  if (isMergeDtype(dtype)) return { dtype, bytes };
  const values = dtype === 'F64' ? singles(bytes) : widened(bytes, tableOf(dtype));
  return { dtype: kernelDtypeOf(dtype), bytes: new Uint8Array(values.buffer) };
}

/** Elements that are aligned and rounded at a time. */
const CHUNK = 8192;

function singles(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const count = bytes.byteLength / 8;
  const rounded = new Float32Array(count);
  const doubles = new Float64Array(Math.min(CHUNK, count));
  const doubleBytes = new Uint8Array(doubles.buffer);
  for (let at = 0; at < count; at += CHUNK) {
    const size = Math.min(CHUNK, count - at);
    doubleBytes.set(bytes.subarray(at * 8, (at + size) * 8));
    rounded.set(doubles.subarray(0, size), at);
  }
  return rounded;
}

function widened(codes: Uint8Array, table: Uint16Array): Uint16Array<ArrayBuffer> {
  const wide = new Uint16Array(codes.length);
  for (let i = 0; i < codes.length; i++) wide[i] = table[codes[i] ?? 0] ?? 0;
  return wide;
}

/**
 * How a float8 type splits its 8 bits. `ieee`: the largest exponent holds infinities and NaN. `fn`: all ones is NaN and
 * there are no infinities. `fnuz`: no infinities, and negative zero's code is the only NaN (arXiv 2209.05433, 2206.02915).
 */
interface Float8Format {
  readonly mantissaBits: number;
  readonly bias: number;
  readonly special: 'ieee' | 'fn' | 'fnuz';
}

type Float8 = Extract<InputDtype, `F8_${string}`>;

const FORMATS: Readonly<Record<Float8, Float8Format>> = {
  F8_E4M3: { mantissaBits: 3, bias: 7, special: 'fn' },
  F8_E5M2: { mantissaBits: 2, bias: 15, special: 'ieee' },
  F8_E4M3FNUZ: { mantissaBits: 3, bias: 8, special: 'fnuz' },
  F8_E5M2FNUZ: { mantissaBits: 2, bias: 16, special: 'fnuz' },
};

const tables = new Map<Float8, Uint16Array>();

/** BF16 bits by code. */
function tableOf(dtype: Float8): Uint16Array {
  const known = tables.get(dtype);
  if (known !== undefined) return known;
  const format = FORMATS[dtype];
  const values = Float32Array.from({ length: 256 }, (_, code) => numberOf(code, format));
  // Exact, so BF16 is F32 without its low half, and a NaN keeps its quiet bit.
  const table = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  tables.set(dtype, table);
  return table;
}

function numberOf(code: number, { mantissaBits, bias, special }: Float8Format): number {
  const sign = code & 0x80 ? -1 : 1;
  const magnitude = code & 0x7f;
  const steps = 1 << mantissaBits;
  const exponent = Math.floor(magnitude / steps);
  const fraction = (magnitude % steps) / steps;
  if (special === 'fnuz' && code === 0x80) return Number.NaN;
  if (special === 'fn' && magnitude === 0x7f) return Number.NaN;
  if (special === 'ieee' && exponent === 0x7f >> mantissaBits) {
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
