import { describe, expect, test } from 'vitest';
import { arceeFusion } from './arcee-fusion.ts';
import { magmax } from './magmax.ts';
import { nearswap } from './nearswap.ts';
import { ram } from './ram.ts';
import { ramplusTl, uniqueFactor } from './ramplus-tl.ts';
import { run } from './reference.test-helper.ts';
import { energyWeights, sce } from './sce.ts';
import { trimmedCount, trimmedMean } from './trimmed-mean.ts';

const X0 = [1, -1, 0.5, 0, 2, -3];
const X1 = [2, -1, 0.25, 1, 2, -5];
const X2 = [0, -2, 1, 0.5, 2.5, -3];
const [base, one, two] = [X0, X1, X2].map((data) => ({ data })) as [
  { data: number[] },
  { data: number[] },
  { data: number[] },
];
// Deltas: [1, 0, -0.25, 1, 0, -2] and [-1, -1, 0.5, 0.5, 0.5, 0].

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 12);
}

describe('sce', () => {
  const [v1, v2] = [6.0625 / 6, 2.75 / 6];
  test('weighs by mean squares and adds what agrees in sign', async () => {
    const { values, asked } = await run(sce, [base, one, two], { base: 0 });
    // The vote of the first element ties, which counts as plus.
    expectClose(values, [2, -2, 1, (v1 * 1 + v2 * 0.5) / (v1 + v2), 2.5, -5]);
    expect(asked).toEqual(['sums']);
  });
  test('keeps the elements that vary most', async () => {
    // Variances: 1, 0.25, 0.140625, 0.0625, 0.0625, 1: trunc(6 * 0.5) are kept.
    const { values } = await run(sce, [one, base, two], { base: 1, globals: { select_topk: 0.5 } });
    expectClose(values, [2, -2, 0.5, 0, 2, -5]);
  });
  test('the share is of the elements that vary at all', async () => {
    const flat = { data: [2, -1, 0.5, 0, 2, -3] };
    // Four elements vary between these two; trunc(4 * 0.5) = 2 are kept, the last and the second.
    const other = { data: [2, -2, 0.75, 0.25, 2, -5] };
    const { values } = await run(sce, [base, flat, other], { base: 0, globals: { select_topk: 0.5 } });
    expectClose(values, [1, -2, 0.5, 0, 2, -5]);
  });
  test('one model is copied, or leaves the base; so does a share of nothing', async () => {
    expect((await run(sce, [base, one], { base: 0 })).pass).toEqual({ kind: 'copy', operand: 1 });
    const selected = await run(sce, [base, one], { base: 0, globals: { select_topk: 0.9 } });
    expect(selected.pass).toEqual({ kind: 'copy', operand: 0 });
    const none = await run(sce, [base, one, two], { base: 0, globals: { select_topk: 0 } });
    expect(none.pass).toEqual({ kind: 'copy', operand: 0 });
    const few = await run(sce, [base, one, two], { base: 0, globals: { select_topk: 0.1 } });
    expectClose(few.values, X0);
  });
  test('equal models and unchanged ones', async () => {
    expectClose((await run(sce, [base, one, one, one], { base: 0 })).values, X1);
    expectClose((await run(sce, [base, base, base], { base: 0 })).values, X0);
  });
  test('tiny changes count the same', () => {
    expect(energyWeights([3, 1])).toEqual([0.75, 0.25]);
    expect(energyWeights([5e-7, 4e-7])).toEqual([0.5, 0.5]);
    expect(energyWeights([0, 0, 0, 0])).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

describe('nearswap', () => {
  test('moves every element by at most t', async () => {
    const { values } = await run(nearswap, [base, one], { base: 0, globals: { t: 0.5 } });
    expectClose(values, [1.5, -1, 0.25, 0.5, 2, -3.5]);
  });
  test('copies where there is nothing to do', async () => {
    expect((await run(nearswap, [one, base], { base: 1, globals: { t: 0 } })).pass).toEqual({
      kind: 'copy',
      operand: 1,
    });
    expect((await run(nearswap, [base], { base: 0, globals: { t: 1 } })).pass).toEqual({
      kind: 'copy',
      operand: 0,
    });
  });
});

describe('ram', () => {
  test('keeps what one model changed and averages what several did', async () => {
    const { values } = await run(ram, [one, base, two], { base: 1, globals: { epsilon: 0.3 } });
    expectClose(values, [1, -2, 1, 0.75, 2.5, -5]);
  });
  test('ram+ strengthens what one model changed alone', async () => {
    const globals = { epsilon: 0.3, r: 0.5, alpha: 0.8 };
    const { values, asked } = await run(ramplusTl, [base, one, two], { base: 0, globals });
    // Shared: 0 and 3. Alone: the first model's 5, the second one's 1, 2 and 4.
    const [first, second] = [1 + 0.5 * 0.8, 1 + 0.5 * (2 / 3)];
    expectClose(values, [1, -1 - second, 0.5 + 0.5 * second, 0.75, 2 + 0.5 * second, -3 - 2 * first]);
    expect(asked).toEqual(['overlaps']);
  });
  test('without strength, or with one model, ram+ is ram', async () => {
    const { values, asked } = await run(ramplusTl, [base, one, two], {
      base: 0,
      globals: { epsilon: 0.3, r: 0 },
    });
    expectClose(values, [1, -2, 1, 0.75, 2.5, -5]);
    expect(asked).toEqual([]);
    expectClose((await run(ramplusTl, [base, one], { base: 0 })).values, X1);
    expectClose((await run(ram, [base, base, base], { base: 0 })).values, X0);
  });
  test('a model that shares all its changes has the full factor', () => {
    const strength = { r: 0.1, alpha: 0.2, epsilon: 1e-5 };
    expect(uniqueFactor({ unique: 0, shared: 5 }, strength)).toBeCloseTo(1.02, 12);
    expect(uniqueFactor({ unique: 100, shared: 5 }, strength)).toBeCloseTo(1.005, 12);
    expect(uniqueFactor({ unique: 0, shared: 0 }, { ...strength, epsilon: 0 })).toBe(1);
  });
});

describe('arcee_fusion', () => {
  const zeros = { data: Array.from({ length: 16 }, () => 0) };
  test('takes over what stands out', async () => {
    const changed = zeros.data.map((_, index) => 0.01 * (index + 1));
    changed[5] = 3;
    const { values, asked } = await run(arceeFusion, [zeros, { data: changed }], { base: 0 });
    expectClose(
      values,
      zeros.data.map((_, index) => (index === 5 ? 3 : 0)),
    );
    expect(asked).toEqual(['rowDivergence', 'selectLargest']);
  });
  test('rows that diverge more weigh more', async () => {
    // The small changes of the last row are taken over, larger ones of the others are not.
    const changed = zeros.data.map((_, index) => (index % 4 > 0 ? 0.1 : index < 12 ? 0.5 : 4));
    const { values, pass } = await run(arceeFusion, [{ data: changed }, zeros], { base: 1, shape: [4, 4] });
    expectClose(
      values,
      changed.map((value, index) => (index < 12 ? 0 : value)),
    );
    expect(pass).toMatchObject({ rules: [{ keep: { score: { rowLength: 4 } } }] });
  });
  test('equal tensors, one model, one element', async () => {
    expectClose((await run(arceeFusion, [base, base], { base: 0 })).values, X0);
    expect((await run(arceeFusion, [base], { base: 0 })).pass).toEqual({ kind: 'copy', operand: 0 });
    expectClose((await run(arceeFusion, [{ data: [1] }, { data: [3] }], { base: 0, shape: [] })).values, [3]);
  });
});

describe('magmax', () => {
  test('keeps the largest change, the first of equal ones', async () => {
    const { values } = await run(magmax, [base, one, two], { base: 0 });
    expectClose(values, [2, -2, 1, 1, 2.5, -5]);
  });
  test('weights choose, lambda scales', async () => {
    const weighted = { ...two, parameters: { weight: 3 } };
    const { values } = await run(magmax, [one, weighted, base], { base: 2, globals: { lambda: 0.5 } });
    expectClose(values, [1 - 1.5, -1 - 1.5, 0.5 + 0.75, 0.75, 2 + 0.75, -3 - 1]);
  });
  test('one model is task arithmetic, none the base', async () => {
    expectClose((await run(magmax, [base, one], { base: 0 })).values, X1);
    expect((await run(magmax, [base], { base: 0 })).pass).toEqual({ kind: 'copy', operand: 0 });
  });
});

describe('trimmed_mean', () => {
  test('the default takes one off each side of three to five models', () => {
    expect([1, 2, 3, 4, 5, 6, 10, 25].map((count) => trimmedCount(0.2, count))).toEqual([
      0, 0, 1, 1, 1, 2, 2, 5,
    ]);
    expect([2, 3, 4, 5].map((count) => trimmedCount(0.5, count))).toEqual([0, 1, 1, 2]);
    expect(trimmedCount(0, 9)).toBe(0);
    expect(trimmedCount(0.28, 25)).toBe(7);
  });
  test('of three models is the median', async () => {
    const { values } = await run(trimmedMean, [base, one, two]);
    expectClose(values, [1, -1, 0.5, 0.5, 2, -3]);
  });
  test('of two models is the mean, and the base is not among them', async () => {
    const { values } = await run(trimmedMean, [base, one, two], { base: 0, globals: { lambda: 0.5 } });
    expectClose(
      values,
      X0.map((x, i) => x + 0.5 * (((X1[i] ?? 0) + (X2[i] ?? 0)) / 2 - x)),
    );
  });
  test('many models without their extremes', async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ data: [index === 3 ? 1e9 : index, -index] }));
    const { values } = await run(trimmedMean, many, { globals: { trim: 0.1 } });
    const firsts = [...Array(20).keys()].filter((index) => index !== 3).slice(2, -1);
    expect(values[0]).toBeCloseTo(firsts.reduce((sum, value) => sum + value, 0) / firsts.length, 9);
    expect(values[1]).toBeCloseTo(-9.5, 12);
  });
});
