/** Averages, and one model as it is. */

import { baseOf, type Formula, minus, plus, sumOf, times, weightedSum, weightOf } from './vectors.ts';

/** y = sum w x / sum w (Wortsman et al., 2022). */
export const linear: Formula = ({ models, parameters }) => {
  const weights = models.map(weightOf);
  const divisor = (parameters.normalize ?? 1) ? sumOf(weights) : 1;
  return weightedSum(
    models.map(({ values }, at) => ({ factor: (weights[at] ?? 0) / divisor, vector: values })),
  );
};

/** y = scale x. */
export const passthrough: Formula = ({ models: [model] }) =>
  times(model?.values ?? [], model?.parameters.scale ?? 1);

/** Mean without the g smallest and largest (Yin et al., 2018); NaN is the largest. */
export const trimmedMean: Formula = ({ models, base, parameters }) => {
  const count = models.length;
  const wanted = Math.ceil((parameters.trim ?? 0.2) * count);
  const g = Math.max(0, Math.min(wanted, Math.floor((count - 1) / 2)));
  const order = (value: number): number => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value);
  const means = (models[0]?.values ?? []).map((_, index) => {
    const values = models.map((model) => model.values[index] ?? 0);
    // Infinity against Infinity would be NaN, which a sort takes for anything.
    const sorted = values.sort((a, b) => {
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return order(a) < order(b) ? -1 : Number(order(a) > order(b));
    });
    return sumOf(sorted.slice(g, count - g)) / (count - 2 * g);
  });
  if (base === null) return means;
  return plus(base, times(minus(means, base), parameters.lambda ?? 1));
};

/** y = w x + (1 - w) base, w = min(1, t / max(|x - base|, 1e-6)). */
export const nearswap: Formula = (merge) => {
  const base = baseOf(merge);
  const t = merge.parameters.t ?? Number.NaN;
  return (merge.models[0]?.values ?? []).map((x, index) => {
    const from = base[index] ?? 0;
    const w = Math.min(1, Math.max(0, t / Math.max(Math.abs(x - from), 1e-6)));
    return w * x + (1 - w) * from;
  });
};
