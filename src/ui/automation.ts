/**
 * `window.graft`: the page's engine for scripts and tests, in plain data. Thin over the store and the engine client; a
 * script sees the same refusals a person does, as a `WireError` thrown.
 */

import { isGraftError, toWire, type WireError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type {
  CheckReport,
  EngineClient,
  RunSettings,
  RunStatus,
  SourceSettings,
} from '../engine/protocol.ts';
import { runSettings, sourceSettings } from '../store/context.ts';
import type { Graft } from '../store/store.ts';

export interface AutomationSettings {
  readonly engine?: RunSettings['engine'];
  readonly budgetBytes?: number;
  readonly endpoint?: string;
  /** Whether the demo models that ship with the page may be named. */
  readonly demo?: boolean;
}

export interface StartSettings extends AutomationSettings {
  readonly name?: string;
}

export interface GraftAutomation {
  /** Resolves when the page is drawn and its first check is done. */
  readonly ready: Promise<void>;
  setRecipe(text: string): void;
  check(text: string, settings?: AutomationSettings): Promise<CheckReport>;
  start(text: string, settings?: StartSettings): Promise<RunStatus>;
  runs(): Promise<readonly RunStatus[]>;
  /** The latest status of a run; null when there is none of that id. */
  status(id: string): Promise<RunStatus | null>;
  pause(id: string): Promise<void>;
  resume(id: string, settings?: AutomationSettings): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Deletes a run that has ended, with its files; when it cannot, the page says why. */
  remove(id: string): Promise<void>;
  /** Starts a browser download of one file of a finished run. */
  download(id: string, path: string): Promise<void>;
}

declare global {
  interface Window {
    graft?: GraftAutomation;
  }
}

/** The page's own checks cancel ours and ours theirs; each retries, so a handful of turns settles it. */
const CHECK_TURNS = 20;

export function createAutomation(graft: Graft, engine: EngineClient, ready: Promise<void>): GraftAutomation {
  const { store, actions } = graft;

  const sources = ({ endpoint, demo }: AutomationSettings): SourceSettings => {
    const own = sourceSettings(store.getState());
    // A token was given for the page's hub and goes to no other.
    const token = endpoint === undefined || endpoint === own.endpoint ? own.token : null;
    return {
      ...own,
      token,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(demo === undefined ? {} : { demo }),
    };
  };

  const run = ({ engine: kind, budgetBytes }: AutomationSettings): RunSettings => {
    const own = runSettings(store.getState());
    return {
      engine: kind ?? own.engine,
      budgetBytes: Math.max(LIMITS.minBudgetBytes, budgetBytes ?? own.budgetBytes),
    };
  };

  const check = async (text: string, settings: AutomationSettings = {}): Promise<CheckReport> => {
    for (let turn = 1; ; turn++) {
      try {
        return await engine.check({ text, sources: sources(settings), run: run(settings) });
      } catch (error) {
        if (!isGraftError(error, 'Cancelled') || turn === CHECK_TURNS) throw error;
      }
    }
  };

  return {
    ready,
    setRecipe: (text) => actions.edit(text, 'Script'),
    check: (text, settings) => plain(check(text, settings)),
    start: (text, settings = {}) =>
      plain(
        engine.start({
          text,
          name: settings.name ?? 'script',
          sources: sources(settings),
          run: run(settings),
        }),
      ),
    runs: () => plain(engine.runs()),
    // What the page has heard is at most a tenth of a second old, and asking the engine would read its storage.
    status: async (id) =>
      store.getState().runs.list.find((run) => run.id === id) ??
      (await plain(engine.runs())).find((run) => run.id === id) ??
      null,
    pause: (id) => plain(engine.pause(id)),
    resume: (id, settings = {}) => plain(engine.resume(id, sources(settings), run(settings))),
    cancel: (id) => plain(engine.cancel(id)),
    remove: (id) => actions.removeRun(id),
    download: (id, path) => actions.download(id, path),
  };
}

/** Errors as plain data: their fields survive the way out of the page, which an Error's own do not. */
async function plain<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const wire: WireError = toWire(error);
    throw wire;
  }
}
