import { expect, test } from 'vitest';
import { stockRatio } from './stock-ratio.ts';

/** Products of a base (zeros) and deltas of one length whose pairs all have one cosine. */
function gramOf(count: number, length: number, cosine: number): Float64Array {
  return Float64Array.from({ length: (count + 1) ** 2 }, (_, at) => {
    const [row, column] = [Math.floor(at / (count + 1)), at % (count + 1)];
    if (row === 0 || column === 0) return 0;
    return length ** 2 * (row === column ? 1 : cosine);
  });
}

const operands = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test.each([
  [2, 0.5, 1 / 1.5],
  [3, 0.5, 1.5 / 2],
  [3, 0, 0],
  [5, 1, 1],
  [2, -0.5, -1 / 0.5],
])('%d deltas of cosine %d are taken to %d', (count, cosine, expected) => {
  expect(stockRatio(gramOf(count, 2, cosine), operands(count))).toBeCloseTo(expected, 12);
});

test('the mean is over all pairs', () => {
  const gram = Float64Array.of(1, 0.5, 0, 0.5, 1, -0.2, 0, -0.2, 1);
  const cosine = 0.1;
  expect(stockRatio(gram, [0, 1, 2])).toBeCloseTo((3 * cosine) / (1 + 2 * cosine), 12);
});

test('deltas that cancel out, zero deltas and a lone one stay with the base', () => {
  expect(stockRatio(gramOf(2, 3, -1), operands(2))).toBe(0);
  expect(stockRatio(gramOf(3, 3, -0.5), operands(3))).toBe(0);
  expect(stockRatio(gramOf(3, 0, 1), operands(3))).toBe(0);
  expect(stockRatio(gramOf(1, 3, 1), operands(1))).toBe(0);
});

test('tiny deltas count as less alike than they are', () => {
  // The product of the lengths, 1e-8, counts as 1e-6.
  expect(stockRatio(gramOf(2, 1e-4, 1), operands(2))).toBeCloseTo(0.02 / 1.01, 12);
});
