/**
 * What a merge method is: its parameters and documentation, and a small program over the kernels.
 *
 * A method is one file. Its program sees one tensor at a time through `TensorMath` (whole-tensor statistics, exact and
 * independent of tiling) and returns the one pass that makes the output.
 */

import type {
  CombineSpec,
  ConsensusSpec,
  DeltaRule,
  DeltaSums,
  Grouping,
  MagnitudeCut,
  OverlapCount,
  PickSpec,
  Score,
  SumMeasure,
} from '../kernels/types.ts';

export interface ParameterDefinition {
  readonly name: string;
  /** `global`: one value per tensor, never looked up under a model; `model`: one per input (mergekit 0.1.4). */
  readonly scope: 'global' | 'model';
  readonly type: 'number' | 'boolean';
  /** Absent: the parameter is required (of every model but the base). Null: optional without a value. */
  readonly default?: number | null;
  /** Values outside are errors. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** What the value does, its sensible range and its unit, in a sentence or two for the hover help. */
  readonly description: string;
  /** Accepted and without effect here; a warning says so. */
  readonly unused?: boolean;
}

export interface MethodInputs {
  /**
   * `required` and `optional`: the base is apart from the merged models. `member`: a base, when given, is an ordinary
   * input (linear). `forbidden`: a base is an error (passthrough).
   */
  readonly base: 'required' | 'optional' | 'member' | 'forbidden';
  /** How many models besides the base (`member`: in all). */
  readonly min: number;
  readonly max: number;
}

/** One tensor's inputs, in the recipe's order. */
export interface TensorInputs {
  /** Index of the base among the operands; null without one. */
  readonly base: number | null;
  readonly operandCount: number;
  /** Values of the method's `model` parameters per operand; null where the base has none. */
  readonly modelParameters: readonly Readonly<Record<string, number | null>>[];
  readonly globalParameters: Readonly<Record<string, number | null>>;
  readonly elementCount: number;
  readonly shape: readonly number[];
  /** Philox keys per operand, from (seed, model, output tensor). */
  readonly maskKeys: readonly (readonly [number, number])[];
  readonly tensorName: string;
}

/** Whole-tensor statistics; each call is one or more passes over the tensor. */
export interface TensorMath {
  /** K*K dots in f64, row-major; deltas against `base` when given. */
  gram(base: number | null): Promise<Float64Array>;
  /** `gram` per group of the whole tensor, group-major. */
  groupGram(base: number | null, grouping: Grouping): Promise<Float64Array>;
  /**
   * For each wish the exact cut that keeps the `count` (1 .. n) largest scores, ties by lowest flat index. All wishes
   * share the passes over the tensor.
   */
  selectLargest(wishes: readonly { score: Score; count: number }[]): Promise<MagnitudeCut[]>;
  /** How many elements have a score of exactly 0. */
  countZeros(score: Score): Promise<number>;
  sums(base: number, rules: readonly DeltaRule[], measure: SumMeasure): Promise<DeltaSums[]>;
  overlaps(base: number, threshold: number): Promise<OverlapCount[]>;
  /** Per row of the whole tensor; the method must have asked for whole rows. */
  rowDivergence(operand: number, base: number, rowLength: number): Promise<Float64Array>;
}

/** The pass that writes the output. */
export type FinalPass =
  | ({ readonly kind: 'combine' } & CombineSpec)
  | ({ readonly kind: 'consensus' } & ConsensusSpec)
  | { readonly kind: 'pick'; readonly pick: PickSpec }
  /** Operand `operand` unchanged: bytes copied when the dtypes agree, else one conversion. */
  | { readonly kind: 'copy'; readonly operand: number };

export interface MethodDefinition {
  readonly name: string;
  readonly title: string;
  /** One sentence for the method's card. */
  readonly summary: string;
  /** Markdown for the hover help: the formula, what it is good for, ranges. */
  readonly documentation: string;
  readonly paper?: { readonly title: string; readonly url: string };
  readonly inputs: MethodInputs;
  readonly parameters: readonly ParameterDefinition[];
  /** True when the output is operand 0 as it is, so that its bytes pass in whatever dtype they are. */
  copies?(inputs: TensorInputs): boolean;
  /** True when `merge` will ask for statistics, so the tensor is read more than once. */
  readsTwice(inputs: TensorInputs): boolean;
  /**
   * Length of the rows that no tile may cut, when `merge` will group by rows, rank within them or ask for their
   * divergence; null or absent when tiles may be cut anywhere.
   */
  wholeRows?(inputs: TensorInputs): number | null;
  /**
   * Problems of one tensor's parameter values that no range can express (weights that sum to 0), as a sentence; null
   * when fine. Called at check time for every tensor, so it must be cheap.
   */
  refuse?(inputs: TensorInputs): string | null;
  merge(math: TensorMath, inputs: TensorInputs): Promise<FinalPass>;
}
