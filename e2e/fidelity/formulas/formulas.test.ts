import { describe, expect, test } from 'vitest';
import { linear, nearswap, trimmedMean } from './averages.ts';
import { arceeFusion, magmax, ram, ramplusTl } from './choices.ts';
import { karcher, modelStock, multislerp, nuslerp, slerp } from './spheres.ts';
import { breadcrumbs, dareLinear, dareTies, della, sce, taskArithmetic, ties } from './task-vectors.ts';
import type { Formula, Merged, TensorMerge, Vector } from './vectors.ts';

interface Given {
  readonly base?: Vector;
  readonly shape?: readonly number[];
  /** Of every model. */
  readonly own?: Readonly<Record<string, number>>;
  readonly parameters?: Readonly<Record<string, number>>;
}

/** The merge of `models`, each with its weight. */
function merge(
  formula: Formula,
  models: readonly (readonly [Vector, number])[],
  given: Given = {},
): number[] {
  const { base = null, own = {}, parameters = {} } = given;
  const shape = given.shape ?? [models[0]?.[0].length ?? 0];
  const merged = models.map(
    ([values, weight], at): Merged => ({ values, parameters: { weight, ...own }, maskKey: [at, 7] }),
  );
  return formula({ models: merged, base, shape, parameters } satisfies TensorMerge);
}

function expectClose(actual: readonly number[], expected: readonly number[], digits = 7): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index] ?? 0, digits);
}

describe('averages', () => {
  test('linear divides by the weights unless told not to', () => {
    const models = [[[1, 2], 1] as const, [[5, -2], 3] as const];
    expect(merge(linear, models)).toEqual([4, -1]);
    expect(merge(linear, models, { parameters: { normalize: 0 } })).toEqual([16, -4]);
  });

  test('trimmed_mean leaves out extremes, NaN and infinity among them', () => {
    const models = [
      [1, Number.NaN],
      [9, 2],
      [2, Number.POSITIVE_INFINITY],
      [4, -1],
    ].map((values) => [values, 1] as const);
    expect(merge(trimmedMean, models)).toEqual([3, Number.POSITIVE_INFINITY]);
    expect(merge(trimmedMean, models.slice(1), { base: [0, 0], parameters: { lambda: 0.5 } })).toEqual([
      2, 1,
    ]);
  });

  test('nearswap goes at most t', () => {
    const given = { base: [1, 1, 1], parameters: { t: 0.5 } };
    expect(merge(nearswap, [[[1.25, 3, -1], 1]], given)).toEqual([1.25, 1.5, 0.5]);
  });
});

describe('spheres', () => {
  const a = [1, 0, 0.5, 0.25, -1, 2];
  const b = [0, 1, 0.5, -0.25, 1.5, 1];

  test('slerp is what mergekit printed', () => {
    const at = (t: number, other = b): number[] => merge(slerp, [[other, 1]], { base: a, parameters: { t } });
    expectClose(at(0.25), [0.8901168, 0.3557522, 0.6229345, 0.1335911, -0.3564884, 2.1359859], 6);
    expectClose(at(1.5), [-0.6657482, 0.8363213, 0.0852866, -0.3755174, 1.9202302, -0.4951751], 6);
    const twice = a.map((value) => 2 * value);
    expectClose(
      at(0.3, twice),
      a.map((value) => 1.3 * value),
    );
    const opposite = a.map((value) => -value);
    expectClose(
      at(0.5, opposite),
      a.map(() => 0),
    );
  });

  test('nuslerp has an angle for each row or column', () => {
    const rows = [[[1, 0, 0, 2], 1] as const, [[0, 1, 0, 4], 1] as const];
    const given = (rowWise: number): Given => ({
      shape: [2, 2],
      parameters: { nuslerp_flatten: 0, nuslerp_row_wise: rowWise },
    });
    const half = Math.SQRT1_2;
    expectClose(merge(nuslerp, rows, given(0)), [half, half, 0, 3]);
    // Columns: (1, 0) with (0, 0) at a right angle, and (0, 2) with (1, 4).
    const angle = Math.acos(4 / Math.sqrt(17));
    const share = Math.sin(angle / 2) / Math.sin(angle);
    expectClose(merge(nuslerp, rows, given(1)), [half, share, 0, 6 * share]);
  });

  test('multislerp and karcher of two are the middle of the arc', () => {
    const models = [[[3, 0], 1] as const, [[0, 1], 1] as const];
    expectClose(merge(multislerp, models), [Math.SQRT2, Math.SQRT2]);
    expectClose(merge(karcher, models), [Math.SQRT2, Math.SQRT2]);
  });

  test('karcher is where the arcs to all balance', () => {
    const [x = 0, y = 0, z = 0] = merge(
      karcher,
      [
        [[1, 0, 0], 1],
        [[1, 0, 0], 1],
        [[0, 1, 0], 1],
      ],
      {
        parameters: { max_iter: 1000, tol: 1e-12 },
      },
    );
    expectClose([Math.atan2(y, x), z], [Math.PI / 6, 0]);
  });

  test('model_stock is the mean of what agrees, and the base where nothing does', () => {
    const agreeing = [[[3, 0], 1] as const, [[5, 0], 1] as const];
    expectClose(merge(modelStock, agreeing, { base: [1, 0] }), [4, 0]);
    const apart = [[[3, 0], 1] as const, [[0, 5], 1] as const];
    expectClose(merge(modelStock, apart, { base: [0, 0] }), [0, 0]);
  });
});

