/** Means and arcs on spheres, over the vectors themselves (the engines work on dot products). */

import {
  baseOf,
  byGroup,
  clamp,
  deltasOf,
  dot,
  type Formula,
  length,
  minus,
  plus,
  sumOf,
  times,
  type Vector,
  weightedSum,
  weightOf,
} from './vectors.ts';

/** Shoemake, 1985, as mergekit 0.1.4 applies it to a base and one other model. */
export const slerp: Formula = (merge) => {
  const a = baseOf(merge);
  const b = merge.models[0]?.values ?? [];
  const t = merge.parameters.t ?? Number.NaN;
  const unit = (vector: Vector): Vector =>
    length(vector) > 1e-8 ? times(vector, 1 / length(vector)) : vector;
  const cosine = dot(unit(a), unit(b));
  if (Math.abs(cosine) > 0.9995) return line(a, b, t);
  const angle = Math.acos(cosine);
  const sine = Math.sin(angle);
  return weightedSum([
    { factor: Math.sin(angle - angle * t) / sine, vector: a },
    { factor: Math.sin(angle * t) / sine, vector: b },
  ]);
};

function line(a: Vector, b: Vector, t: number): number[] {
  return weightedSum([
    { factor: 1 - t, vector: a },
    { factor: t, vector: b },
  ]);
}

function nuslerpArc([a = [], b = []]: readonly Vector[], t: number): number[] {
  const unit = (vector: Vector): Vector => times(vector, 1 / Math.max(length(vector), 1e-7));
  const angle = Math.acos(clamp(dot(unit(a), unit(b)), -1, 1));
  const sine = Math.sin(angle);
  if (Math.abs(sine) < 1e-8) return line(a, b, t);
  return weightedSum([
    { factor: Math.sin((1 - t) * angle) / sine, vector: a },
    { factor: Math.sin(t * angle) / sine, vector: b },
  ]);
}

/** mergekit's nuslerp: whole tensors, rows or columns; of models or of task vectors. */
export const nuslerp: Formula = (merge) => {
  const { base, models, parameters, shape } = merge;
  const [first = 0, second = 0] = models.map(weightOf);
  const t = Math.abs(first + second) < 1e-6 ? 0.5 : second / (first + second);
  const pair = base === null ? models.map(({ values }) => values) : deltasOf(merge);
  const arc = (parts: readonly Vector[]): number[] => nuslerpArc(parts, t);
  const merged =
    (parameters.nuslerp_flatten ?? 1) || shape.length < 2
      ? arc(pair)
      : byGroup(pair, shape, parameters.nuslerp_row_wise ? 'columns' : 'rows', arc);
  return base === null ? merged : plus(base, merged);
};

/** mergekit's multislerp step by step: unit vectors, their mean, tangents at it, and the way along their mean. */
export const multislerp: Formula = (merge) => {
  const { base, models, parameters } = merge;
  const eps = parameters.eps ?? 1e-8;
  const vectors = base === null ? models.map(({ values }) => values) : deltasOf(merge);
  const given = models.map(weightOf);
  const divisor = (parameters.normalize_weights ?? 1) ? sumOf(given) : 1;
  const weights = given.map((weight) => weight / divisor);
  const mean = (parts: readonly Vector[]): number[] =>
    weightedSum(parts.map((vector, at) => ({ factor: weights[at] ?? 0, vector })));
  const lengths = vectors.map(length);
  const units = vectors.map((vector, at) => times(vector, 1 / ((lengths[at] ?? 0) + eps)));
  const centre = mean(units);
  const finish = (merged: number[]): number[] => (base === null ? merged : plus(base, merged));
  // Where mergekit gives up (three or more directions that cancel out), the weighted sum as for two.
  if (length(centre) <= eps) return finish(mean(vectors));
  const middle = times(centre, 1 / length(centre));
  const tangent = mean(units.map((unit) => minus(unit, times(middle, dot(unit, middle)))));
  const step = length(tangent) + eps;
  const reached = plus(times(middle, Math.cos(step)), times(tangent, Math.sin(step) / step));
  return finish(times(reached, sumOf(lengths.map((each, at) => each * (weights[at] ?? 0)))));
};

/** Karcher mean of all models, by the steps of mergekit 0.1.4. */
export const karcher: Formula = ({ models, parameters }) => {
  const iterations = parameters.max_iter ?? 10;
  const tolerance = parameters.tol ?? 1e-5;
  const vectors = models.map(({ values }) => values);
  const lengths = vectors.map(length);
  const radius = sumOf(lengths) / vectors.length;
  const units = vectors
    .filter((_, at) => (lengths[at] ?? 0) > tolerance)
    .map((vector) => times(vector, 1 / length(vector)));
  // No direction at all: zeros, unless a length is NaN.
  if (units.length === 0) return (vectors[0] ?? []).map(() => 0 * radius);
  const mean = (parts: readonly Vector[]): number[] =>
    weightedSum(parts.map((vector) => ({ factor: 1 / units.length, vector })));
  const unit = (vector: Vector): Vector => times(vector, 1 / length(vector));
  let direction = unit(mean(units));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const tangent = mean(
      units.map((each) => {
        const cosine = clamp(dot(direction, each), -1, 1);
        const angle = Math.acos(cosine);
        if (angle < tolerance) return each.map(() => 0);
        return times(minus(each, times(direction, cosine)), angle / Math.sin(angle));
      }),
    );
    const step = length(tangent);
    if (step < tolerance) break;
    direction = unit(plus(times(direction, Math.cos(step)), times(tangent, Math.sin(step) / step)));
  }
  return times(direction, radius);
};

/** Model Stock (Jang et al., 2024): t = K C / (1 + (K - 1) C), C the mean cosine of the task vectors. */
export const modelStock: Formula = (merge) => {
  const base = baseOf(merge);
  const values = merge.models.map((model) => model.values);
  if (!merge.parameters.filter_wise || merge.shape.length < 2) return stocked([base, ...values]);
  return byGroup([base, ...values], merge.shape, 'rows', stocked);
};

function stocked([base = [], ...models]: readonly Vector[]): number[] {
  const deltas = models.map((values) => minus(values, base));
  const count = deltas.length;
  const cosines = deltas.flatMap((a, at) =>
    deltas.slice(at + 1).map((b) => clamp(dot(a, b) / Math.max(length(a) * length(b), 1e-6), -1, 1)),
  );
  const cosine = sumOf(cosines) / cosines.length;
  const t = (count * cosine) / (1 + (count - 1) * cosine);
  return base.map((from, index) => {
    const mean = models.reduce((sum, values) => sum + (values[index] ?? 0), 0) / count;
    return t * mean + (1 - t) * from;
  });
}
