import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dareLinear } from './dare-linear.ts';
import { dareTies } from './dare-ties.ts';
import { linear } from './linear.ts';
import { passthrough } from './passthrough.ts';
import { inputsOf, run } from './reference.test-helper.ts';
import { slerp } from './slerp.ts';
import { taskArithmetic } from './task-arithmetic.ts';
import { ties } from './ties.ts';

const X0 = [1, -1, 0.5, 0, 2, -3];
const X1 = [2, -1, 0.25, 1, 2, -5];
const X2 = [0, -2, 1, 0.5, 2.5, -3];

const base = { data: X0 };
const one = (parameters: Record<string, number>) => ({ data: X1, parameters });
const two = (parameters: Record<string, number>) => ({ data: X2, parameters });

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 12);
}

describe('linear', () => {
  test('is the weighted average', async () => {
    const { values } = await run(linear, [one({ weight: 0.5 }), two({ weight: 1.5 })]);
    expectClose(
      values,
      X1.map((x, i) => (0.5 * x + 1.5 * (X2[i] ?? 0)) / 2),
    );
  });
  test('is the weighted sum without normalize, negative weights included', async () => {
    const operands = [one({ weight: 0.5 }), two({ weight: -0.25 })];
    const { values } = await run(linear, operands, { globals: { normalize: 0 } });
    expectClose(
      values,
      X1.map((x, i) => 0.5 * x - 0.25 * (X2[i] ?? 0)),
    );
  });
  test('refuses weights that cancel out, also when rounding hides it', () => {
    const operands = [one({ weight: 0.1 }), two({ weight: 0.2 }), { data: X0, parameters: { weight: -0.3 } }];
    expect(linear.refuse?.(inputsOf(linear, operands))).toMatch(/sum to 0/);
    expect(linear.refuse?.(inputsOf(linear, operands, { globals: { normalize: 0 } }))).toBeNull();
    expect(linear.refuse?.(inputsOf(linear, operands.slice(0, 2)))).toBeNull();
  });
});

describe('slerp', () => {
  const direct = (a: readonly number[], b: readonly number[], t: number): number[] => {
    const angle = Math.acos(
      a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b)),
    );
    return a.map(
      (x, i) => (Math.sin((1 - t) * angle) * x + Math.sin(t * angle) * (b[i] ?? 0)) / Math.sin(angle),
    );
  };
  test('follows the arc from the base, wherever the base stands', async () => {
    const first = await run(slerp, [base, one({})], { base: 0, globals: { t: 0.3 } });
    expectClose(first.values, direct(X0, X1, 0.3));
    const second = await run(slerp, [one({}), base], { base: 1, globals: { t: 0.3 } });
    expectClose(second.values, direct(X0, X1, 0.3));
  });
  test('copies at the ends and where only one model has the tensor', async () => {
    for (const [t, operand] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { pass } = await run(slerp, [one({}), base], { base: 1, globals: { t } });
      expect(pass).toEqual({ kind: 'copy', operand });
    }
    const { pass } = await run(slerp, [base], { base: 0, globals: { t: 0.5 } });
    expect(pass).toEqual({ kind: 'copy', operand: 0 });
  });
});

describe('task_arithmetic', () => {
  test('adds weighted deltas', async () => {
    const operands = [base, one({ weight: 0.5 }), two({ weight: -0.25 })];
    const { values } = await run(taskArithmetic, operands, { base: 0, globals: { lambda: 2 } });
    expectClose(
      values,
      X0.map((b, i) => b + 2 * (0.5 * ((X1[i] ?? 0) - b) - 0.25 * ((X2[i] ?? 0) - b))),
    );
  });
  test('normalize divides by the weights, and by 1 when they cancel out', async () => {
    const normalized = await run(taskArithmetic, [base, one({ weight: 0.5 }), two({ weight: 1.5 })], {
      base: 0,
      globals: { normalize: 1 },
    });
    expectClose(
      normalized.values,
      X0.map((b, i) => b + (0.5 * ((X1[i] ?? 0) - b) + 1.5 * ((X2[i] ?? 0) - b)) / 2),
    );
    const cancelled = await run(taskArithmetic, [base, one({ weight: 1 }), two({ weight: -1 })], {
      base: 0,
      globals: { normalize: 1 },
    });
    expectClose(
      cancelled.values,
      X0.map((b, i) => b + (X1[i] ?? 0) - (X2[i] ?? 0)),
    );
  });
  test('without any weight, or without deltas, the base is copied', async () => {
    for (const operands of [[base, one({ weight: 0 })], [base]]) {
      const { pass } = await run(taskArithmetic, operands, { base: 0 });
      expect(pass).toEqual({ kind: 'copy', operand: 0 });
    }
  });
});

