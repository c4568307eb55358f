/** Every kernel as its plain formula, an element at a time, over decoded operands that start at flat index 0. */

import { encodeBits } from '../reference.ts';
import { philox4x32 } from '../shared/philox.ts';
import type {
  CombineSpec,
  ConsensusSpec,
  DeltaRule,
  Grouping,
  KeepRule,
  MagnitudeCut,
  OverlapCount,
  PickSpec,
  Score,
} from '../types.ts';

export type Inputs = readonly Float64Array[];

function at(inputs: Inputs, operand: number | null, index: number): number {
  return operand === null ? 0 : (inputs[operand]?.[index] ?? 0);
}

function others(inputs: Inputs, base: number | null): number[] {
  return inputs.map((_, operand) => operand).filter((operand) => operand !== base);
}

/** The number of an element's group. */
function groupOf(grouping: Grouping, index: number): number {
  return grouping.kind === 'rows' ? Math.floor(index / grouping.length) : index % grouping.count;
}

export function combined(inputs: Inputs, spec: CombineSpec, index: number): number {
  const group = spec.grouping ? groupOf(spec.grouping, index) : 0;
  const base = at(inputs, spec.base, index);
  const sum = others(inputs, spec.base).reduce((total, operand) => {
    const coefficient = spec.coefficients[group * inputs.length + operand] ?? 0;
    return total + coefficient * (at(inputs, operand, index) - base);
  }, -0);
  return spec.base === null ? sum : base + sum;
}

/** A score's bits: f32, NaN the largest. */
export function scoreBits(inputs: Inputs, score: Score, index: number): number {
  if (score.kind === 'variance') {
    const models = others(inputs, score.base);
    let sum = 0;
    for (const [position, a] of models.entries()) {
      for (const b of models.slice(position + 1)) sum += (at(inputs, a, index) - at(inputs, b, index)) ** 2;
    }
    return encodeBits(sum / models.length ** 2, 'F32');
  }
  const delta = Math.abs(at(inputs, score.operand, index) - at(inputs, score.base, index));
  if (score.kind === 'delta') return encodeBits(delta, 'F32');
  return encodeBits(delta * (score.factors[Math.floor(index / score.rowLength)] ?? 0), 'F32');
}

function isAbove(bits: number, cut: MagnitudeCut, index: number): boolean {
  return bits > cut.magnitude || (bits === cut.magnitude && index < cut.ties);
}

/** The random word of an element. */
function wordOf(key: readonly [number, number], flatIndex: number): number {
  const counter = Math.floor(flatIndex / 4);
  return philox4x32([counter % 2 ** 32, Math.floor(counter / 2 ** 32), 0, 0], key)[flatIndex % 4] ?? 0;
}

/** Ranks within rows: the smallest is 0, equal ones by index. */
export function ranksOf(bits: readonly number[], rowLength: number): number[] {
  const ranks: number[] = [];
  for (let row = 0; row < bits.length; row += rowLength) {
    const order = Array.from({ length: rowLength }, (_, i) => row + i);
    order.sort((a, b) => (bits[a] ?? 0) - (bits[b] ?? 0) || a - b);
    order.forEach((index, rank) => {
      ranks[index] = rank;
    });
  }
  return ranks;
}

/** Which elements a rule keeps; `firstIndex` is the flat index of the first. */
export function keptBy(
  inputs: Inputs,
  base: number,
  { operand, keep }: Pick<DeltaRule, 'operand' | 'keep'>,
  firstIndex = 0,
): boolean[] {
  const own: Score = { kind: 'delta', operand, base };
  const bits = (score: Score) =>
    Array.from({ length: inputs[base]?.length ?? 0 }, (_, index) => scoreBits(inputs, score, index));
  return keptOf(keep, bits, own, firstIndex);
}

function keptOf(
  keep: KeepRule,
  bitsBy: (score: Score) => number[],
  own: Score,
  firstIndex: number,
): boolean[] {
  const bits = bitsBy(keep.kind === 'largest' ? (keep.score ?? own) : own);
  const ranks = keep.kind === 'ranked' ? ranksOf(bits, keep.thresholds.length) : [];
  return bits.map((score, i) => {
    const index = firstIndex + i;
    if (keep.kind === 'largest') return isAbove(score, keep.cut, index);
    if (keep.kind === 'middle')
      return isAbove(score, keep.outer, index) && !isAbove(score, keep.inner, index);
    if (keep.kind === 'random') return wordOf(keep.key, index) < keep.threshold;
    if (keep.kind === 'ranked') return wordOf(keep.key, index) < (keep.thresholds[ranks[i] ?? 0] ?? 0);
    return keep.kind === 'all';
  });
}

