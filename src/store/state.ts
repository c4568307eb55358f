/** Everything the page knows, as one immutable value; how it changes is in the actions beside this file. */

import type { WireError } from '../base/errors.ts';
import type { CheckReport, EngineReport, LocalModel, ModelCard, RunStatus } from '../engine/protocol.ts';
import type { Colours } from './colours.ts';
import { FIRST_EXAMPLE } from './examples.ts';
import { type Draft, EMPTY_HISTORY, type History } from './history.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';

/** The text is the only state of a recipe; the name is what runs are called. */
export interface RecipeSlice extends Draft {
  readonly history: History;
}

export interface CheckSlice {
  readonly phase: 'checking' | 'done' | 'failed';
  /** The latest report, kept while a newer check runs so that cards and cost do not flicker. */
  readonly report: CheckReport | null;
  /** The text `report` speaks of. */
  readonly reportText: string | null;
  /** The models last seen: a text that makes no sense for a moment names none, and their cards should stay. */
  readonly models: readonly ModelCard[];
  /** Why the check itself failed (not the recipe's problems). */
  readonly error: WireError | null;
}

/** A model as the Hub's search lists it. */
export interface HubModel {
  /** `owner/name` */
  readonly id: string;
  readonly downloads: number;
  readonly likes: number;
  readonly license: string | null;
  readonly parameterCount: number | null;
  readonly gated: boolean;
  readonly private: boolean;
}

export interface SearchSlice {
  readonly query: string;
  readonly phase: 'idle' | 'searching' | 'done' | 'failed';
  readonly results: readonly HubModel[];
  readonly error: WireError | null;
}

/** A folder opened in this or an earlier visit; `ask` when the browser wants the person to grant it again. */
export interface LocalFolder {
  readonly model: LocalModel;
  readonly permission: 'granted' | 'ask';
}

export interface ModelsSlice {
  readonly search: SearchSlice;
  readonly locals: readonly LocalFolder[];
  readonly colours: Colours;
}

export interface RunsSlice {
  /** Newest first. */
  readonly list: readonly RunStatus[];
  readonly selected: string | null;
  /** True from pressing Merge until the run exists. */
  readonly starting: boolean;
  /** Runs with an action under way (pausing, cancelling, saving), to show it at once. */
  readonly busy: ReadonlyMap<string, string>;
}

export interface EngineSlice {
  readonly report: EngineReport | null;
  readonly error: WireError | null;
}

export interface User {
  readonly name: string;
}

export interface SessionSlice {
  /** Sent to the endpoint's origin only; never stored, logged or put in a link. */
  readonly token: string | null;
  /** Known after signing in; a pasted token has no name. */
  readonly user: User | null;
}

/** A message that comes by itself and goes again. */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'error';
  readonly text: string;
}

export interface GraftState {
  readonly recipe: RecipeSlice;
  readonly check: CheckSlice;
  readonly models: ModelsSlice;
  readonly runs: RunsSlice;
  readonly engine: EngineSlice;
  readonly settings: Settings;
  readonly session: SessionSlice;
  readonly notice: Notice | null;
}

export const INITIAL_STATE: GraftState = {
  recipe: { text: FIRST_EXAMPLE.text, name: FIRST_EXAMPLE.title, history: EMPTY_HISTORY },
  check: { phase: 'checking', report: null, reportText: null, models: [], error: null },
  models: {
    search: { query: '', phase: 'idle', results: [], error: null },
    locals: [],
    colours: new Map(),
  },
  runs: { list: [], selected: null, starting: false, busy: new Map() },
  engine: { report: null, error: null },
  settings: DEFAULT_SETTINGS,
  session: { token: null, user: null },
  notice: null,
};
