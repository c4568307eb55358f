/** Collects problems while a recipe is read. */

import type { TextPositions } from './positions.ts';
import { PROBLEM_KINDS, type ProblemCode } from './problem-codes.ts';
import type { Problem, QuickFix, RecipeGap, TextSpan } from './types.ts';

/** Nobody reads more, and a hostile text could make tens of thousands. */
export const MAX_PROBLEMS = 100;
/** Values visited through aliases count every time; honest recipes have a few hundred. */
const MAX_VISITS = 50_000;

/** The problems of one text, each once, at most 100. */
export class ProblemList {
  readonly positions: TextPositions;
  /** What is written and could not be read; each gap has a problem that says so. */
  readonly gaps = new Set<RecipeGap>();
  readonly #problems = new Map<string, Problem>();
  #keepsMeaning = true;
  #visits = 0;

  constructor(positions: TextPositions) {
    this.positions = positions;
  }

  add(code: ProblemCode, span: TextSpan, message: string, fixes: readonly (QuickFix | null)[] = []): void {
    const kind = PROBLEM_KINDS[code];
    if (kind.meaning === 'lost') this.#keepsMeaning = false;
    if (this.full) return;
    const shown = this.positions.firstLine(this.#visible(span));
    const key = `${code} ${shown.start} ${shown.end} ${message}`;
    if (this.#problems.has(key)) return;
    const possible = fixes.filter((fix) => fix !== null);
    this.#problems.set(key, { severity: kind.severity, code, message, span: shown, fixes: possible });
  }

  /** True once further problems are not recorded. */
  get full(): boolean {
    return this.#problems.size >= MAX_PROBLEMS;
  }

  /** True while no problem keeps the recipe from having a meaning. */
  get keepsMeaning(): boolean {
    return this.#keepsMeaning;
  }

  /** Counts one visited value. False, with a problem at `span`, once aliases have multiplied them beyond reason. */
  visit(span: TextSpan): boolean {
    this.#visits++;
    if (this.#visits <= MAX_VISITS) return true;
    if (this.#visits === MAX_VISITS + 1) {
      this.add(
        'too-large',
        span,
        'Aliases make this recipe far larger than its text. Write it out or make it smaller.',
      );
    }
    return false;
  }

  /** In the order of the text. */
  sorted(): readonly Problem[] {
    return [...this.#problems.values()].sort(byPlace);
  }

  /** A span without characters cannot be seen: the nearest visible character before it stands in. */
  #visible(span: TextSpan): TextSpan {
    if (span.end > span.start) return span;
    const end = this.positions.text.slice(0, span.start).trimEnd().length;
    return end === 0 ? span : this.positions.span(end - 1, end);
  }
}

/** In the order of the text, the shorter of two that begin alike first. */
export function byPlace(a: Problem, b: Problem): number {
  return a.span.start - b.span.start || a.span.end - b.span.end;
}
