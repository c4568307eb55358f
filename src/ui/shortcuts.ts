/** Keyboard shortcuts of the page. The editor's own stand in its command palette (F1). */

import { useEffect } from 'react';
import type { Problem } from '../recipe/types.ts';
import { useUi } from './context.ts';
import { useMerge } from './topbar/merge-button.tsx';
import { goTo, PANELS, revealProblem } from './view.ts';

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
const MOD = isMac ? '⌘' : 'Ctrl';

export const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly what: string }[] = [
  { keys: [MOD, 'Enter'], what: 'Merge' },
  { keys: [MOD, 'Z'], what: 'Undo' },
  { keys: [MOD, 'Shift', 'Z'], what: 'Redo' },
  { keys: ['F8'], what: 'Next problem' },
  { keys: ['Alt', '1 … 4'], what: 'Go to Models, Recipe, Inspect, Runs' },
  { keys: ['?'], what: 'This help' },
  { keys: ['Ctrl', 'Space'], what: 'Complete, in the editor' },
  { keys: [MOD, '.'], what: 'Quick fix, in the editor' },
  { keys: ['Ctrl', 'M'], what: 'Let Tab leave the editor' },
  { keys: ['F1'], what: 'All commands of the editor' },
];

/** Listens on the window, before the editor does for the few keys both know. */
export function useShortcuts(): void {
  const { store, actions, view } = useUi();
  const merge = useMerge();
  useEffect(() => {
    const act = (event: KeyboardEvent): boolean => {
      const mod = isMac ? event.metaKey : event.ctrlKey;
      if (view.getState().dialog !== null) return false;
      if (mod && event.key === 'Enter') merge();
      else if (event.key === 'F8') {
        const next = nextProblem(store.getState().check.report?.problems ?? [], view.getState().reveal);
        if (next === null) return false;
        revealProblem(view, next);
      } else if (event.altKey && !mod && /^Digit[1-4]$/.test(event.code)) {
        const panel = PANELS[Number(event.code.slice(-1)) - 1];
        if (panel !== undefined) goTo(view, panel);
      } else if (isTyping(event.target)) return false;
      else if (event.key === '?') view.setState({ dialog: 'help' });
      else if (mod && event.key.toLowerCase() === 'z') (event.shiftKey ? actions.redo : actions.undo)();
      else if (mod && event.key.toLowerCase() === 'y') actions.redo();
      else return false;
      return true;
    };
    const listen = (event: KeyboardEvent) => {
      if (!act(event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, [store, actions, view, merge]);
}

/** The problem after the place shown last, round to the first. */
export function nextProblem(
  problems: readonly Problem[],
  shown: { readonly line: number; readonly column: number } | null,
): Problem | null {
  const after = problems.find(
    ({ span }) =>
      shown === null || span.line > shown.line || (span.line === shown.line && span.column > shown.column),
  );
  return after ?? problems[0] ?? null;
}

/** Whether keys belong to a text: the editor's hidden field, an input, anything editable. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="textbox"]'))
  );
}
