/** One undo history for the recipe: named steps over whole drafts, whatever changed them (keyboard, menu, card). */

export interface Draft {
  readonly text: string;
  readonly name: string;
}

/** A draft to return to. */
export interface HistoryStep extends Draft {
  /** What the step did, as the undo button says it: `Typing`, `Added quill/add`. */
  readonly label: string;
  /** Milliseconds since the epoch of the step's latest change. */
  readonly at: number;
}

export interface History {
  /** Oldest first; the last one is what undo takes back. */
  readonly past: readonly HistoryStep[];
  /** The last one is what redo brings back. */
  readonly future: readonly HistoryStep[];
}

export const EMPTY_HISTORY: History = { past: [], future: [] };

export const TYPING = 'Typing';
export const RENAMING = 'Rename';

/** Steps made letter by letter. */
const JOINING: readonly string[] = [TYPING, RENAMING];

/** A pause this long begins a new typing step; shorter and undo would go letter by letter. */
const TYPING_PAUSE_MS = 1000;

/** 200 steps of a 2 KB recipe are 0.4 MB in IndexedDB; the second bound keeps long recipes from multiplying. */
const MAX_STEPS = 200;
const MAX_CHARS = 2_000_000;

/** Records that `before` was just replaced. Consecutive typing joins into one step; any edit forgets the redo side. */
export function record(history: History, before: Draft, label: string, now: number): History {
  const last = history.past.at(-1);
  if (JOINING.includes(label) && last?.label === label && now - last.at < TYPING_PAUSE_MS) {
    return { past: [...history.past.slice(0, -1), { ...last, at: now }], future: [] };
  }
  return {
    past: bounded([...history.past, { label, text: before.text, name: before.name, at: now }]),
    future: [],
  };
}

export interface Moved {
  readonly history: History;
  readonly draft: Draft;
  readonly label: string;
}

/** The draft before the last step; null when there is nothing to undo. */
export function undo(history: History, current: Draft): Moved | null {
  const step = history.past.at(-1);
  if (step === undefined) return null;
  return {
    history: {
      past: history.past.slice(0, -1),
      future: [...history.future, { ...step, ...only(current) }],
    },
    draft: only(step),
    label: step.label,
  };
}

/** The draft that the last undo took back; null when there is none. */
export function redo(history: History, current: Draft): Moved | null {
  const step = history.future.at(-1);
  if (step === undefined) return null;
  return {
    history: {
      past: [...history.past, { ...step, ...only(current), at: 0 }],
      future: history.future.slice(0, -1),
    },
    draft: only(step),
    label: step.label,
  };
}

/** A stored history, or null when what was stored is not one. */
export function readHistory(stored: unknown): History | null {
  if (!isRecord(stored)) return null;
  const past = readSteps(stored.past);
  const future = readSteps(stored.future);
  return past === null || future === null ? null : { past: bounded(past), future: bounded(future) };
}

function readSteps(stored: unknown): HistoryStep[] | null {
  if (!Array.isArray(stored)) return null;
  const steps: HistoryStep[] = [];
  for (const step of stored as readonly unknown[]) {
    if (!isRecord(step)) return null;
    const { label, text, name, at } = step;
    if (typeof label !== 'string' || typeof text !== 'string') return null;
    if (typeof name !== 'string' || typeof at !== 'number') return null;
    steps.push({ label, text, name, at });
  }
  return steps;
}

function only({ text, name }: Draft): Draft {
  return { text, name };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function bounded(steps: readonly HistoryStep[]): HistoryStep[] {
  const kept: HistoryStep[] = [];
  let chars = 0;
  for (const step of steps.slice(-MAX_STEPS).reverse()) {
    chars += step.text.length;
    if (chars > MAX_CHARS && kept.length > 0) break;
    kept.push(step);
  }
  return kept.reverse();
}