/** mergekit 0.1.4's sparsify, vote and normalise steps; the vote by the float32 sum of all terms. */
export function agreed(inputs: Inputs, spec: ConsensusSpec): Float64Array {
  const kept = spec.rules.map((rule) => keptBy(inputs, spec.base, rule));
  return Float64Array.from(inputs[spec.base] ?? [], (base, index) => {
    const terms = spec.rules.map((rule, r) => {
      const { scale, weight, voteWeight = weight } = rule;
      const delta = at(inputs, rule.operand, index) - base;
      const ballot = Math.fround(
        Math.fround(Math.fround(delta) * Math.fround(scale)) * Math.fround(voteWeight),
      );
      const takesPart = kept[r]?.[index] === true;
      return { term: takesPart ? delta * scale * weight : 0, ballot: takesPart ? ballot : 0, weight };
    });
    const sum = terms.reduce((total, { ballot }) => Math.fround(total + ballot), 0);
    const agreeing = spec.signVote ? terms.filter(({ term }) => (sum >= 0 ? term > 0 : term < 0)) : terms;
    const mixed = agreeing.reduce((total, { term }) => total + term, 0);
    const weights = agreeing.reduce((total, { weight }) => total + weight, 0);
    return base + (mixed / divisorOf(spec, weights)) * spec.lambda;
  });
}

function divisorOf(spec: ConsensusSpec, weights: number): number {
  if (!spec.normalize) return 1;
  if (!spec.signVote) return Math.abs(weights) < 1e-8 ? 1 : weights;
  if (spec.leastDivisor !== undefined) return Math.max(weights, spec.leastDivisor);
  return weights === 0 ? 1 : weights;
}

function isActive(inputs: Inputs, base: number, operand: number, threshold: number, index: number): boolean {
  return scoreBits(inputs, { kind: 'delta', operand, base }, index) > encodeBits(threshold, 'F32');
}

export function overlapsOf(inputs: Inputs, base: number, threshold: number): OverlapCount[] {
  const counts = inputs.map(() => ({ unique: 0, shared: 0 }));
  inputs[base]?.forEach((_, index) => {
    const active = others(inputs, base).filter((operand) =>
      isActive(inputs, base, operand, threshold, index),
    );
    for (const operand of active) {
      const count = counts[operand];
      if (count) count[active.length === 1 ? 'unique' : 'shared']++;
    }
  });
  return counts;
}

export function picked(inputs: Inputs, spec: PickSpec, index: number): number {
  const base = at(inputs, spec.base, index);
  const deltaOf = (operand: number) => at(inputs, operand, index) - base;
  if (spec.kind === 'near') {
    const delta = deltaOf(spec.operand);
    return base + Math.min(1, spec.t / Math.max(Math.abs(delta), 1e-6)) * delta;
  }
  const models = others(inputs, spec.base);
  if (spec.kind === 'trimmed') {
    const mean = trimmedMean(
      models.map((operand) => at(inputs, operand, index)),
      spec.trim,
    );
    return spec.base === null ? mean : base + spec.lambda * (mean - base);
  }
  if (spec.kind === 'farthest') {
    const sizeOf = (term: number) => (Number.isNaN(term) ? Number.POSITIVE_INFINITY : Math.abs(term));
    const terms = models.map((operand) => (spec.coefficients[operand] ?? 0) * deltaOf(operand));
    const nan = terms.find(Number.isNaN);
    const best = terms.reduce((most, term) => (sizeOf(term) > sizeOf(most) ? term : most), terms[0] ?? -0);
    return base + (nan ?? best);
  }
  const active = models.filter((operand) => isActive(inputs, spec.base, operand, spec.threshold, index));
  const [only] = active;
  if (only === undefined) return base;
  if (active.length === 1) return base + (spec.uniqueFactors[only] ?? 0) * deltaOf(only);
  return base + active.reduce((sum, operand) => sum + deltaOf(operand), -0) / active.length;
}

function trimmedMean(values: readonly number[], trim: number): number {
  const order = values.map((_, i) => i).sort((a, b) => compare(values[a] ?? 0, values[b] ?? 0) || a - b);
  const left = order.slice(trim, order.length - trim).sort((a, b) => a - b);
  return left.reduce((sum, i) => sum + (values[i] ?? 0), -0) / left.length;
}

/** As sorting wants it: NaN last, zeros equal. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** K*K dots per group, group-major: products added in index order, of a row in four sums by flat index modulo 4. */
export function groupDots(inputs: Inputs, base: number | null, grouping: Grouping): Float64Array {
  const size = inputs.length;
  const count = inputs[0]?.length ?? 0;
  const groups = grouping.kind === 'rows' ? count / grouping.length : grouping.count;
  const parts = Array.from({ length: groups * size * size }, () => [0, 0, 0, 0]);
  for (let index = 0; index < count; index++) {
    const group = groupOf(grouping, index);
    const part = grouping.kind === 'rows' ? index % 4 : 0;
    const less = at(inputs, base, index);
    for (const a of others(inputs, base)) {
      for (const b of others(inputs, base)) {
        const sums = parts[(group * size + a) * size + b] ?? [];
        sums[part] = (sums[part] ?? 0) + (at(inputs, a, index) - less) * (at(inputs, b, index) - less);
      }
    }
  }
  return Float64Array.from(parts, ([a = 0, b = 0, c = 0, d = 0]) => a + b + c + d);
}
