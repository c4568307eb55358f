import { describe, expect, test } from 'vitest';
import { karcher } from './karcher.ts';
import { modelStock } from './model-stock.ts';
import { multislerp } from './multislerp.ts';
import { nuslerp } from './nuslerp.ts';
import { inputsOf, run } from './reference.test-helper.ts';

const X0 = [1, -1, 0.5, 0, 2, -3];
const X1 = [2, -1, 0.25, 1, 2, -5];
const X2 = [0, -2, 1, 0.5, 2.5, -3];
const SHAPE = [2, 3];

const base = { data: X0 };
const one = (weight: number) => ({ data: X1, parameters: { weight } });
const two = (weight: number) => ({ data: X2, parameters: { weight } });
const zero = (weight: number) => ({ data: X0.map(() => 0), parameters: { weight } });

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 12);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x - (b[i] ?? 0));

/** The arc formula on one pair of vectors. */
function arc(a: readonly number[], b: readonly number[], t: number): number[] {
  const angle = Math.acos(dot(a, b) / (Math.hypot(...a) * Math.hypot(...b)));
  return a.map(
    (x, i) => (Math.sin((1 - t) * angle) * x + Math.sin(t * angle) * (b[i] ?? 0)) / Math.sin(angle),
  );
}

describe('nuslerp', () => {
  const t = 0.5 / 1.2;
  test('walks along the arc of whole tensors by the proportion of the weights', async () => {
    const { values } = await run(nuslerp, [one(0.7), two(0.5)]);
    expectClose(values, arc(X1, X2, t));
  });
  test('with a base, wherever it stands, walks between task vectors', async () => {
    const expected = arc(minus(X1, X0), minus(X2, X0), t).map((x, i) => x + (X0[i] ?? 0));
    for (const [operands, at] of [
      [[base, one(0.7), two(0.5)], 0],
      [[one(0.7), two(0.5), base], 2],
    ] as const) {
      expectClose((await run(nuslerp, operands, { base: at })).values, expected);
    }
  });
  test('takes an angle for each row, or for each column', async () => {
    const rows = { globals: { nuslerp_flatten: 0 }, shape: SHAPE };
    const byRow = await run(nuslerp, [one(0.7), two(0.5)], rows);
    expectClose(byRow.values, [
      ...arc(X1.slice(0, 3), X2.slice(0, 3), t),
      ...arc(X1.slice(3), X2.slice(3), t),
    ]);
    const columns = { globals: { nuslerp_flatten: 0, nuslerp_row_wise: 1 }, shape: SHAPE };
    const byColumn = await run(nuslerp, [one(0.7), two(0.5)], columns);
    const column = (data: readonly number[], at: number): number[] => [data[at] ?? 0, data[at + 3] ?? 0];
    const arcs = [0, 1, 2].map((at) => arc(column(X1, at), column(X2, at), t));
    expectClose(byColumn.values, [...arcs.map(([top = 0]) => top), ...arcs.map(([, bottom = 0]) => bottom)]);
    expect(nuslerp.wholeRows?.(inputsOf(nuslerp, [one(0.7), two(0.5)], columns))).toBeNull();
  });
  test('columns of a tensor of three axes run along the first', async () => {
    const globals = { nuslerp_flatten: 0, nuslerp_row_wise: 1 };
    const { pass } = await run(nuslerp, [one(1), two(1)], { globals, shape: [3, 1, 2] });
    expect(pass).toMatchObject({ kind: 'combine', grouping: { kind: 'columns', count: 2 } });
  });
  test('a vector is one row and one column', async () => {
    for (const nuslerp_row_wise of [0, 1]) {
      const globals = { nuslerp_flatten: 0, nuslerp_row_wise };
      const { values, asked } = await run(nuslerp, [one(0.7), two(0.5)], { globals });
      expectClose(values, arc(X1, X2, t));
      expect(asked).toEqual(['gram']);
    }
  });
  test('weights that cancel out count as equal', async () => {
    expectClose((await run(nuslerp, [one(1), two(-1)])).values, arc(X1, X2, 0.5));
  });
  test('copies at the ends and where only one model has the tensor', async () => {
    for (const [operands, operand] of [
      [[one(1), two(0)], 0],
      [[one(0), two(2)], 1],
      [[one(1)], 0],
    ] as const) {
      expect((await run(nuslerp, operands)).pass).toEqual({ kind: 'copy', operand });
    }
    const { pass } = await run(nuslerp, [base, one(1)], { base: 0 });
    expect(pass).toEqual({ kind: 'copy', operand: 1 });
  });
  test('equal tensors and zero tensors', async () => {
    expectClose((await run(nuslerp, [one(0.3), one(0.9)])).values, X1);
    expectClose((await run(nuslerp, [zero(1), zero(1)])).values, zero(1).data);
    const { values } = await run(nuslerp, [base, { ...base, ...one(1) }, one(1)], { base: 0 });
    expectClose(values, X1);
  });
});

