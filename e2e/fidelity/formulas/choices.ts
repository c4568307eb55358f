/** Methods that choose elements by what the models did at their place. */

import { divergenceOf } from '../../../src/kernels/shared/divergence.ts';
import { baseOf, deltasOf, type Formula, sumOf, type TensorMerge, type Vector, weightOf } from './vectors.ts';

/** Marczak et al., 2024: the weighted change of largest magnitude, of equal ones the first; NaN is the largest. */
export const magmax: Formula = (merge) => {
  const deltas = deltasOf(merge);
  const lambda = merge.parameters.lambda ?? 1;
  return baseOf(merge).map((base, index) => {
    const changes = merge.models.map((model, at) => lambda * weightOf(model) * (deltas[at]?.[index] ?? 0));
    const largest = Math.max(...changes.map(Math.abs));
    return base + (changes.find((change) => Math.abs(change) === largest) ?? Number.NaN);
  });
};

/** Per element the models that changed it: |delta| > epsilon, compared in f32; a NaN is a change. */
function active(merge: TensorMerge): boolean[][] {
  const epsilon = Math.fround(merge.parameters.epsilon ?? 1e-5);
  return deltasOf(merge).map((delta) =>
    delta.map((value) => Number.isNaN(value) || Math.fround(Math.abs(value)) > epsilon),
  );
}

function ramWith(
  factorsOf: (merge: TensorMerge, actives: readonly boolean[][]) => readonly number[],
): Formula {
  return (merge) => {
    const deltas = deltasOf(merge);
    const actives = active(merge);
    const factors = factorsOf(merge, actives);
    return baseOf(merge).map((base, index) => {
      const changes = [...deltas.keys()].filter((at) => actives[at]?.[index]);
      const [only] = changes;
      if (only === undefined) return base;
      if (changes.length === 1) return base + (factors[only] ?? 1) * (deltas[only]?.[index] ?? 0);
      return base + sumOf(changes.map((at) => deltas[at]?.[index] ?? 0)) / changes.length;
    });
  };
}

/** Yuan et al., 2026: a change of one model alone whole, changes of several averaged. */
export const ram = ramWith(({ models }) => models.map(() => 1));

/** RAM+ over one tensor: a model's own changes times 1 + r min(shared / max(own, epsilon), alpha). */
export const ramplusTl = ramWith(({ parameters }, actives) => {
  const counts = (actives[0] ?? []).map((_, index) => actives.filter((each) => each[index]).length);
  return actives.map((own) => {
    const unique = own.filter((isActive, index) => isActive && counts[index] === 1).length;
    const shared = own.filter((isActive, index) => isActive && (counts[index] ?? 0) > 1).length;
    const ratio = shared / Math.max(unique, parameters.epsilon ?? 1e-5);
    return 1 + (parameters.r ?? 0.1) * Math.min(ratio, parameters.alpha ?? 0.2);
  });
});

/**
 * Arcee AI, 2025: the changes whose |delta| times the divergence of their row reaches median + 1.5 interquartile ranges.
 * Scores are f32, and the divergence follows the steps of its definition, which are partly f32. A score of NaN is the largest.
 */
export const arceeFusion: Formula = (merge) => {
  const base = baseOf(merge);
  const x = merge.models[0]?.values ?? [];
  const rowLength = merge.shape.at(-1) ?? 1;
  const divergences = Array.from({ length: x.length / rowLength }, (_, row) => {
    const start = row * rowLength;
    const rowOf = (values: Vector): Float64Array => Float64Array.from(values.slice(start, start + rowLength));
    return divergenceOf(rowOf(x), rowOf(base), start);
  });
  const scores = Float32Array.from(x, (value, index) => {
    const divergence = divergences[Math.floor(index / rowLength)] ?? Number.NaN;
    return Math.abs(value - (base[index] ?? 0)) * divergence;
  });
  const sorted = scores.toSorted();
  const quantile = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
  const threshold = quantile(0.5) + 1.5 * (quantile(0.75) - quantile(0.25));
  return base.map((from, index) => {
    const score = scores[index] ?? Number.NaN;
    const fused = !Number.isNaN(threshold) && !(score < threshold);
    return fused ? from + ((x[index] ?? 0) - from) : from;
  });
};
