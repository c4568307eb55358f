/**
 * The divergence of one row of a tensor from the base's, as a fixed sequence of operations, each rounded once to nearest
 * even, so that every engine gets the same bits. This is that sequence, written plainly: the engines' twins of it are
 * `rowDivergence` of cpu/assembly/ and of shaders/.
 *
 * sum p ln(p / q), p = softmax(x) + 1e-8, q = softmax(base) + 1e-8, at least 0 (mergekit 0.1.4, arcee_fusion). NaN when
 * either row holds a NaN or an infinity.
 *
 * Shares and their ratio are f32, rounded after every step as torch rounds them on a CPU with AVX2: a divergence is a
 * small difference of large shares, and mergekit's selection follows from how they were rounded. The steps of f32 are
 * steps of f64 rounded to f32, which is the same (for a product and a sum in one: all but always). Logarithms, terms and
 * their sum are f64: that sum is four sums that start from +0, of the elements whose flat index in the tensor is 0, 1, 2
 * and 3 modulo 4, each in index order; then ((s0 + s1) + s2) + s3. Adding +0 changes no sum.
 *
 * No result on the way is a subnormal: an element is 0 or at least e^-80, a share at least 1e-8.
 */

/** ln 2 in two parts; the first has 33 bits, so that its product with an exponent is exact (fdlibm, e_exp.c). */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/** log2 e, and ln 2 in two parts, as f32: their products with an exponent are exact in f64 (Sleef, expf with 1 ulp). */
export const LOG2_E = Math.fround(Math.LOG2E);
export const LN2_UPPER = 0.693145751953125;
export const LN2_LOWER = Math.fround(1.428606765330187e-6);

/** 1.5 * 2^52: adding it and subtracting it again rounds to an integer, to nearest even. */
export const ROUNDER = 6755399441055744;

/**
 * Powers of e below this are 0. They are less than 2e-35: nothing beside the 1e-8 that is added to a share, and nothing
 * beside a sum of at least 1.
 */
export const LEAST_EXPONENT = -80;

/** What is added to a share, so that its logarithm exists. */
export const SHARE_FLOOR = Math.fround(1e-8);

/** Coefficients of r^7 down to r^2 in e^r (Sleef). */
export const EXP_COEFFICIENTS = [
  0.0001985276176128536, 0.001393043552525342, 0.0083333607763052, 0.04166648536920548, 0.1666666716337204,
  0.5,
].map(Math.fround);

/** Fractions of a logarithm's argument lie between half of this and this. */
export const SQRT_2 = Math.SQRT2;

/** Coefficients of z^9 down to z^0 in (atanh(s) / s - 1) / z, z = s^2 <= 0.0295: what is left out is below 2^-60. */
export const LOG_COEFFICIENTS = [
  1 / 21,
  1 / 19,
  1 / 17,
  1 / 15,
  1 / 13,
  1 / 11,
  1 / 9,
  1 / 7,
  1 / 5,
  1 / 3,
] as const;

/** e^y for an f32 y <= 0, within 1 ulp of f32; 0 below -80. */
export function expOf(y: number): number {
  if (y < LEAST_EXPONENT) return 0;
  const k = Math.fround(y * LOG2_E) + ROUNDER - ROUNDER;
  const r = Math.fround(Math.fround(y - k * LN2_UPPER) - k * LN2_LOWER);
  const sum = EXP_COEFFICIENTS.reduce((part, coefficient) => Math.fround(part * r + coefficient));
  const power = Math.fround(1 + Math.fround(Math.fround(r * r) * sum + r));
  // The last factor is a power of two, so the product is exact.
  return power * 2 ** k;
}

/** ln t for a normal t > 0, within 3 ulp. */
export function logOf(t: number): number {
  const { fraction, exponent } = split(t);
  const s = (fraction - 1) / (fraction + 1);
  const z = s * s;
  const w = z * horner(LOG_COEFFICIENTS, z);
  const s2 = s + s;
  return exponent * LN2_HIGH + (s2 + (s2 * w + exponent * LN2_LOW));
}

/** First coefficient first; each step is a product and a sum, both rounded. */
function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient);
}

/** t = fraction * 2^exponent with SQRT_2 / 2 <= fraction < SQRT_2, up to the rounding of the constant. */
function split(t: number): { fraction: number; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, t);
  const high = view.getUint32(0);
  view.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  const exponent = (high >>> 20) - 1023;
  const fraction = view.getFloat64(0);
  return fraction >= SQRT_2 ? { fraction: fraction / 2, exponent: exponent + 1 } : { fraction, exponent };
}

/** The f64 sum over a row's terms, whose first has flat index `firstIndex` in the tensor. */
function sumOf(values: ArrayLike<number>, firstIndex: number): number {
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const part = ((firstIndex + i) % 4) as 0 | 1 | 2 | 3;
    sums[part] += values[i] ?? 0;
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/**
 * Eight f32 sums from +0, of the values whose place in the row is 0 .. 7 modulo 8, each in order, then added up by halves:
 * four of s_j + s_(j+4), two of those two apart, and those two.
 */
function singleSumOf(values: ArrayLike<number>): number {
  const sums = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0);
  for (let i = 0; i < values.length; i++) sums[i % 8] = (sums[i % 8] ?? 0) + (values[i] ?? 0);
  for (const half of [4, 2, 1]) {
    for (let j = 0; j < half; j++) sums[j] = (sums[j] ?? 0) + (sums[j + half] ?? 0);
  }
  return sums[0] ?? 0;
}

/** softmax(x) + 1e-8 of a row of finite elements, in f32. */
function sharesOf(row: Float64Array): Float64Array {
  const greatest = row.reduce((most, x) => Math.max(most, x));
  const powers = row.map((x) => expOf(Math.fround(x - greatest)));
  const inverse = Math.fround(1 / singleSumOf(powers));
  return powers.map((power) => Math.fround(Math.fround(power * inverse) + SHARE_FLOOR));
}

/**
 * The divergence of one row (its elements exactly as decoded) from the base's of the same length; `firstIndex` is the
 * flat index of the row's first element in the tensor.
 */
export function divergenceOf(row: Float64Array, baseRow: Float64Array, firstIndex: number): number {
  if (!row.every(Number.isFinite) || !baseRow.every(Number.isFinite)) return Number.NaN;
  const q = sharesOf(baseRow);
  const terms = sharesOf(row).map((p, i) => p * logOf(Math.fround(p / (q[i] ?? 0))));
  return Math.max(sumOf(terms, firstIndex), 0);
}