describe('multislerp', () => {
  test('is the mean direction at the mean length', async () => {
    const { values } = await run(multislerp, [one(1), two(3)]);
    const [u, v] = [X1, X2].map((data) => data.map((x) => x / (Math.hypot(...data) + 1e-8)));
    const sum = (u ?? []).map((x, i) => 0.25 * x + 0.75 * (v?.[i] ?? 0));
    const radius = 0.25 * Math.hypot(...X1) + 0.75 * Math.hypot(...X2);
    expectClose(
      values,
      sum.map((x) => (radius * x) / Math.hypot(...sum)),
    );
  });
  test('with a base works on task vectors', async () => {
    const { values } = await run(multislerp, [one(1), base, two(1)], {
      base: 1,
      globals: { normalize_weights: 0 },
    });
    const deltas = [minus(X1, X0), minus(X2, X0)];
    const units = deltas.map((delta) => delta.map((x) => x / (Math.hypot(...delta) + 1e-8)));
    const sum = X0.map((_, i) => units.reduce((part, unit) => part + (unit[i] ?? 0), 0));
    const radius = deltas.reduce((part, delta) => part + Math.hypot(...delta), 0);
    expectClose(
      values,
      X0.map((x, i) => x + (radius * (sum[i] ?? 0)) / Math.hypot(...sum)),
    );
  });
  test('one model is copied', async () => {
    expect((await run(multislerp, [one(0.5)])).pass).toEqual({ kind: 'copy', operand: 0 });
    expect((await run(multislerp, [base, one(0.5)], { base: 0 })).pass).toEqual({ kind: 'copy', operand: 1 });
  });
  test('tensors that are zero, or that no fine-tune changed, stay', async () => {
    expectClose((await run(multislerp, [zero(1), zero(1), zero(1)])).values, zero(1).data);
    const same = { data: X0, parameters: { weight: 1 } };
    expectClose((await run(multislerp, [base, same, same, same], { base: 0 })).values, X0);
  });
  test('refuses weights that cannot be normalized', () => {
    const operands = [one(1), two(-1)];
    expect(multislerp.refuse?.(inputsOf(multislerp, operands))).toMatch(/sum to 0/);
    const raw = inputsOf(multislerp, operands, { globals: { normalize_weights: 0 } });
    expect(multislerp.refuse?.(raw)).toBeNull();
  });
});

describe('karcher', () => {
  test('of two models is the middle of the arc at the mean length', async () => {
    const { values } = await run(karcher, [one(0), two(0)], { globals: { tol: 1e-9 } });
    const unit = (data: readonly number[]): number[] => data.map((x) => x / Math.hypot(...data));
    const radius = (Math.hypot(...X1) + Math.hypot(...X2)) / 2;
    expectClose(
      values,
      arc(unit(X1), unit(X2), 0.5).map((x) => x * radius),
    );
  });
  test('one model is copied', async () => {
    expect((await run(karcher, [one(0)])).pass).toEqual({ kind: 'copy', operand: 0 });
  });
});

describe('model_stock', () => {
  const stocked = (b: readonly number[], fineTunes: readonly (readonly number[])[]): number[] => {
    const deltas = fineTunes.map((x) => minus(x, b));
    const cosines = deltas.flatMap((a, i) =>
      deltas.slice(i + 1).map((c) => dot(a, c) / (Math.hypot(...a) * Math.hypot(...c))),
    );
    const cosine = cosines.reduce((sum, each) => sum + each, 0) / cosines.length;
    const count = fineTunes.length;
    const t = (count * cosine) / (1 + (count - 1) * cosine);
    return b.map(
      (x, i) => t * (fineTunes.reduce((sum, each) => sum + (each[i] ?? 0), 0) / count) + (1 - t) * x,
    );
  };
  const X3 = [1.5, 0, 0.5, 2, 1, -4];
  const three = { data: X3 };

  test('goes from the base to the average by the angle of the task vectors', async () => {
    const { values } = await run(modelStock, [{ data: X1 }, base, { data: X2 }, three], { base: 1 });
    expectClose(values, stocked(X0, [X1, X2, X3]));
  });
  test('filter_wise has a ratio for each row', async () => {
    const options = { base: 0, globals: { filter_wise: 1 }, shape: SHAPE };
    const { values } = await run(modelStock, [base, { data: X1 }, { data: X2 }], options);
    const half = (from: number): number[] =>
      stocked(X0.slice(from, from + 3), [X1.slice(from, from + 3), X2.slice(from, from + 3)]);
    expectClose(values, [...half(0), ...half(3)]);
    const vector = await run(modelStock, [base, { data: X1 }, three], {
      base: 0,
      globals: { filter_wise: 1 },
    });
    expect(vector.asked).toEqual(['gram']);
  });
  test('a tensor that only one fine-tune has, or none changed, stays the base', async () => {
    expect((await run(modelStock, [base, three], { base: 0 })).pass).toEqual({ kind: 'copy', operand: 0 });
    expectClose((await run(modelStock, [base, base, base], { base: 0 })).values, X0);
  });
});
