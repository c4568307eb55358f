import { describe, expect, test } from 'vitest';
import { nuslerpCoefficients, slerpCoefficients } from './angles.ts';

const A = [1, 0, 0.5, 0.25, -1, 2];
const B = [0, 1, 0.5, -0.25, 1.5, 1];

function interpolate(a: readonly number[], b: readonly number[], t: number): number[] {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  const [ca, cb] = slerpCoefficients({ aa: dot(a, a), bb: dot(b, b), ab: dot(a, b) }, t);
  return a.map((value, index) => ca * value + cb * (b[index] ?? 0));
}

test.each([
  [0.25, [0.8901168, 0.3557522, 0.6229345, 0.1335911, -0.3564884, 2.1359859]],
  [0.5, [0.6657482, 0.6657482, 0.6657482, 0, 0.3328741, 1.9972446]],
  [1.5, [-0.6657482, 0.8363213, 0.0852866, -0.3755174, 1.9202302, -0.4951751]],
])('the vectors mergekit gives at t = %d', (t, expected) => {
  for (const [index, value] of interpolate(A, B, t).entries())
    expect(value).toBeCloseTo(expected[index] ?? 9, 6);
});

test('parallel and opposite tensors are interpolated linearly', () => {
  const double = A.map((value) => 2 * value);
  for (const [index, value] of interpolate(A, double, 0.3).entries()) {
    expect(value).toBeCloseTo(1.3 * (A[index] ?? 0), 12);
  }
  const opposite = A.map((value) => -value);
  expect(interpolate(A, opposite, 0.5).every((value) => value === 0)).toBe(true);
});

test('a zero tensor counts as orthogonal', () => {
  const zero = A.map(() => 0);
  const values = interpolate(zero, B, 1 / 3);
  for (const [index, value] of values.entries()) expect(value).toBeCloseTo(0.5 * (B[index] ?? 0), 12);
  expect(interpolate(zero, zero, 0.5).every((value) => value === 0)).toBe(true);
});

describe('nuslerp', () => {
  const products = (a: readonly number[], b: readonly number[]) => {
    const dot = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
    return { aa: dot(a, a), bb: dot(b, b), ab: dot(a, b) };
  };
  test('is slerp between vectors at an angle, however small', () => {
    const [ca, cb] = nuslerpCoefficients(products(A, B), 0.25);
    const [sa, sb] = slerpCoefficients(products(A, B), 0.25);
    expect(ca).toBeCloseTo(sa, 14);
    expect(cb).toBeCloseTo(sb, 14);
    // At 0.01 radian, where slerp takes the line already.
    const near = nuslerpCoefficients({ aa: 1, bb: 1, ab: Math.cos(0.01) }, 0.25);
    expect(near[0]).toBeCloseTo(Math.sin(0.0075) / Math.sin(0.01), 9);
    expect(near[1]).toBeCloseTo(Math.sin(0.0025) / Math.sin(0.01), 9);
  });
  test('is a line between parallel, opposite and zero vectors where no sine is left', () => {
    expect(nuslerpCoefficients({ aa: 4, bb: 9, ab: 6 }, 0.25)).toEqual([0.75, 0.25]);
    expect(nuslerpCoefficients({ aa: 4, bb: 9, ab: -6 }, 0.25)).toEqual([0.75, 0.25]);
    // A zero vector is at a right angle to every other.
    const [ca, cb] = nuslerpCoefficients({ aa: 0, bb: 9, ab: 0 }, 1 / 3);
    expect(ca).toBeCloseTo(Math.sqrt(3) / 2, 14);
    expect(cb).toBeCloseTo(0.5, 14);
  });
});
