/** The calls of the check worker. */
import type { MergePlan } from '../plan/types.ts';
import type { CheckReport, CheckRequest, RecipeExport } from './protocol.ts';

export interface Checked {
  readonly report: CheckReport;
  /** Null while an error stands. */
  readonly plan: MergePlan | null;
}

export type CheckCalls = {
  check: { input: CheckRequest; output: CheckReport };
  /** The same check, answering the plan as well. */
  plan: { input: CheckRequest; output: Checked };
  /** The recipe in mergekit's terms. */
  export: { input: CheckRequest; output: RecipeExport };
};

/** `ready` once the worker has loaded; `parsed` once a recipe's text is, after which the worker cannot be stuck. */
export type CheckEvent = 'ready' | 'parsed';
