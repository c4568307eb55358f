import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barycentreCoefficients } from './barycentre.ts';

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
const plus = (a: readonly number[], b: readonly number[], factor = 1): number[] =>
  a.map((value, index) => value + factor * (b[index] ?? 0));
const times = (a: readonly number[], factor: number): number[] => a.map((value) => value * factor);

function gramOf(vectors: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(vectors.flatMap((a) => vectors.map((b) => dot(a, b))));
}

function merged(vectors: readonly (readonly number[])[], weights: readonly number[], eps = 1e-8): number[] {
  const operands = weights.map((weight, operand) => ({ operand, weight }));
  const coefficients = barycentreCoefficients(gramOf(vectors), operands, eps);
  return vectors.reduce<number[]>(
    (sum, vector, index) => plus(sum, vector, coefficients[index]),
    (vectors[0] ?? []).map(() => 0),
  );
}

/** mergekit's steps, tangents and all. */
function byTangents(vectors: readonly (readonly number[])[], weights: readonly number[]): number[] {
  const eps = 1e-8;
  const zero = (vectors[0] ?? []).map(() => 0);
  const norms = vectors.map((vector) => Math.hypot(...vector));
  const units = vectors.map((vector, index) => times(vector, 1 / ((norms[index] ?? 0) + eps)));
  const sum = units.reduce((part, unit, index) => plus(part, unit, weights[index]), zero);
  const mean = times(sum, 1 / Math.hypot(...sum));
  const tangents = units.map((unit) => plus(unit, mean, -dot(unit, mean)));
  const tangent = tangents.reduce((part, each, index) => plus(part, each, weights[index]), zero);
  const angle = Math.hypot(...tangent) + eps;
  const reached = plus(times(mean, Math.cos(angle)), tangent, Math.sin(angle) / angle);
  return times(
    reached,
    norms.reduce((part, norm, index) => part + norm * (weights[index] ?? 0), 0),
  );
}

test('equals the walk along tangents that mergekit takes', () => {
  const value = fc.double({ min: -3, max: 3, noNaN: true });
  const weight = fc.double({ min: 0.1, max: 2, noNaN: true });
  const vector = fc.tuple(fc.double({ min: 1, max: 3, noNaN: true }), value, value, value);
  fc.assert(
    fc.property(fc.array(fc.tuple(vector, weight), { minLength: 2, maxLength: 6 }), (drawn) => {
      const vectors = drawn.map(([each]) => each);
      const weights = drawn.map(([, each]) => each);
      const expected = byTangents(vectors, weights);
      for (const [index, actual] of merged(vectors, weights).entries()) {
        expect(actual).toBeCloseTo(expected[index] ?? Number.NaN, 6);
      }
    }),
  );
});

test('directions that cancel out give the weighted sum, and zero vectors zero', () => {
  expect(
    merged(
      [
        [1, 2],
        [-2, -4],
      ],
      [0.5, 0.5],
    ),
  ).toEqual([-0.5, -1]);
  expect(
    merged(
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [1, 1, 1],
    ),
  ).toEqual([0, 0]);
  expect(
    merged(
      [
        [0, 0],
        [3, 4],
      ],
      [0.5, 0.5],
    ).map((value) => value.toFixed(6)),
  ).toEqual(['1.500000', '2.000000']);
  expect(
    merged(
      [
        [0, 0],
        [0, 0],
      ],
      [0.5, 0.5],
      0,
    ),
  ).toEqual([0, 0]);
});

test('a length that is not a number is no length that cancels out', () => {
  expect(
    merged(
      [
        [1, 0],
        [Number.NaN, 1],
      ],
      [0.5, 0.5],
    ),
  ).toEqual([Number.NaN, Number.NaN]);
});

test('operands that take no part have no share', () => {
  const gram = gramOf([
    [9, 9],
    [0, 2],
    [2, 0],
  ]);
  const operands = [1, 2].map((operand) => ({ operand, weight: 0.5 }));
  const [base, first, second] = barycentreCoefficients(gram, operands, 1e-8);
  expect(base).toBe(0);
  expect(first).toBeCloseTo(Math.SQRT1_2, 7);
  expect(second).toBe(first);
});
