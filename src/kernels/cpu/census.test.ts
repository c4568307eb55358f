import { expect, test } from 'vitest';
import { MERGE_DTYPES } from '../../base/dtype.ts';
import { readElements } from '../reference.ts';
import { anyBits, operandOf, weightsLike } from '../test-tensors.ts';
import { addCensus, censusOf, EMPTY_CENSUS } from './census.ts';

test('any bits of any dtype and length are counted as they are', () => {
  for (const dtype of MERGE_DTYPES) {
    for (const count of [1, 4095, 4096, 40_001]) {
      const operand = dtype === 'F32' ? weightsLike(dtype, count, 3, 1) : anyBits(dtype, count, count, 1);
      const values = readElements(operand);
      const squares = values.filter(Number.isFinite).reduce((sum, value) => sum + value * value, 0);
      const census = censusOf(operand);
      expect(census).toMatchObject({
        nanCount: values.filter(Number.isNaN).length,
        infiniteCount: values.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY).length,
        hasValues: true,
      });
      expect(census.squares / squares).toBeCloseTo(1, 5);
    }
  }
});

test('parts add up to the whole', () => {
  const parts = [operandOf('F32', [0, -0, 1, Number.NaN]), operandOf('BF16', [-2, Number.NEGATIVE_INFINITY])];
  expect(censusOf(operandOf('F16', [0, -0, 0])).hasValues).toBe(false);
  expect(parts.map(censusOf).reduce(addCensus, EMPTY_CENSUS)).toEqual({
    nanCount: 1,
    infiniteCount: 1,
    hasValues: true,
    squares: 5,
  });
});
