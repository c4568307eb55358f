import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Intervals } from './intervals.ts';

const range = fc.tuple(fc.nat(40), fc.nat(12)).map(([start, length]) => ({ start, end: start + length }));

test('it is the set of all numbers that were added', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), range, (added, asked) => {
      const intervals = new Intervals();
      const all = new Set<number>();
      for (const { start, end } of added) {
        intervals.add(start, end);
        for (let n = start; n < end; n++) all.add(n);
      }
      const missing = new Set<number>();
      for (const { start, end } of intervals.missing(asked.start, asked.end)) {
        expect(start).toBeLessThan(end);
        for (let n = start; n < end; n++) missing.add(n);
      }
      const wanted = Array.from({ length: asked.end - asked.start }, (_, n) => asked.start + n);
      expect([...missing]).toEqual(wanted.filter((n) => !all.has(n)));
      expect(intervals.covers(asked.start, asked.end)).toBe(missing.size === 0);
    }),
  );
});

test('gaps come as few and as long as they are', () => {
  const intervals = new Intervals();
  for (const [start, end] of [
    [20, 30],
    [0, 5],
    [5, 10],
  ] as const) {
    intervals.add(start, end);
  }
  expect(intervals.missing(2, 40)).toEqual([
    { start: 10, end: 20 },
    { start: 30, end: 40 },
  ]);
});