describe('ties', () => {
  // Deltas: [1, 0, -0.25, 1, 0, -2] and [-1, -1, 0.5, 0.5, 0.5, 0].
  test('keeps trunc(density n) of each delta, ties by index, and lets signs vote', async () => {
    const operands = [base, one({ weight: 1, density: 0.5 }), two({ weight: 0.5, density: 0.6 })];
    const { values } = await run(ties, operands, { base: 0 });
    // Kept: [1, ., ., 1, ., -2] and [-1, -1, 0.5, ., ., .]: of the three 0.5s the first stays.
    expectClose(values, [1 + 1, -1 - 1, 0.5 + 0.5, 0 + 1, 2, -3 - 2]);
  });
  test('without normalize the agreeing weighted deltas are added as they are', async () => {
    const operands = [base, one({ weight: 1 }), two({ weight: 0.5 })];
    const { values } = await run(ties, operands, { base: 0, globals: { normalize: 0, lambda: 0.5 } });
    // The third element's terms cancel out (-0.25 + 0.25), which counts as plus: the second model's 0.25 stays.
    expectClose(values, [1 + 0.5, -1 - 0.25, 0.5 + 0.125, 0 + 0.625, 2 + 0.125, -3 - 1]);
  });
  test('rescale restores the L1 norm', async () => {
    const { pass } = await run(ties, [base, one({ weight: 1, density: 0.5 })], {
      base: 0,
      globals: { rescale: 1 },
    });
    expect(pass).toMatchObject({ kind: 'consensus', rules: [{ scale: 4.25 / 4 }] });
  });
  test('a negative weight votes with the opposite sign', async () => {
    const { values } = await run(ties, [base, one({ weight: -0.5 })], { base: 0 });
    // Normalizing by the negative weight turns the delta round again, as in mergekit.
    expectClose(values, X1);
  });
  test('refuses a density that keeps nothing', () => {
    const operands = [base, one({ weight: 1, density: 0.1 })];
    expect(ties.refuse?.(inputsOf(ties, operands, { base: 0 }))).toMatch(/keeps none of the 6 elements/);
    const enough = [base, one({ weight: 1, density: 0.17 })];
    expect(ties.refuse?.(inputsOf(ties, enough, { base: 0 }))).toBeNull();
  });
});

describe('dare', () => {
  // The stand-in mask keeps even indexes: of X1's deltas 1, -0.25 and 0.
  const scale = 4.25 / 1.25;
  test('rescales what the mask keeps to the L1 norm', async () => {
    const { values } = await run(dareLinear, [base, one({ weight: 0.5, density: 0.4 })], { base: 0 });
    expectClose(
      values,
      X0.map((b, i) => b + (i % 2 === 0 ? 0.5 * scale * ((X1[i] ?? 0) - b) : 0)),
    );
  });
  test('without rescale one pass is enough', async () => {
    const operands = [base, one({ weight: 1, density: 0.4 })];
    const { values } = await run(dareTies, operands, { base: 0, globals: { rescale: 0 } });
    expectClose(
      values,
      X0.map((b, i) => (i % 2 === 0 ? (X1[i] ?? 0) : b)),
    );
  });
  test('density 0 leaves the base, density 1 is task arithmetic', async () => {
    const none = await run(dareLinear, [base, one({ weight: 1, density: 0 })], { base: 0 });
    expectClose(none.values, X0);
    const all = await run(dareLinear, [base, one({ weight: 0.5, density: 1 })], { base: 0 });
    expectClose(
      all.values,
      X0.map((b, i) => b + 0.5 * ((X1[i] ?? 0) - b)),
    );
  });
  test('each operand has its own mask', async () => {
    const operands = [one({ weight: 1, density: 0.5 }), base, two({ weight: 1, density: 0.5 })];
    const { pass } = await run(dareTies, operands, { base: 1 });
    expect(pass).toMatchObject({
      base: 1,
      rules: [{ keep: { kind: 'random', key: [1, 7] } }, { keep: { kind: 'random', key: [3, 7] } }],
    });
  });
});

describe('passthrough', () => {
  test('copies, or scales', async () => {
    expect((await run(passthrough, [one({})])).pass).toEqual({ kind: 'copy', operand: 0 });
    expect((await run(passthrough, [one({ scale: 1 })])).pass).toEqual({ kind: 'copy', operand: 0 });
    expectClose(
      (await run(passthrough, [one({ scale: -0.5 })])).values,
      X1.map((x) => -0.5 * x),
    );
    expectClose(
      (await run(passthrough, [one({ scale: 0 })])).values,
      X1.map((x) => 0 * x),
    );
  });
});

test('deltas of zero never make a NaN', async () => {
  const same = (parameters: Record<string, number>) => ({ data: X0, parameters });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(taskArithmetic, ties, dareLinear, dareTies),
      fc.constantFrom(-1, 0, 0.5),
      fc.constantFrom(0.2, 0.5, 1),
      fc.constantFrom(0, 1),
      fc.constantFrom(0, 1),
      async (method, weight, density, normalize, rescale) => {
        const operands = [base, same({ weight, density }), same({ weight: -weight, density })];
        const { values } = await run(method, operands, { base: 0, globals: { normalize, rescale } });
        expect(values).toEqual(X0);
      },
    ),
  );
});
