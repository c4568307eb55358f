/** What the page says about the recipe, derived from the last check. */

import type { CheckReport } from '../engine/protocol.ts';
import type { Problem } from '../recipe/types.ts';
import type { GraftState } from './state.ts';

export type RecipeStatus =
  | { readonly kind: 'checking' }
  /** The check itself could not run. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'ready'; readonly warnings: number }
  | { readonly kind: 'problems'; readonly count: number };

export function recipeStatus(state: Pick<GraftState, 'recipe' | 'check'>): RecipeStatus {
  const { check, recipe } = state;
  if (check.phase === 'failed')
    return { kind: 'failed', message: check.error?.message ?? 'The check failed.' };
  if (check.phase === 'checking' || check.report === null || check.reportText !== recipe.text) {
    return { kind: 'checking' };
  }
  const count = errorCount(check.report);
  if (count > 0) return { kind: 'problems', count };
  return { kind: 'ready', warnings: check.report.problems.length + check.report.warnings.length };
}

/** Errors that keep the recipe from running; a model that failed to open counts where no problem speaks of it. */
function errorCount(report: CheckReport): number {
  const problems = report.problems.filter((problem) => problem.severity === 'error').length;
  if (problems > 0) return problems;
  const failed = report.models.filter((model) => model.state === 'failed').length;
  return failed > 0 ? failed : report.cost === null ? 1 : 0;
}

/** The chip's words. */
export function statusWords(status: RecipeStatus): string {
  switch (status.kind) {
    case 'checking':
      return 'Checking';
    case 'failed':
      return 'Check failed';
    case 'problems':
      return counted(status.count, 'problem');
    case 'ready':
      return status.warnings === 0 ? 'Ready' : `Ready, ${counted(status.warnings, 'warning')}`;
  }
}

/** The problem to jump to: the first error, else the first warning. */
export function firstProblem(report: CheckReport | null): Problem | null {
  const problems = report?.problems ?? [];
  return problems.find((problem) => problem.severity === 'error') ?? problems[0] ?? null;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
