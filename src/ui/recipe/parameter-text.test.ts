import { expect, test } from 'vitest';
import { parameterText } from './parameter-text.ts';

test('numbers, gradients and filters in one line each', () => {
  expect(parameterText([{ filter: null, layers: null, kind: null, value: [0.5] }])).toBe('0.5');
  expect(parameterText([{ filter: null, layers: null, kind: null, value: [0, 0.5, 1] }])).toBe('0 → 0.5 → 1');
  expect(
    parameterText([
      { filter: 'mlp', layers: null, kind: null, value: [1] },
      { filter: '*', layers: null, kind: null, value: [0.4] },
    ]),
  ).toBe('mlp 1, else 0.4');
  expect(
    parameterText([
      {
        filter: null,
        layers: [
          [0, 0],
          [4, 12],
        ],
        kind: 'norm',
        value: [1],
      },
    ]),
  ).toBe('norm in layers 0, 4-12 1');
});
