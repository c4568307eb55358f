/** Panel sizes as they are remembered: for each group, percent by panel; and which panels are folded away. */

import { PANELS, type PanelId } from '../view.ts';

export interface Layouts {
  readonly rows?: Readonly<Record<string, number>>;
  readonly columns?: Readonly<Record<string, number>>;
  readonly folded?: readonly PanelId[];
}

/** Stored sizes; a group whose stored value is not one gets its defaults. */
export function readLayouts(stored: unknown): Layouts {
  if (typeof stored !== 'object' || stored === null) return {};
  const { rows, columns, folded } = stored as Record<string, unknown>;
  const readRows = readGroup(rows, ['columns', 'runs']);
  const readColumns = readGroup(columns, ['models', 'recipe', 'inspect']);
  return {
    ...(readRows === null ? {} : { rows: readRows }),
    ...(readColumns === null ? {} : { columns: readColumns }),
    ...(Array.isArray(folded) ? { folded: PANELS.filter((panel) => folded.includes(panel)) } : {}),
  };
}

function readGroup(stored: unknown, panels: readonly string[]): Record<string, number> | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const sizes = panels.map((panel): [string, unknown] => [panel, (stored as Record<string, unknown>)[panel]]);
  if (!sizes.every((entry): entry is [string, number] => Number.isFinite(entry[1]))) return null;
  return Object.fromEntries(sizes);
}
