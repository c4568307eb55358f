import { describe, expect, test } from 'vitest';
import { divergenceOf, expOf, logOf } from './divergence.ts';

/** Steps of f64 between two numbers of one sign. */
function ulpsApart(a: number, b: number): number {
  const [x = 0n, y = 0n] = new BigInt64Array(Float64Array.of(a, b).buffer);
  return Number(x > y ? x - y : y - x);
}

/** Steps of f32 between two f32 numbers of one sign. */
function singleUlpsApart(a: number, b: number): number {
  const [x = 0, y = 0] = new Int32Array(Float32Array.of(a, b).buffer);
  return Math.abs(x - y);
}

/** Math.exp and Math.log are themselves within 1 ulp. */
describe('expOf and logOf', () => {
  test('powers of e', () => {
    for (let i = 0; i <= 100_000; i++) {
      const y = Math.fround(-i / 1250.37);
      expect(singleUlpsApart(expOf(y), Math.exp(y))).toBeLessThanOrEqual(1);
      expect(Math.fround(expOf(y))).toBe(expOf(y));
    }
    for (let i = 1; i < 150; i++)
      expect(singleUlpsApart(expOf(-(2 ** -i)), Math.exp(-(2 ** -i)))).toBeLessThan(2);
    expect([expOf(0), expOf(-0), expOf(-80.001), expOf(-Infinity)]).toEqual([1, 1, 0, 0]);
  });

  test('logarithms', () => {
    for (let i = -100_000; i <= 100_000; i++) {
      const t = Math.exp(i / 5429);
      expect(ulpsApart(logOf(t), Math.log(t))).toBeLessThanOrEqual(4);
    }
    for (let i = 1; i < 53; i++) {
      for (const t of [1 + 2 ** -i, 1 - 2 ** -i]) {
        expect(ulpsApart(logOf(t), Math.log(t))).toBeLessThanOrEqual(4);
      }
    }
    expect(logOf(1)).toBe(0);
  });
});

describe('divergenceOf', () => {
  test('is the divergence of the two softmaxes', () => {
    const row = Float64Array.from({ length: 1001 }, (_, i) => Math.fround(Math.sin(i * 7) * 3));
    const base = row.map((x, i) => Math.fround(x + Math.cos(i * 13) * 0.3));
    const shares = (values: Float64Array) => {
      const powers = values.map(Math.exp);
      const sum = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / sum + 1e-8);
    };
    const q = shares(base);
    const expected = shares(row).reduce((sum, p, i) => sum + p * Math.log(p / (q[i] ?? 0)), 0);
    // Shares are f32, and the divergence is smaller than they are.
    expect(Math.abs(divergenceOf(row, base, 4) / expected - 1)).toBeLessThan(1e-5);
  });

  test('is 0 for equal rows and for rows of one element, and never below', () => {
    const row = Float64Array.of(1, -2, 3.5, 0);
    expect(divergenceOf(row, row, 0)).toBe(0);
    expect(divergenceOf(Float64Array.of(5), Float64Array.of(-7), 3)).toBe(0);
    for (let i = 0; i < 200; i++) {
      const near = row.map((x, k) => Math.fround(x + Math.sin(i + k) * 1e-7));
      expect(divergenceOf(near, row, 0)).toBeGreaterThanOrEqual(0);
    }
  });

  test('takes elements far apart, and answers NaN for those that are not finite', () => {
    const far = Float64Array.of(3e38, -3e38, 1);
    const flat = Float64Array.of(0, 0, 0);
    const p = [1 + 1e-8, 1e-8, 1e-8];
    const expected = p.reduce((sum, share) => sum + share * Math.log(share / (1 / 3 + 1e-8)), 0);
    expect(divergenceOf(far, flat, 0)).toBeCloseTo(expected, 6);
    for (const odd of [Number.NaN, Infinity, -Infinity]) {
      expect(divergenceOf(Float64Array.of(1, odd), Float64Array.of(1, 2), 0)).toBeNaN();
      expect(divergenceOf(Float64Array.of(1, 2), Float64Array.of(odd, 2), 0)).toBeNaN();
    }
  });
});
