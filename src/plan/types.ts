/**
 * The plan: everything a run does, as plain data (it is stored with the job and survives a reload). It follows from
 * the recipe and the models' headers alone, before the first weight byte moves.
 */

import type { FileEntry, ModelOrigin } from '../base/bytes.ts';
import type { Dtype, OutputDtype } from '../base/dtype.ts';

export interface PlannedModel {
  readonly ref: string;
  readonly origin: ModelOrigin;
  /** Its weight files as they were when the plan was made. */
  readonly files: readonly FileEntry[];
}

export interface PlannedInput {
  /** Index into `MergePlan.models`. */
  readonly model: number;
  readonly tensor: string;
  readonly file: string;
  readonly dtype: Dtype;
  /** Absolute byte range in the file, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly parameters: Readonly<Record<string, number | null>>;
  readonly maskKey: readonly [number, number];
}

/** What a method is told of one of its operands. */
export interface PlannedOperand {
  /** Index into the tensor's `inputs`, or a merge of some of them that is made in memory first and never written. */
  readonly of: number | NestedMerge;
  readonly parameters: Readonly<Record<string, number | null>>;
  readonly maskKey: readonly [number, number];
}

/** A merge of another document of the recipe, element for element as large as the tensor it goes into. */
export interface NestedMerge {
  /** The document, and the tensor of its result. */
  readonly document: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly method: string;
  readonly program: 'method' | 'copy';
  /** What the result is rounded to: F32, or what the document says itself. */
  readonly dtype: OutputDtype;
  readonly operands: readonly PlannedOperand[];
  /** Index of the base among the operands. */
  readonly base: number | null;
  readonly globalParameters: Readonly<Record<string, number | null>>;
  readonly readsTwice: boolean;
  readonly wholeRows: number | null;
}

export interface PlannedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly elementCount: number;
  /** Index into `MergePlan.shards`, and the absolute byte offset in that file. */
  readonly shard: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Everything that is read, in the order of the operands. */
  readonly inputs: readonly PlannedInput[];
  /** What is merged, where that is not the inputs themselves: results of other documents are among it. */
  readonly operands?: readonly PlannedOperand[];
  /** Index of the base among the operands. */
  readonly base: number | null;
  readonly globalParameters: Readonly<Record<string, number | null>>;
  /**
   * `method`: run the recipe's method. `copy`: only one input, nothing to do to it (dtype conversion allowed).
   * `copyEqual`: not a float tensor; the first input's bytes, with a warning when the others differ.
   */
  readonly program: 'method' | 'copy' | 'copyEqual';
  readonly readsTwice: boolean;
  /** Length of the rows that no tile may cut; null where tiles may be cut anywhere. Plans made before it was known lack it. */
  readonly wholeRows: number | null;
}

export interface PlannedShard {
  readonly path: string;
  /** The 8-byte length and the JSON header, as written. */
  readonly headerBytes: Uint8Array;
  readonly sizeBytes: number;
}

/** A small file of the output directory that is known before the run. */
export interface PlannedSideFile {
  readonly path: string;
  readonly content:
    | { readonly kind: 'text'; readonly text: string }
    /** Copied from a model's file while running. */
    | { readonly kind: 'copy'; readonly model: number; readonly path: string; readonly sizeBytes: number };
}

export interface MergePlan {
  readonly formatVersion: 1;
  readonly recipeText: string;
  readonly method: string;
  readonly seed: number;
  readonly outDtype: OutputDtype | null;
  readonly models: readonly PlannedModel[];
  /** In the order they are merged: the order of the leading input's files. */
  readonly tensors: readonly PlannedTensor[];
  readonly shards: readonly PlannedShard[];
  readonly sideFiles: readonly PlannedSideFile[];
  readonly totals: PlanTotals;
  readonly warnings: readonly string[];
}

export interface PlanTotals {
  /** Weight bytes fetched; every byte once. */
  readonly fetchBytes: number;
  readonly writeBytes: number;
  /** Largest single tensor's spool, when some tensor does not fit the budget twice; 0 otherwise. Known for the default budget. */
  readonly spoolBytes: number;
  readonly parameterCount: number;
  readonly layerCount: number;
}
