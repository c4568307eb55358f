/** Actions on models: the Hub's search, and folders on this machine. */

import { toWire } from '../base/errors.ts';
import type { LocalModel } from '../engine/protocol.ts';
import { localName } from '../recipe/model-ref.ts';
import { type ActionContext, patch, say, sayError } from './context.ts';
import { readLocals } from './locals.ts';
import type { LocalFolder, SearchSlice } from './state.ts';

const SEARCH_DELAY_MS = 250;
/** One letter matches everything and helps nobody. */
const MIN_QUERY = 2;

export interface ModelActions {
  search(query: string): void;
  /** Adds a folder; returns the name recipes use for it. */
  openFolder(content: LocalModel['content'], name: string): Promise<string>;
  forgetFolder(name: string): Promise<void>;
  /** Asks the browser for permission again; must run in a click. */
  grantFolder(name: string): Promise<void>;
  recallFolders(): Promise<void>;
}

export function modelActions(context: ActionContext, recheck: () => Promise<void>): ModelActions {
  const { store, services } = context;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inFlight: AbortController | null = null;

  const setSearch = (fields: Partial<SearchSlice>) =>
    patch(context, 'models', { search: { ...store.getState().models.search, ...fields } });

  const find = async (query: string) => {
    const control = new AbortController();
    inFlight = control;
    const { settings, session } = store.getState();
    try {
      const results = await services.searchModels(query, {
        endpoint: settings.endpoint,
        token: session.token,
        signal: control.signal,
      });
      if (inFlight === control) setSearch({ phase: 'done', results });
    } catch (error) {
      if (inFlight === control) setSearch({ phase: 'failed', results: [], error: toWire(error) });
    }
  };

  const setLocals = async (locals: readonly LocalFolder[]) => {
    patch(context, 'models', { locals });
    const handles = locals.flatMap(({ model: { name, content } }) =>
      content.kind === 'handle' ? [{ name, handle: content.handle }] : [],
    );
    await services.memory.write('locals', handles);
    await recheck();
  };

  return {
    search(query) {
      clearTimeout(timer);
      inFlight?.abort();
      inFlight = null;
      const wanted = query.trim();
      if (wanted.length < MIN_QUERY) {
        setSearch({ query, phase: 'idle', results: [], error: null });
        return;
      }
      setSearch({ query, phase: 'searching', error: null });
      timer = setTimeout(() => void find(wanted), SEARCH_DELAY_MS);
    },

    async openFolder(content, typedName) {
      const name = localName(typedName);
      const others = store.getState().models.locals.filter((folder) => folder.model.name !== name);
      await setLocals([...others, { model: { name, content }, permission: 'granted' }]);
      say(context, `Opened ${name}. Recipes name it ${name}.`);
      return name;
    },

    forgetFolder: (name) =>
      setLocals(store.getState().models.locals.filter((folder) => folder.model.name !== name)),

    async grantFolder(name) {
      const folder = store.getState().models.locals.find((candidate) => candidate.model.name === name);
      if (folder?.model.content.kind !== 'handle') return;
      try {
        const answer = await folder.model.content.handle.requestPermission({ mode: 'read' });
        if (answer !== 'granted') {
          say(context, `Without your permission ${name} cannot be read.`, 'error');
          return;
        }
        await setLocals(
          store
            .getState()
            .models.locals.map((each) =>
              each === folder ? { ...each, permission: 'granted' as const } : each,
            ),
        );
      } catch (error) {
        sayError(context, error);
      }
    },

    async recallFolders() {
      patch(context, 'models', { locals: await readLocals(await services.memory.read('locals')) });
    },
  };
}
