/** How a task vector (x - base) is thinned out: which of its elements take part. */

import type { KeepRule, MagnitudeCut } from '../../kernels/types.ts';
import type { ParameterDefinition, TensorInputs } from '../types.ts';
import { numberOf } from '../values.ts';

/** A rule that waits for where the order of |x - base| is cut: per count, the cut that keeps that many of the largest. */
export interface RuleByCuts {
  readonly kind: 'cuts';
  /** Each 1 .. n. */
  readonly counts: readonly number[];
  rule(cuts: readonly MagnitudeCut[]): KeepRule;
}

/** One way to thin out. */
export interface Thinning {
  /** Its parameters besides `density`. */
  readonly parameters: readonly ParameterDefinition[];
  /** What is kept of one operand's delta. */
  keep(inputs: TensorInputs, operand: number): KeepRule | RuleByCuts;
  /** Length of the rows whose order the rule depends on; null when none does. */
  rowLength?(inputs: TensorInputs, operand: number): number | null;
  /** What stands against one operand's values, as a sentence. */
  refuse?(inputs: TensorInputs, operand: number): string | null;
}

export function densityOf(inputs: TensorInputs, operand: number): number {
  return numberOf(inputs.modelParameters[operand], 'density');
}
