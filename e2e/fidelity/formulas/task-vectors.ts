/** The family that adds thinned task vectors to the base, and sce. */

import { bitsOf, scoresOf } from '../../../src/methods/reference-scores.test-helper.ts';
import { descending, largest, type Mask, middle, random, ranked } from './masks.ts';
import { baseOf, deltasOf, type Formula, sumOf, type TensorMerge, type Vector, weightOf } from './vectors.ts';

interface Traits {
  readonly mask: Mask | null;
  readonly vote: boolean;
  readonly normalize: boolean;
  readonly rescale: boolean;
}

/** One model's delta as it is merged. */
interface Term {
  readonly delta: Vector;
  readonly kept: readonly boolean[];
  /** L1 rescale factor. */
  readonly scale: number;
  readonly weight: number;
  /** Instead of `weight` in the vote. */
  readonly voteWeight: number;
}

function family(traits: Traits): Formula {
  return (merge) => {
    const { parameters, models, shape } = merge;
    const deltas = deltasOf(merge);
    const rescale = parameters.rescale ?? Number(traits.rescale);
    const terms = models.map((model, at): Term => {
      const delta = deltas[at] ?? [];
      const dense = traits.mask === null || (model.parameters.density ?? 1) >= 1;
      const kept = dense || traits.mask === null ? delta.map(() => true) : traits.mask(delta, model, shape);
      const weight = weightOf(model);
      return { delta, kept, scale: rescale && !dense ? l1Ratio(delta, kept) : 1, weight, voteWeight: weight };
    });
    const normalize = Boolean(parameters.normalize ?? Number(traits.normalize));
    const divisorOf = (weights: Vector): number => {
      const sum = sumOf(weights);
      return (traits.vote ? sum === 0 : Math.abs(sum) < 1e-8) ? 1 : sum;
    };
    return mixed(merge, terms, {
      vote: traits.vote,
      divisorOf: normalize ? divisorOf : null,
      lambda: parameters.lambda ?? 1,
    });
  };
}

/** Sum of |delta| over that of what is kept of it; 1 where either is almost nothing. */
function l1Ratio(delta: Vector, kept: readonly boolean[]): number {
  const before = sumOf(delta.map(Math.abs));
  const after = sumOf(delta.map(Math.abs).filter((_, index) => kept[index]));
  return before < 1e-7 || after < 1e-7 ? 1 : before / after;
}

/** base + lambda * (sum of the kept terms of the elected sign) / divisor. */
function mixed(
  merge: TensorMerge,
  terms: readonly Term[],
  how: {
    readonly vote: boolean;
    readonly divisorOf: ((weights: Vector) => number) | null;
    readonly lambda: number;
  },
): number[] {
  return baseOf(merge).map((base, index) => {
    const present = terms.filter(({ kept }) => kept[index]);
    const termOf = ({ delta, scale, weight }: Term): number => (delta[index] ?? 0) * scale * weight;
    const elected = electedSign(present, index);
    const agreeing = how.vote ? present.filter((term) => Math.sign(termOf(term)) === elected) : present;
    // Without a vote the divisor is the same for every element, kept or not.
    const weights = (how.vote ? agreeing : terms).map(({ weight }) => weight);
    return base + (how.lambda * sumOf(agreeing.map(termOf))) / (how.divisorOf?.(weights) ?? 1);
  });
}

/** The sign of the sum in f32, by definition rounded at every step; plus when it is 0, minus when it is NaN. */
function electedSign(terms: readonly Term[], index: number): 1 | -1 {
  const { fround } = Math;
  const balance = terms.reduce((sum, { delta, scale, voteWeight }) => {
    const scaled = fround(fround(delta[index] ?? 0) * fround(scale));
    return fround(sum + fround(scaled * fround(voteWeight)));
  }, 0);
  return balance >= 0 ? 1 : -1;
}

const plain = { normalize: false, rescale: false };

/** Ilharco et al., 2022. */
export const taskArithmetic = family({ mask: null, vote: false, ...plain });
/** Yadav et al., 2023. */
export const ties = family({ mask: largest, vote: true, normalize: true, rescale: false });
/** Yu et al., 2023. */
export const dareLinear = family({ mask: random, vote: false, normalize: false, rescale: true });
export const dareTies = family({ mask: random, vote: true, normalize: false, rescale: true });
/** Deep et al., 2024. */
export const della = family({ mask: ranked, vote: true, normalize: true, rescale: true });
export const dellaLinear = family({ mask: ranked, vote: false, normalize: false, rescale: true });
/** Davari and Belilovsky, 2023. */
export const breadcrumbs = family({ mask: middle, vote: false, ...plain });
export const breadcrumbsTies = family({ mask: middle, vote: true, ...plain });

/** Wan et al., 2024: the most varying elements, weights by energy, and a vote without weights. */
export const sce: Formula = (merge) => {
  const share = merge.parameters.select_topk ?? 1;
  const deltas = deltasOf(merge);
  const kept = share < 1 ? mostVarying(merge, share) : baseOf(merge).map(() => true);
  const energies = deltas.map(
    (delta) => sumOf(delta.map((value, index) => (kept[index] ? value * value : 0))) / delta.length,
  );
  const total = sumOf(energies);
  const terms = deltas.map((delta, at): Term => {
    const weight = Math.abs(total) < 1e-6 ? 1 / deltas.length : (energies[at] ?? 0) / total;
    return { delta, kept, scale: 1, weight, voteWeight: 1 };
  });
  return mixed(merge, terms, {
    vote: true,
    divisorOf: (weights) => Math.max(sumOf(weights), 1e-6),
    lambda: 1,
  });
};

function mostVarying({ base, models }: TensorMerge, share: number): boolean[] {
  const scores = scoresOf([base ?? [], ...models.map(({ values }) => values)], { kind: 'variance', base: 0 });
  const varying = scores.filter((score) => score !== bitsOf(0)).length;
  const kept = scores.map(() => false);
  for (const index of descending(scores).slice(0, Math.trunc(varying * share))) kept[index] = true;
  return kept;
}
