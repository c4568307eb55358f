import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDuration } from './units.ts';

test('sizes have three figures and decimal units', () => {
  expect(formatBytes(14_483_464_192)).toBe('14.5 GB');
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(999_600)).toBe('1.00 MB');
  expect(formatCount(7_241_732_096)).toBe('7.24 B');
});

test('durations are minutes and seconds', () => {
  expect(formatDuration(422)).toBe('7 min 02 s');
  expect(formatDuration(59.4)).toBe('59 s');
  expect(formatDuration(3660)).toBe('1 h 01 min');
});
