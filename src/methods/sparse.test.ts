import { describe, expect, test } from 'vitest';
import { breadcrumbs } from './breadcrumbs.ts';
import { breadcrumbsTies } from './breadcrumbs-ties.ts';
import { della } from './della.ts';
import { dellaLinear } from './della-linear.ts';
import { inputsOf, run } from './reference.test-helper.ts';
import { ties } from './ties.ts';

const ZERO = { data: Array.from({ length: 10 }, () => 0) };
const RISING = Array.from({ length: 10 }, (_, index) => (index + 1) * (index % 2 === 0 ? 1 : -1));
const rising = (parameters: Record<string, number>) => ({
  data: RISING,
  parameters: { weight: 1, ...parameters },
});
const ones = (parameters: Record<string, number>) => ({
  data: ZERO.data.map(() => 1),
  parameters: { weight: 1, ...parameters },
});

/** Elements of the rising data at the given places. */
const only = (...places: number[]): number[] =>
  RISING.map((value, index) => (places.includes(index) ? value : 0));

test('all models are cut in the same passes over the tensor', async () => {
  const { asked } = await run(ties, [ZERO, rising({ density: 0.5 }), ones({ density: 0.2 })], { base: 0 });
  expect(asked).toEqual(['selectLargest']);
});

describe('breadcrumbs', () => {
  test('leaves out the largest and the smallest', async () => {
    const { values, asked } = await run(breadcrumbs, [ZERO, rising({ density: 0.6, gamma: 0.2 })], {
      base: 0,
    });
    expect(values).toEqual(only(2, 3, 4, 5, 6, 7));
    expect(asked).toEqual(['selectLargest']);
  });
  test('of equal ones the first count as larger', async () => {
    const { values } = await run(breadcrumbs, [ZERO, ones({ density: 0.5, gamma: 0.2 })], { base: 0 });
    expect(values).toEqual([0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
  });
  test('the density goes before gamma', async () => {
    const { values } = await run(breadcrumbs, [ZERO, rising({ density: 0.8, gamma: 0.5 })], { base: 0 });
    expect(values).toEqual(only(0, 1, 2, 3, 4, 5, 6, 7));
  });
  test('a gamma below one element leaves out no outlier', async () => {
    const { values } = await run(breadcrumbs, [ZERO, rising({ density: 0.8, gamma: 0.05 })], { base: 0 });
    expect(values).toEqual(only(2, 3, 4, 5, 6, 7, 8, 9));
  });
  test('density 1 keeps all, density 0 none, and neither is read twice', async () => {
    const all = await run(breadcrumbs, [ZERO, rising({ density: 1, gamma: 0.5 })], { base: 0 });
    expect(all.values).toEqual(RISING);
    const none = await run(breadcrumbs, [ZERO, rising({ density: 0 })], { base: 0 });
    expect(none.values).toEqual(ZERO.data);
  });
  test('rescale restores the L1 norm, lambda and weights scale', async () => {
    const { values } = await run(breadcrumbs, [ZERO, rising({ weight: 0.5, density: 0.6, gamma: 0.2 })], {
      base: 0,
      globals: { rescale: 1, lambda: 2 },
    });
    const scale = 55 / 33;
    for (const [index, value] of only(2, 3, 4, 5, 6, 7).entries()) {
      expect(values[index]).toBeCloseTo(value * scale, 12);
    }
  });
  test('with ties the signs of what is left vote', async () => {
    const operands = [ZERO, rising({ density: 0.6, gamma: 0.2 }), ones({ weight: 2, density: 1 })];
    const { values } = await run(breadcrumbsTies, operands, { base: 0 });
    expect(values).toEqual([2, 2, 3 + 2, -4, 5 + 2, -6, 7 + 2, -8, 2, 2]);
  });
});

describe('della', () => {
  test('asks for whole rows and ranks within them', async () => {
    const operands = [ZERO, rising({ density: 0.5, epsilon: 0.2 })];
    const options = { base: 0, globals: { rescale: 0 }, shape: [2, 5] };
    const { values, pass } = await run(dellaLinear, operands, options);
    // The stand-in keeps what is kept more often than not: the two largest of each row.
    expect(values).toEqual(only(3, 4, 8, 9));
    expect(pass).toMatchObject({ kind: 'consensus', rules: [{ keep: { kind: 'ranked', key: [2, 7] } }] });
    expect(dellaLinear.wholeRows?.(inputsOf(dellaLinear, operands, options))).toBe(5);
  });
  test('rescales to the L1 norm of the tensor', async () => {
    const operands = [ZERO, rising({ density: 0.5, epsilon: 0.2 })];
    const { values } = await run(dellaLinear, operands, { base: 0, shape: [2, 5] });
    expect(values.reduce((sum, value) => sum + Math.abs(value), 0)).toBeCloseTo(55, 12);
  });
  test('votes and divides by the weights', async () => {
    const operands = [ZERO, rising({ weight: 2 }), ones({})];
    const { values } = await run(della, operands, { base: 0 });
    for (const [index, value] of RISING.entries()) {
      expect(values[index]).toBeCloseTo(value > 0 ? (2 * value + 1) / 3 : value, 12);
    }
  });
  test('density 1 and 0 need neither ranks nor rows', async () => {
    for (const density of [0, 1]) {
      const operands = [ZERO, rising({ density })];
      expect((await run(della, operands, { base: 0 })).values).toEqual(density === 1 ? RISING : ZERO.data);
      expect(della.wholeRows?.(inputsOf(della, operands, { base: 0 }))).toBeNull();
      expect(della.refuse?.(inputsOf(della, operands, { base: 0 }))).toBeNull();
    }
  });
  test.each([
    [0.5, 0.15, null],
    [0.85, 0.15, /density of 0.85, epsilon must be below 0.15/],
    [0.1, 0.15, /epsilon must be below 0.1,/],
    [0.7, 0.4, /below 0.3,/],
    [0.1, 0, null],
  ])('density %d with epsilon %d', (density, epsilon, expected) => {
    const reason = della.refuse?.(inputsOf(della, [ZERO, rising({ density, epsilon })], { base: 0 })) ?? null;
    if (expected === null) expect(reason).toBeNull();
    else expect(reason).toMatch(expected);
  });
});

test('zero deltas never make a NaN', async () => {
  for (const method of [breadcrumbs, breadcrumbsTies, della, dellaLinear]) {
    for (const density of [0.3, 0.5, 1]) {
      const same = { data: ZERO.data, parameters: { weight: 1, density, epsilon: 0.1 } };
      const { values } = await run(method, [ZERO, same, same], {
        base: 0,
        globals: { rescale: 1, normalize: 1 },
      });
      expect(values).toEqual(ZERO.data);
    }
  }
});