describe('task vectors', () => {
  const base = [1, 1, 1, 1];
  const models = [[[3, 0, 2, 1], 1] as const, [[2, 3, -3, 1], 0.5] as const];

  test('task_arithmetic adds them all', () => {
    expect(merge(taskArithmetic, models, { base, parameters: { lambda: 2 } })).toEqual([6, 1, -1, 1]);
  });

  test('ties trims, votes and averages', () => {
    // Trimmed to two: (2, -1, 0, 0) and (0, 2, -4, 0); the sum of the second place is 0, which counts as plus.
    expect(merge(ties, models, { base, own: { density: 0.5 } })).toEqual([3, 3, -3, 1]);
  });

  test('breadcrumbs leaves out the largest and the smallest', () => {
    const given = { base, own: { density: 0.5, gamma: 0.25 } };
    expect(merge(breadcrumbs, models.slice(0, 1), given)).toEqual([1, 0, 2, 1]);
  });

  test('dare restores the L1 norm of what it thins out', () => {
    const values = Array.from({ length: 4096 }, (_, index) => ((index % 17) - 8) / 8);
    const zero = values.map(() => 0);
    const merged = merge(dareLinear, [[values, 1]], { base: zero, own: { density: 0.25 } });
    const norm = (vector: Vector): number => vector.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(norm(merged)).toBeCloseTo(norm(values), 9);
    const share = merged.filter((value) => value !== 0).length / values.filter((value) => value !== 0).length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(merge(dareTies, [[values, 1]], { base: zero, own: { density: 0.25 } })).toEqual(merged);
  });

  test('della keeps large changes more often', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index + 1) / 1024);
    const given = { base: values.map(() => 0), own: { density: 0.5, epsilon: 0.45 } };
    const merged = merge(della, [[values, 1]], given);
    const kept = (from: number, to: number): number =>
      merged.slice(from, to).filter((value) => value !== 0).length;
    expect(kept(0, 250)).toBeLessThan(80);
    expect(kept(750, 1000)).toBeGreaterThan(170);
  });

  test('sce weighs by energy, keeps what varies most and erases what disagrees', () => {
    // Energies 9 and 1 over both places, so weights 0.9 and 0.1.
    const pair = [[[3, 3], 1] as const, [[1, -1], 1] as const];
    expectClose(merge(sce, pair, { base: [0, 0] }), [2.8, 3]);
    expectClose(merge(sce, pair, { base: [0, 0], parameters: { select_topk: 0.5 } }), [0, 3]);
  });

  test('a NaN has no vote', () => {
    const broken = [[[Number.NaN, 3], 1] as const, [[0, 2], 1] as const];
    expect(merge(ties, broken, { base: [1, 1] })).toEqual([0, 2.5]);
  });
});

describe('choices', () => {
  const models = [[[3, 0, 1], 1] as const, [[2, 3, 1], 1] as const];
  const base = [1, 1, 1];

  test('magmax takes the largest change, the first of equal ones', () => {
    expect(merge(magmax, models, { base })).toEqual([3, 3, 1]);
    expect(
      merge(
        magmax,
        [
          [[2], 1],
          [[0], 1],
        ],
        { base: [1] },
      ),
    ).toEqual([2]);
  });

  test('ram averages what several changed; ramplus_tl scales what one did', () => {
    const alone = [[[3, 2, 1], 1] as const, [[2, 1, 1], 1] as const];
    expect(merge(ram, alone, { base })).toEqual([2.5, 2, 1]);
    const given = { base, parameters: { r: 0.5, alpha: 0.5 } };
    // The first model shares one change and made one alone: 1 + 0.5 * min(1, 0.5).
    expect(merge(ramplusTl, alone, given)).toEqual([2.5, 2.25, 1]);
  });

  test('arcee_fusion takes over what stands out', () => {
    const quiet = Array.from({ length: 64 }, (_, index) => index / 64);
    const changed = quiet.map((value, index) => value + (index === 40 ? 2 : 1e-3 * (1 + (index % 3))));
    const merged = merge(arceeFusion, [[changed, 1]], { base: quiet });
    expect(merged.flatMap((value, index) => (value === quiet[index] ? [] : [index]))).toEqual([40]);
  });
});
