import { expect, test } from 'vitest';
import { resolvePlainScalar, toFiniteNumber, toInteger } from './scalars.ts';
import { parseShardSize } from './shard-size.ts';

test.each([
  ['', null],
  ['~', null],
  ['no', false],
  ['On', true],
  ['y', 'y'],
  ['1_000', 1000],
  ['017', 15],
  ['0x1F', 31],
  ['-0b101', -5],
  ['12:30:45', 45045],
  ['1:30.5', 90.5],
  ['08', '08'],
  ['.5', 0.5],
  ['5.', 5],
  ['1.5e+3', 1500],
  ['1e-3', '1e-3'],
  ['-.inf', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['9'.repeat(101), '9'.repeat(101)],
])('%j reads as PyYAML reads it', (text, value) => {
  expect(resolvePlainScalar(text)).toEqual(value);
});

test.each([
  [true, 1],
  [false, 0],
  ['1e-3', 0.001],
  [' 0.5 ', 0.5],
  ['08', 8],
  ['+.5', 0.5],
  ['1_0', 10],
  ['1__0', null],
  ['inf', null],
  [Number.NaN, null],
  ['1e999', null],
  ['', null],
  [null, null],
  ['0x10', null],
])('%j becomes the number %j', (value, number) => {
  expect(toFiniteNumber(value)).toBe(number);
});

test.each([
  [3.0, 3],
  ['3', 3],
  [1.5, null],
  [true, null],
  [2 ** 53, null],
])('%j becomes the integer %j', (value, number) => {
  expect(toInteger(value)).toBe(number);
});

test.each([
  [5_000_000_000, 5e9],
  ['5GB', 5e9],
  ['500 MB', 5e8],
  ['500M', 5e8],
  ['500k', 5e5],
  ['2B', 2e9],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['1_000_000', 1e6],
  [1000, 1000],
  [999, null],
  ['100TB', 1e14],
  ['101TB', null],
  [-1, null],
  [1.5, null],
  ['5 XB', null],
  ['GB', null],
  ['', null],
])('%j is a shard of %j bytes', (value, sizeBytes) => {
  expect(parseShardSize(value)).toBe(sizeBytes);
});
