import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { karcherCoefficients } from './karcher-mean.ts';

type Vectors = readonly (readonly number[])[];

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

function merged(vectors: Vectors, maxIterations = 50, tolerance = 1e-9): number[] {
  const gram = Float64Array.from(vectors.flatMap((a) => vectors.map((b) => dot(a, b))));
  const coefficients = karcherCoefficients(gram, { maxIterations, tolerance });
  return (vectors[0] ?? []).map((_, index) =>
    vectors.reduce((sum, vector, at) => sum + (coefficients[at] ?? 0) * (vector[index] ?? 0), 0),
  );
}

/** mergekit's iteration on the vectors themselves. */
function onVectors(vectors: Vectors, maxIterations: number, tolerance: number): number[] {
  const norms = vectors.map((vector) => Math.hypot(...vector));
  const units = vectors.map((vector, k) => vector.map((value) => value / (norms[k] ?? 1)));
  const share = 1 / units.length;
  const normalized = (vector: readonly number[]): number[] =>
    vector.map((value) => value / Math.hypot(...vector));
  const sum = (parts: Vectors): number[] =>
    (vectors[0] ?? []).map((_, i) => parts.reduce((total, part) => total + (part[i] ?? 0), 0));
  let mean = normalized(sum(units));
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = sum(
      units.map((unit) => {
        const cosine = Math.min(1, Math.max(-1, dot(mean, unit)));
        const angle = Math.acos(cosine);
        if (angle < tolerance) return unit.map(() => 0);
        return unit.map((value, i) => share * (angle / Math.sin(angle)) * (value - cosine * (mean[i] ?? 0)));
      }),
    );
    const size = Math.hypot(...step);
    if (size < tolerance) break;
    mean = normalized(
      mean.map((value, i) => Math.cos(size) * value + (Math.sin(size) * (step[i] ?? 0)) / size),
    );
  }
  return mean.map((value) => value * share * norms.reduce((total, norm) => total + norm, 0));
}

test('equals the iteration on the vectors themselves, at every number of steps', () => {
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  const vectors = fc.array(fc.tuple(fc.double({ min: 1, max: 3, noNaN: true }), value, value), {
    minLength: 2,
    maxLength: 5,
  });
  fc.assert(
    fc.property(vectors, fc.constantFrom(1, 2, 10), (drawn, steps) => {
      const expected = onVectors(drawn, steps, 1e-6);
      for (const [index, actual] of merged(drawn, steps, 1e-6).entries()) {
        expect(actual).toBeCloseTo(expected[index] ?? Number.NaN, 5);
      }
    }),
  );
});

test('is the point where the arcs to all directions cancel out', () => {
  const vectors = [
    [1, 0, 0],
    [0, 2, 0],
    [0.5, 0.5, 3],
  ];
  const mean = merged(vectors);
  const length = Math.hypot(...mean);
  expect(length).toBeCloseTo((1 + 2 + Math.hypot(0.5, 0.5, 3)) / 3, 9);
  const centre = mean.map((value) => value / length);
  const pull = vectors.map((vector) => {
    const unit = vector.map((value) => value / Math.hypot(...vector));
    const angle = Math.acos(dot(unit, centre));
    return unit.map((value, i) => (angle / Math.sin(angle)) * (value - dot(unit, centre) * (centre[i] ?? 0)));
  });
  for (const axis of [0, 1, 2]) {
    expect(pull.reduce((sum, each) => sum + (each[axis] ?? 0), 0)).toBeCloseTo(0, 7);
  }
});

describe('where there is little or no direction', () => {
  test('equal vectors are their own mean', () => {
    expect(
      merged([
        [3, 4],
        [3, 4],
        [3, 4],
      ]).map((value) => value.toFixed(12)),
    ).toEqual(['3.000000000000', '4.000000000000']);
  });
  test('zero vectors draw the length down but have no say in the direction', () => {
    const [x = 0, y = 0] = merged([
      [0, 0],
      [3, 4],
    ]);
    expect([x, y].map((value) => value.toFixed(12))).toEqual(['1.500000000000', '2.000000000000']);
    expect(
      merged([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([0, 0]);
  });
  test('opposite vectors give the first one, not a number that blows up', () => {
    const values = merged([
      [1, 2],
      [-1, -2],
    ]);
    expect(values[0]).toBeCloseTo(1, 12);
    expect(values[1]).toBeCloseTo(2, 12);
  });
  test('a tolerance of 0 ends all the same', () => {
    expect(
      merged(
        [
          [1, 0],
          [0, 1],
        ],
        1000,
        0,
      )[0],
    ).toBeCloseTo(Math.SQRT1_2, 12);
    expect(
      merged(
        [
          [0, 0],
          [0, 0],
        ],
        10,
        0,
      ),
    ).toEqual([0, 0]);
  });
  test('many vectors', () => {
    const vectors = Array.from({ length: 40 }, (_, k) => [1, Math.sin(k), Math.cos(k * 1.7)]);
    const expected = onVectors(vectors, 50, 1e-9);
    for (const [index, actual] of merged(vectors).entries())
      expect(actual).toBeCloseTo(expected[index] ?? 9, 8);
  });
});
