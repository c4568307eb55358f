/** What is open and where the eye should go: the page's own state, apart from the recipe's. Not remembered. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../recipe/types.ts';

export const PANELS = ['models', 'recipe', 'inspect', 'runs'] as const;
export type PanelId = (typeof PANELS)[number];

export const PANEL_TITLES: Readonly<Record<PanelId, string>> = {
  models: 'Models',
  recipe: 'Recipe',
  inspect: 'Inspect',
  runs: 'Runs',
};

export interface View {
  readonly dialog: 'settings' | 'help' | null;
  /** The tab shown on narrow screens; on wide ones the panel that was asked for last. */
  readonly panel: PanelId;
  /** Counts requests to focus `panel`, so that asking twice works twice. */
  readonly focusRequest: number;
  readonly recipeTab: 'visual' | 'yaml';
  /** A place in the text to show, counted as above. */
  readonly reveal: { readonly line: number; readonly column: number; readonly request: number } | null;
  /** Side panels that the person folded away. */
  readonly folded: ReadonlySet<PanelId>;
}

export type ViewStore = StoreApi<View>;

export function createView(): ViewStore {
  return createStore<View>(() => ({
    dialog: null,
    panel: 'recipe',
    focusRequest: 0,
    recipeTab: 'yaml',
    reveal: null,
    folded: new Set<PanelId>(['inspect']),
  }));
}

/** Shows a panel (unfolding it) and moves the keyboard there. */
export function goTo(view: ViewStore, panel: PanelId): void {
  view.setState(({ folded, focusRequest }) => ({
    panel,
    focusRequest: focusRequest + 1,
    folded: without(folded, panel),
  }));
}

/** Shows a panel without taking the keyboard from where it is. */
export function show(view: ViewStore, panel: PanelId): void {
  view.setState(({ folded }) => ({ panel, folded: without(folded, panel) }));
}

export function toggleFold(view: ViewStore, panel: PanelId): void {
  view.setState(({ folded }) => ({
    folded: folded.has(panel) ? without(folded, panel) : new Set([...folded, panel]),
  }));
}

/** Shows a problem's place in the YAML. */
export function revealProblem(view: ViewStore, problem: Problem): void {
  view.setState(({ reveal, folded }) => ({
    panel: 'recipe',
    recipeTab: 'yaml',
    folded: without(folded, 'recipe'),
    reveal: {
      line: problem.span.line,
      column: problem.span.column,
      request: (reveal?.request ?? 0) + 1,
    },
  }));
}

function without(folded: ReadonlySet<PanelId>, panel: PanelId): ReadonlySet<PanelId> {
  return new Set([...folded].filter((each) => each !== panel));
}
