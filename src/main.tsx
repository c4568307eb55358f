/** The composition root: the one place that knows every layer. Builds the services, brings back what was remembered, draws. */

import { createRoot } from 'react-dom/client';
import { createEngineClient } from './engine/client.ts';
import { decodeRecipeLink, encodeRecipeLink } from './recipe/share-link.ts';
import { searchModels } from './sources/search-hub.ts';
import { downloadFile } from './storage/download-file.ts';
import { requestPersistence } from './storage/quota.ts';
import { saveToFolder } from './storage/save-to-folder.ts';
import { say, sayError } from './store/context.ts';
import { browserMemory } from './store/memory.ts';
import { createGraft } from './store/store.ts';
import { App } from './ui/app.tsx';
import { createAutomation } from './ui/automation.ts';
import { arriveSignedIn, leaveToSignIn, oauthClientId } from './ui/sign-in.ts';
import { createView } from './ui/view.ts';

/** As many as fit the list without scrolling far; the Hub sorts them by downloads. */
const SEARCH_LIMIT = 20;

const engine = createEngineClient();
const memory = browserMemory();
const services = {
  engine,
  memory,
  searchModels: (query: string, options: { endpoint: string; token: string | null; signal: AbortSignal }) =>
    searchModels({ ...options, query, limit: SEARCH_LIMIT }),
  saveToFolder,
  recipeLink: async (text: string) => location.origin + location.pathname + (await encodeRecipeLink(text)),
  offerDownload: downloadFile,
  copyText: (text: string) => navigator.clipboard.writeText(text),
  keepStorage: requestPersistence,
  now: Date.now,
};
const graft = createGraft(services);
const { store, actions } = graft;
const clientId = oauthClientId();
const signIn = clientId === null ? null : () => leaveToSignIn(clientId, hubUrl());

const DETECT_ENGINES_MS = 1_000;

window.graft = createAutomation(graft, engine, start());

async function start(): Promise<void> {
  await actions.recall();
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root.');
  createRoot(root).render(<App services={{ ...graft, memory, signIn, view: createView() }} />);
  await openLink();
  window.addEventListener('hashchange', () => void openLink());
  await signedIn();
  detectEnginesLater();
  await Promise.all([actions.watchRuns(), actions.check()]);
}

/**
 * Trying the engines compiles shaders, so it waits until the page stands, and keeps out of a run's way; a run that wants
 * the faster engine has them tried itself.
 */
function detectEnginesLater(): void {
  setTimeout(() => {
    if (store.getState().runs.list.some(({ state }) => state === 'running')) detectEnginesLater();
    else void actions.detectEngines();
  }, DETECT_ENGINES_MS);
}

/** A recipe that came with the address replaces the text as one step that can be undone. */
async function openLink(): Promise<void> {
  const text = await decodeRecipeLink(location.hash);
  if (text === null) return;
  actions.importRecipe(text, 'shared recipe');
  history.replaceState(null, '', location.pathname + location.search);
}

async function signedIn(): Promise<void> {
  try {
    const session = await arriveSignedIn(hubUrl());
    if (session === null) return;
    actions.setToken(session.token, { name: session.name });
    say({ store, services }, `Signed in as ${session.name}.`);
  } catch (error) {
    sayError({ store, services }, error);
  }
}

function hubUrl(): string {
  return store.getState().settings.endpoint;
}
