/** Plain arithmetic on arrays in f64, and what a formula is told of one tensor. */

export type Vector = readonly number[];

/** One model's part in a merge. */
export interface Merged {
  readonly values: Vector;
  readonly parameters: Readonly<Record<string, number>>;
  /** Philox key of the model's mask over this tensor. */
  readonly maskKey: readonly [number, number];
}

/** One tensor of a merge. */
export interface TensorMerge {
  /** The models besides the base, in the recipe's order. */
  readonly models: readonly Merged[];
  /** Null where the recipe has none. */
  readonly base: Vector | null;
  readonly shape: readonly number[];
  /** Given values of the parameters that are not a model's; a formula knows its own defaults. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** The merged elements, in f64, not yet rounded. */
export type Formula = (merge: TensorMerge) => number[];

export function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

export function length(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

export function minus(a: Vector, b: Vector): number[] {
  return a.map((value, index) => value - (b[index] ?? 0));
}

export function plus(a: Vector, b: Vector): number[] {
  return a.map((value, index) => value + (b[index] ?? 0));
}

export function times(a: Vector, factor: number): number[] {
  return a.map((value) => value * factor);
}

/** Sum of factor times vector, in order. */
export function weightedSum(
  terms: readonly { readonly factor: number; readonly vector: Vector }[],
): number[] {
  return (terms[0]?.vector ?? []).map((_, index) =>
    terms.reduce((sum, { factor, vector }) => sum + factor * (vector[index] ?? 0), 0),
  );
}

export function sumOf(values: Vector): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The base; formulas that need one are never asked without. */
export function baseOf({ base }: TensorMerge): Vector {
  if (base === null) throw new Error('a formula on task vectors needs a base');
  return base;
}

/** Every model's difference from the base. */
export function deltasOf(merge: TensorMerge): number[][] {
  return merge.models.map(({ values }) => minus(values, baseOf(merge)));
}

export function weightOf({ parameters }: Merged): number {
  return parameters.weight ?? 1;
}

/** Applies `work` to every row (along the last axis) or every column (of the last axis' elements) and puts them back. */
export function byGroup(
  vectors: readonly Vector[],
  shape: readonly number[],
  axis: 'rows' | 'columns',
  work: (parts: readonly Vector[]) => Vector,
): number[] {
  const count = vectors[0]?.length ?? 0;
  const rowLength = shape.at(-1) ?? 1;
  const result = new Array<number>(count).fill(Number.NaN);
  const groups = axis === 'rows' ? count / rowLength : count / (shape[0] ?? 1);
  for (let group = 0; group < groups; group++) {
    const indexes = [...result.keys()].filter((index) =>
      axis === 'rows' ? Math.floor(index / rowLength) === group : index % groups === group,
    );
    const merged = work(vectors.map((vector) => indexes.map((index) => vector[index] ?? 0)));
    for (const [at, index] of indexes.entries()) result[index] = merged[at] ?? Number.NaN;
  }
  return result;
}
