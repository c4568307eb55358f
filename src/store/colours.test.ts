import { expect, test } from 'vitest';
import { assignColours, COLOUR_COUNT } from './colours.ts';

test('the base is neutral and the others take colours in order', () => {
  const colours = assignColours(new Map(), ['base', 'a', 'b'], 'base');
  expect([...colours]).toEqual([
    ['base', 0],
    ['a', 1],
    ['b', 2],
  ]);
});

test('a model keeps its colour when an earlier one goes, and the freed colour is used again', () => {
  const first = assignColours(new Map(), ['a', 'b'], null);
  const second = assignColours(first, ['b'], null);
  expect(second.get('b')).toBe(2);
  expect(assignColours(second, ['b', 'c'], null).get('c')).toBe(1);
});

test('a model that stops being the base gets a colour of its own', () => {
  const first = assignColours(new Map(), ['a', 'b'], 'a');
  expect(assignColours(first, ['a', 'b'], null).get('a')).toBe(2);
});

test('more models than colours still all have one', () => {
  const refs = Array.from({ length: COLOUR_COUNT + 3 }, (_, index) => `m${index}`);
  const colours = assignColours(new Map(), refs, null);
  for (const ref of refs) expect(colours.get(ref)).toBeGreaterThan(0);
});
