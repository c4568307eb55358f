import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsReaching, floatOf, quantilePosition } from './outliers.ts';

test('quantiles are order statistics, rounded down', () => {
  expect([0.25, 0.5, 0.75].map((q) => quantilePosition(q, 9))).toEqual([2, 4, 6]);
  expect([0.25, 0.5, 0.75].map((q) => quantilePosition(q, 8))).toEqual([1, 3, 5]);
  expect([0.25, 0.5, 0.75].map((q) => quantilePosition(q, 1))).toEqual([0, 0, 0]);
});

test('the smallest f32 that reaches a threshold', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e38, noNaN: true }), (threshold) => {
      const bits = bitsReaching(threshold) ?? 0;
      expect(floatOf(bits)).toBeGreaterThanOrEqual(threshold);
      if (bits > 0) expect(floatOf(bits - 1)).toBeLessThan(threshold);
    }),
  );
  expect(bitsReaching(0)).toBe(0);
  expect(bitsReaching(-3)).toBe(0);
  expect(bitsReaching(1)).toBe(0x3f800000);
  expect(bitsReaching(Number.POSITIVE_INFINITY)).toBe(0x7f800000);
  expect(bitsReaching(Number.NaN)).toBeNull();
});
