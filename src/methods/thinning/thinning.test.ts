import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keptCount } from './largest.ts';
import { outlierCounts } from './middle.ts';
import { rankedRowLength, rankThresholds } from './ranked.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const size = fc.integer({ min: 1, max: 10_000_000 });

describe('middle', () => {
  test('keeps what the density says, and leaves out as many outliers as that allows', () => {
    fc.assert(
      fc.property(share, share, size, (density, gamma, elementCount) => {
        const { top, bottom } = outlierCounts(density, gamma, elementCount);
        expect(elementCount - top - bottom).toBe(keptCount(density, elementCount));
        expect(top).toBeLessThanOrEqual(Math.trunc(gamma * elementCount));
        expect(Math.min(top, bottom)).toBeGreaterThanOrEqual(0);
        if (bottom > 0) expect(top).toBe(Math.trunc(gamma * elementCount));
      }),
    );
  });
  test.each([
    [0.9, 0.01, 1000, { top: 10, bottom: 90 }],
    [0.9, 0.5, 1000, { top: 100, bottom: 0 }],
    [0.9, 0.01, 90, { top: 0, bottom: 9 }],
    [0, 0.25, 8, { top: 2, bottom: 6 }],
  ])('density %d, gamma %d of %d', (density, gamma, count, expected) => {
    expect(outlierCounts(density, gamma, count)).toEqual(expected);
  });
});

describe('ranked', () => {
  const probabilities = (density: number, epsilon: number, length: number): number[] =>
    [...rankThresholds(density, epsilon, length)].map((threshold) => threshold / 2 ** 32);

  test('probabilities rise evenly around the density', () => {
    const found = probabilities(0.5, 0.2, 5);
    for (const [rank, expected] of [0.3, 0.4, 0.5, 0.6, 0.7].entries()) {
      expect(found[rank]).toBeCloseTo(expected, 9);
    }
  });
  test('never fall with the rank, and keep the density on average', () => {
    const epsilon = fc.double({ min: 0, max: 0.29, noNaN: true });
    fc.assert(
      fc.property(epsilon, fc.integer({ min: 1, max: 500 }), (drawn, length) => {
        const found = probabilities(0.3, drawn, length);
        for (const [rank, probability] of found.entries()) {
          expect(probability).toBeGreaterThanOrEqual(found[rank - 1] ?? 0);
        }
        expect(found.reduce((sum, each) => sum + each, 0) / length).toBeCloseTo(0.3, 8);
      }),
    );
  });
  test('a row of one is kept with the density, and no threshold reaches 2^32', () => {
    expect(probabilities(0.25, 0.1, 1)).toEqual([0.25]);
    expect(Math.max(...rankThresholds(0.5, 0.499999999999, 3))).toBe(2 ** 32 - 1);
  });
  test('rows run along the last axis, filters over all but the first', () => {
    expect(rankedRowLength([7])).toBe(7);
    expect(rankedRowLength([3, 5])).toBe(5);
    expect(rankedRowLength([2, 3, 5])).toBe(5);
    expect(rankedRowLength([8, 2, 3, 5])).toBe(30);
    expect(rankedRowLength([])).toBe(1);
  });
});
