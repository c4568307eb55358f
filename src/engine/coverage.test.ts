import { expect, test } from 'vitest';
import { Coverage } from './coverage.ts';

const record = (file: number, start: number, end: number) => ({ file, start, end, crc32c: 0 });

test('pieces in any order that touch or overlap count as one', () => {
  const coverage = new Coverage([record(0, 20, 30), record(0, 10, 20), record(0, 25, 40), record(1, 0, 5)]);
  expect(coverage.covers(0, 10, 40)).toBe(true);
  expect(coverage.covers(0, 9, 40)).toBe(false);
  expect(coverage.covers(0, 10, 41)).toBe(false);
  expect(coverage.covers(1, 0, 6)).toBe(false);
  expect(coverage.covers(2, 0, 1)).toBe(false);
});

test('a gap is a gap, and nothing is always there', () => {
  const coverage = new Coverage([record(0, 0, 10), record(0, 11, 20)]);
  expect(coverage.covers(0, 0, 20)).toBe(false);
  expect(coverage.covers(0, 11, 20)).toBe(true);
  expect(coverage.covers(5, 3, 3)).toBe(true);
});
