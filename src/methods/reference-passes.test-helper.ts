/** Every final pass over plain arrays, written the obvious way. */

import type { CombineSpec, ConsensusSpec, PickSpec } from '../kernels/types.ts';
import { type Data, deltaOf, keptBy } from './reference-scores.test-helper.ts';
import type { FinalPass } from './types.ts';

export function applyPass(pass: FinalPass, data: Data): number[] {
  switch (pass.kind) {
    case 'copy':
      return [...(data[pass.operand] ?? [])];
    case 'combine':
      return combined(pass, data);
    case 'consensus':
      return consensus(pass, data);
    case 'pick':
      return elementsOf(data).map((index) => picked(pass.pick, data, index));
  }
}

function elementsOf(data: Data): number[] {
  return [...(data[0] ?? []).keys()];
}

function combined({ base, coefficients, grouping }: CombineSpec, data: Data): number[] {
  const groupOf = (index: number): number => {
    if (grouping === undefined) return 0;
    return grouping.kind === 'rows' ? Math.floor(index / grouping.length) : index % grouping.count;
  };
  const deltas = data.map((_, operand) => deltaOf(data, operand, base));
  return elementsOf(data).map((index) =>
    deltas.reduce(
      (sum, delta, operand) => {
        const coefficient = coefficients[groupOf(index) * data.length + operand] ?? Number.NaN;
        return operand === base ? sum : sum + coefficient * (delta[index] ?? 0);
      },
      valueAt(data, base, index),
    ),
  );
}

function valueAt(data: Data, operand: number | null, index: number): number {
  return operand === null ? 0 : (data[operand]?.[index] ?? 0);
}

function consensus(pass: ConsensusSpec, data: Data): number[] {
  const rules = pass.rules.map((rule) => {
    const isKept = keptBy(data, pass.base, rule.operand, rule.keep);
    const delta = deltaOf(data, rule.operand, pass.base);
    return {
      weight: rule.weight,
      vote: rule.voteWeight ?? rule.weight,
      values: delta.map((value, index) => (isKept[index] ? value * rule.scale : 0)),
    };
  });
  return elementsOf(data).map((index) => {
    const terms = rules.map(({ weight, vote, values }) => {
      const value = values[index] ?? 0;
      return { weight, vote: value * vote, value: value * weight };
    });
    const elected = terms.reduce((sum, { vote }) => sum + vote, 0) >= 0 ? 1 : -1;
    const agreeing = pass.signVote ? terms.filter(({ vote }) => Math.sign(vote) === elected) : terms;
    const sum = agreeing.reduce((part, { value }) => part + value, 0);
    const divisor = pass.normalize ? divisorOf(pass, agreeing) : 1;
    return valueAt(data, pass.base, index) + (pass.lambda * sum) / divisor;
  });
}

function divisorOf(pass: ConsensusSpec, agreeing: readonly { readonly weight: number }[]): number {
  const weights = agreeing.reduce((part, { weight }) => part + weight, 0);
  if (!pass.signVote) return Math.abs(weights) < 1e-8 ? 1 : weights;
  if (pass.leastDivisor !== undefined) return Math.max(weights, pass.leastDivisor);
  return weights === 0 ? 1 : weights;
}

function picked(pick: PickSpec, data: Data, index: number): number {
  const origin = valueAt(data, pick.base, index);
  const others = [...data.keys()].filter((operand) => operand !== pick.base);
  const deltas = others.map((operand) => ({ operand, delta: valueAt(data, operand, index) - origin }));
  switch (pick.kind) {
    case 'near': {
      const delta = valueAt(data, pick.operand, index) - origin;
      return origin + Math.min(1, pick.t / Math.max(Math.abs(delta), 1e-6)) * delta;
    }
    case 'active': {
      const active = deltas.filter(({ delta }) => Math.fround(Math.abs(delta)) > pick.threshold);
      const [only] = active;
      if (only === undefined) return origin;
      if (active.length === 1) return origin + only.delta * (pick.uniqueFactors[only.operand] ?? Number.NaN);
      return origin + active.reduce((sum, { delta }) => sum + delta, 0) / active.length;
    }
    case 'farthest': {
      const changes = deltas.map(({ operand, delta }) => (pick.coefficients[operand] ?? Number.NaN) * delta);
      const largest = Math.max(...changes.map(Math.abs));
      return origin + (changes.find((change) => Math.abs(change) === largest) ?? Number.NaN);
    }
    case 'trimmed': {
      const sorted = others.map((operand) => valueAt(data, operand, index)).sort((a, b) => a - b);
      const rest = sorted.slice(pick.trim, sorted.length - pick.trim);
      const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length;
      return pick.base === null ? mean : origin + pick.lambda * (mean - origin);
    }
  }
}
