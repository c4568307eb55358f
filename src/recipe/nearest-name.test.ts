import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const NAMES = ['t', 'weight', 'density', 'merge_method', 'base_model', 'gamma'];

test.each([
  ['weigth', 'weight'],
  ['Weight', 'weight'],
  ['merge-method', 'merge_method'],
  ['desnity', 'density'],
  ['basemodel', 'base_model'],
  ['weight', 'weight'],
  ['t', 't'],
  ['x', null],
  ['alpha', null],
  ['', null],
  ['weight'.repeat(20), null],
])('%j was meant as %j', (name, meant) => {
  expect(nearestName(name, NAMES)).toBe(meant);
});
