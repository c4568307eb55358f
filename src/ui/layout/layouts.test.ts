import { expect, test } from 'vitest';
import { readLayouts } from './layouts.ts';

test('sizes of known panels come back', () => {
  const layouts = { rows: { columns: 70, runs: 30 }, columns: { models: 20, recipe: 60, inspect: 20 } };
  expect(readLayouts(layouts)).toEqual(layouts);
  expect(readLayouts({ folded: ['runs', 'nothing', 7] })).toEqual({ folded: ['runs'] });
});

test('a group that is not complete is left to its defaults', () => {
  expect(readLayouts({ rows: { columns: 70 }, columns: { models: 'x', recipe: 1, inspect: 1 } })).toEqual({});
  expect(readLayouts(undefined)).toEqual({});
});
