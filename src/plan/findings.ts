/** Collects the problems found while a recipe is planned. */

import { TextPositions } from '../recipe/positions.ts';
import type { NodePath, Problem, QuickFix, RecipeDocument } from '../recipe/types.ts';
import { PLAN_PROBLEMS, type PlanProblemCode } from './problem-codes.ts';

/** Nobody reads more. */
const MAX_PROBLEMS = 100;

export interface FindingOptions {
  readonly of?: 'key' | 'value';
  readonly fixes?: readonly (QuickFix | null)[];
}

/** Problems by place; the same message at the same place is kept once. */
export class Findings {
  readonly parsed: RecipeDocument;
  readonly positions: TextPositions;
  readonly #problems = new Map<string, Problem>();
  #hasErrors = false;

  constructor(parsed: RecipeDocument) {
    this.parsed = parsed;
    this.positions = new TextPositions(parsed.text);
  }

  add(code: PlanProblemCode, path: NodePath, message: string, options: FindingOptions = {}): void {
    const severity = PLAN_PROBLEMS[code];
    if (severity === 'error') this.#hasErrors = true;
    const span = this.positions.firstLine(this.parsed.locate(path, options.of ?? 'value'));
    const key = `${code} ${span.start} ${span.end} ${message}`;
    if (this.#problems.size >= MAX_PROBLEMS || this.#problems.has(key)) return;
    const fixes = (options.fixes ?? []).filter((fix) => fix !== null);
    this.#problems.set(key, { severity, code, message, span, fixes });
  }

  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  get problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  /** Messages of the warnings, for the run and the model card. */
  get warnings(): readonly string[] {
    return this.problems.filter(({ severity }) => severity === 'warning').map(({ message }) => message);
  }
}

/** `a`, `b` and 3 more. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
