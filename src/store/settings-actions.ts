/** Actions on settings and the session. What changes how models are found or run asks for a new check. */

import { toWire } from '../base/errors.ts';
import { type ActionContext, patch } from './context.ts';
import { clampBudget, readEndpoint, readSettings, type Settings } from './settings.ts';
import type { User } from './state.ts';

export interface SettingsActions {
  setTheme(theme: Settings['theme']): void;
  setEngine(engine: Settings['engine']): void;
  setBudget(bytes: number): void;
  /** False when the text is no address a hub can have. */
  setEndpoint(typed: string): boolean;
  /** Null forgets it. Held in memory only. */
  setToken(token: string | null, user?: User | null): void;
  recallSettings(): Promise<void>;
  /** Asks the engine which devices there are. */
  detectEngines(): Promise<void>;
  dismissNotice(): void;
}

export function settingsActions(context: ActionContext, recheck: () => Promise<void>): SettingsActions {
  const { store, services } = context;

  const set = (fields: Partial<Settings>) => {
    patch(context, 'settings', fields);
    void services.memory.write('settings', store.getState().settings);
  };

  return {
    setTheme: (theme) => set({ theme }),
    setEngine(engine) {
      set({ engine });
      void recheck();
    },
    setBudget(bytes) {
      set({ budgetBytes: clampBudget(bytes) });
      void recheck();
    },
    setEndpoint(typed) {
      const endpoint = readEndpoint(typed);
      if (endpoint === null) return false;
      if (endpoint === store.getState().settings.endpoint) return true;
      // A token was given for one hub; another must not see it.
      patch(context, 'session', { token: null, user: null });
      set({ endpoint });
      void recheck();
      return true;
    },
    setToken(token, user = null) {
      const trimmed = token?.trim() ?? '';
      patch(context, 'session', trimmed === '' ? { token: null, user: null } : { token: trimmed, user });
      void recheck();
    },
    async recallSettings() {
      store.setState({ settings: readSettings(await services.memory.read('settings')) });
    },
    async detectEngines() {
      try {
        patch(context, 'engine', { report: await services.engine.engines(), error: null });
      } catch (error) {
        patch(context, 'engine', { error: toWire(error) });
      }
    },
    dismissNotice: () => store.setState({ notice: null }),
  };
}
