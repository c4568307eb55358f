/** Test helper: every kernel as its plain formula, an element at a time, with decoding and rounding done by division. */

import { dtypeBytes, type MergeDtype } from '../base/dtype.ts';
import { philox4x32 } from './shared/philox.ts';
import type { CombineSpec, ConsensusSpec, KeepRule, Operand } from './types.ts';

const FORMATS = {
  F32: { precision: 24, minExponent: -126, maxExponent: 127, fieldBits: 8, width: 32 },
  F16: { precision: 11, minExponent: -14, maxExponent: 15, fieldBits: 5, width: 16 },
  BF16: { precision: 8, minExponent: -126, maxExponent: 127, fieldBits: 8, width: 16 },
} as const;

export function decodeBits(bits: number, dtype: MergeDtype): number {
  const { precision, minExponent, fieldBits, width } = FORMATS[dtype];
  const fractionScale = 2 ** (precision - 1);
  const fraction = bits % fractionScale;
  const field = Math.floor(bits / fractionScale) % 2 ** fieldBits;
  const sign = bits >= 2 ** (width - 1) ? -1 : 1;
  if (field === 2 ** fieldBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (field === 0) return (sign * fraction * 2 ** minExponent) / fractionScale;
  return sign * (1 + fraction / fractionScale) * 2 ** (field - 1 + minExponent);
}

/** The nearest element, ties to even, as bits. */
export function encodeBits(value: number, dtype: MergeDtype): number {
  const { precision, minExponent, maxExponent, fieldBits, width } = FORMATS[dtype];
  const fractionScale = 2 ** (precision - 1);
  const infinity = (2 ** fieldBits - 1) * fractionScale;
  if (Number.isNaN(value)) return infinity + fractionScale / 2;
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (width - 1) : 0;
  const size = Math.abs(value);
  if (size === 0) return sign;
  if (size === Number.POSITIVE_INFINITY) return sign + infinity;
  let exponent = Math.floor(Math.log2(size));
  // The logarithm may be one off next to a power of two.
  if (2 ** exponent > size) exponent--;
  if (2 ** (exponent + 1) <= size) exponent++;
  exponent = Math.max(exponent, minExponent);
  const steps = size / 2 ** (exponent - precision + 1);
  const whole = Math.floor(steps);
  const rest = steps - whole;
  const rounded = whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0);
  const bits = (exponent - minExponent) * fractionScale + rounded;
  return sign + (exponent > maxExponent ? infinity : Math.min(bits, infinity));
}

export function readElements({ dtype, bytes }: Operand): Float64Array {
  return Float64Array.from(bitsOf(bytes, dtype), (bits) => decodeBits(bits, dtype));
}

/** Element bit patterns, from bytes at any offset. */
export function bitsOf(bytes: Uint8Array, dtype: MergeDtype): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = dtypeBytes(dtype);
  return Array.from({ length: bytes.byteLength / width }, (_, index) =>
    width === 4 ? view.getUint32(index * 4, true) : view.getUint16(index * 2, true),
  );
}

/** Distance in steps of the dtype; 0 for two NaN, infinite between NaN and a number. */
export function ulpsApart(a: number, b: number, dtype: MergeDtype): number {
  const [x, y] = [decodeBits(a, dtype), decodeBits(b, dtype)];
  if (Number.isNaN(x) || Number.isNaN(y))
    return Number.isNaN(x) === Number.isNaN(y) ? 0 : Number.POSITIVE_INFINITY;
  const half = 2 ** (FORMATS[dtype].width - 1);
  const ordered = (bits: number) => (bits >= half ? half - bits : bits);
  return Math.abs(ordered(a) - ordered(b));
}

export function referenceCombine(inputs: readonly Float64Array[], spec: CombineSpec, index: number): number {
  const base = spec.base === null ? 0 : (inputs[spec.base]?.[index] ?? 0);
  let sum = base;
  inputs.forEach((input, k) => {
    if (k !== spec.base) sum += (spec.coefficients[k] ?? 0) * ((input[index] ?? 0) - base);
  });
  return sum;
}

/** Magnitude bits of a selection delta; NaN is canonical. */
export function referenceMagnitude(x: number, base: number): number {
  return encodeBits(Math.abs(x - base), 'F32');
}

export function referenceKeeps(keep: KeepRule, x: number, base: number, flatIndex: number): boolean {
  if (keep.kind === 'random') {
    const counter = Math.floor(flatIndex / 4);
    const words = philox4x32([counter % 2 ** 32, Math.floor(counter / 2 ** 32), 0, 0], keep.key);
    return (words[flatIndex % 4] ?? 0) < keep.threshold;
  }
  if (keep.kind === 'largest') {
    const magnitude = referenceMagnitude(x, base);
    return magnitude > keep.cut.magnitude || (magnitude === keep.cut.magnitude && flatIndex < keep.cut.ties);
  }
  return keep.kind === 'all';
}

/** mergekit 0.1.4's sparsify, vote and normalise steps for one element; the vote by the float32 sum of all terms. */
export function referenceConsensus(
  inputs: readonly Float64Array[],
  spec: ConsensusSpec,
  index: number,
  flatIndex: number,
): number {
  const base = inputs[spec.base]?.[index] ?? 0;
  const terms = spec.rules.map((rule) => {
    const x = inputs[rule.operand]?.[index] ?? 0;
    const kept = referenceKeeps(rule.keep, x, base, flatIndex);
    const { scale, weight } = rule;
    const ballot = Math.fround(Math.fround(Math.fround(x - base) * Math.fround(scale)) * Math.fround(weight));
    return { term: kept ? (x - base) * scale * weight : 0, ballot: kept ? ballot : 0, weight };
  });
  const sum = terms.reduce((total, { ballot }) => Math.fround(total + ballot), 0);
  const agreeing = spec.signVote ? terms.filter(({ term }) => (sum >= 0 ? term > 0 : term < 0)) : terms;
  const mixed = agreeing.reduce((total, { term }) => total + term, 0);
  let divisor = agreeing.reduce((total, { weight }) => total + weight, 0);
  if (!spec.normalize || (spec.signVote ? divisor === 0 : Math.abs(divisor) < 1e-8)) divisor = 1;
  return base + (mixed / divisor) * spec.lambda;
}
