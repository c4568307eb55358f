import { expect, test } from 'vitest';
import { parameterText } from './parameter-text.ts';

test('numbers, gradients and filters in one line each', () => {
  expect(parameterText([{ filter: null, value: [0.5] }])).toBe('0.5');
  expect(parameterText([{ filter: null, value: [0, 0.5, 1] }])).toBe('0 → 0.5 → 1');
  expect(
    parameterText([
      { filter: 'mlp', value: [1] },
      { filter: '*', value: [0.4] },
    ]),
  ).toBe('mlp 1, else 0.4');
});
