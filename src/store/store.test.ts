import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GraftError } from '../base/errors.ts';
import type { CheckReport, ModelCard } from '../engine/protocol.ts';
import { FIRST_EXAMPLE } from './examples.ts';
import { passingMemory } from './memory.ts';
import { CHECK_DELAY_MS } from './recipe-actions.ts';
import type { HubModel } from './state.ts';
import { firstProblem, recipeStatus, statusWords } from './status.ts';
import { cancelled, EMPTY_REPORT, NEW_RUN } from './testing/fake-engine.ts';
import { testGraft } from './testing/fake-services.ts';

const COST = {
  fetchBytes: 10,
  writeBytes: 5,
  memoryBytes: 3,
  spoolBytes: 0,
  storageFits: true,
  parameterCount: 4,
  layerCount: 1,
  tensorCount: 2,
  shardCount: 1,
};
const READY: CheckReport = { ...EMPTY_REPORT, cost: COST };
const span = { start: 0, end: 1, line: 1, column: 1, endLine: 1, endColumn: 2 };
const problem = (severity: 'error' | 'warning', code: string) =>
  ({ severity, code, message: code, span, fixes: [] }) as const;
const card = (ref: string, fields: Partial<ModelCard> = {}): ModelCard => ({
  ref,
  state: 'ready',
  ...fields,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(CHECK_DELAY_MS + 1);

test('a first visit has the demo recipe, and one check makes it ready', async () => {
  const { store, actions, engine } = testGraft();
  engine.report = () => READY;
  await actions.recall();
  expect(store.getState().recipe.text).toBe(FIRST_EXAMPLE.text);
  expect(recipeStatus(store.getState())).toEqual({ kind: 'checking' });
  await actions.check();
  expect(recipeStatus(store.getState())).toEqual({ kind: 'ready', warnings: 0 });
  expect(engine.checks[0]?.sources).toMatchObject({ demo: true, token: null });
});

test('typing is checked once, after a pause, with the latest text', async () => {
  const { actions, engine } = testGraft();
  actions.edit('a');
  actions.edit('ab');
  await vi.advanceTimersByTimeAsync(CHECK_DELAY_MS - 1);
  expect(engine.checks).toHaveLength(0);
  await settle();
  expect(engine.checks.map((check) => check.text)).toEqual(['ab']);
});

test('an answer that is overtaken is dropped', async () => {
  const { store, actions, engine } = testGraft();
  const answers: ((report: CheckReport) => void)[] = [];
  engine.report = () => new Promise((resolve) => answers.push(resolve));
  const first = actions.check();
  actions.edit('new text');
  await settle();
  answers[1]?.(READY);
  answers[0]?.({ ...EMPTY_REPORT, problems: [problem('error', 'stale')] });
  await first;
  await settle();
  expect(store.getState().check.report).toEqual(READY);
});

test('a check that another caller cancelled is asked again', async () => {
  const { store, actions, engine } = testGraft();
  let turn = 0;
  engine.report = () => (turn++ === 0 ? Promise.reject(cancelled()) : READY);
  await actions.check();
  expect(store.getState().check.phase).toBe('checking');
  await settle();
  expect(recipeStatus(store.getState()).kind).toBe('ready');
});

test('cards of models stay while the text makes no sense', async () => {
  const { store, actions, engine } = testGraft();
  engine.report = () => ({ ...READY, models: [card('a')] });
  await actions.check();
  engine.report = () => ({ ...EMPTY_REPORT, problems: [problem('error', 'syntax')] });
  await actions.check();
  expect(store.getState().check.models.map(({ ref }) => ref)).toEqual(['a']);
  engine.report = () => READY;
  await actions.check();
  expect(store.getState().check.models).toEqual([]);
});

test('a check that cannot run says why', async () => {
  const { store, actions, engine } = testGraft();
  engine.report = () => Promise.reject(new GraftError('Internal', 'The worker did not start.'));
  await actions.check();
  expect(recipeStatus(store.getState())).toEqual({ kind: 'failed', message: 'The worker did not start.' });
});

test('the chip counts errors, warnings only when nothing is wrong, and models that failed to open', async () => {
  const { store, actions, engine } = testGraft();
  const words = async (report: CheckReport) => {
    engine.report = () => report;
    await actions.check();
    return statusWords(recipeStatus(store.getState()));
  };
  const problems = [problem('warning', 'w'), problem('error', 'e')];
  expect(await words({ ...EMPTY_REPORT, problems })).toBe('1 problem');
  expect(firstProblem({ ...EMPTY_REPORT, problems })?.code).toBe('e');
  expect(await words({ ...READY, warnings: ['licences differ'] })).toBe('Ready, 1 warning');
  expect(await words({ ...EMPTY_REPORT, models: [card('a', { state: 'failed' })] })).toBe('1 problem');
  expect(await words(EMPTY_REPORT)).toBe('1 problem');
});

test('a recipe is downloaded for mergekit, and a refusal is said', async () => {
  const { actions, store, engine, downloads } = testGraft();
  actions.edit('merge_method: linear');
  actions.rename('../My merge: 1');
  await actions.exportForMergekit();
  expect(downloads).toEqual(['My-merge-1.mergekit.yml']);
  expect(store.getState().notice?.text).toBe('Exported My-merge-1.mergekit.yml. Mind the paths.');
  engine.refusal = new GraftError('RecipeRefused', 'mergekit has no method `magmax`.');
  await actions.exportForMergekit();
  expect(downloads).toHaveLength(1);
  expect(store.getState().notice).toMatchObject({ tone: 'error', text: 'mergekit has no method `magmax`.' });
});

test('edits from anywhere share one undo history', async () => {
  const { store, actions } = testGraft();
  const first = store.getState().recipe.text;
  actions.edit(`${first}# more\n`);
  await actions.addModel('quill/base');
  expect(store.getState().recipe.text).toContain('- model: quill/base');
  actions.undo();
  expect(store.getState().recipe.text).toBe(`${first}# more\n`);
  expect(store.getState().notice?.text).toBe('Undone: Added quill/base');
  actions.undo();
  expect(store.getState().recipe.text).toBe(first);
  actions.undo();
  actions.redo();
  expect(store.getState().recipe.text).toBe(`${first}# more\n`);
});

test('undoing an example brings back the text and the name before it', () => {
  const { store, actions } = testGraft();
  actions.rename('mine');
  const { text } = store.getState().recipe;
  actions.loadExample('demo-linear');
  expect(store.getState().recipe.name).toContain('Linear');
  actions.undo();
  expect(store.getState().recipe).toMatchObject({ text, name: 'mine' });
});

test('line ends of another system do not shift offsets', () => {
  const { store, actions } = testGraft();
  actions.importRecipe('merge_method: ties\r\ndtype: float32\r\n', 'theirs');
  expect(store.getState().recipe).toMatchObject({
    text: 'merge_method: ties\ndtype: float32\n',
    name: 'theirs',
  });
});

test('a model that has no place in the recipe is copied instead', async () => {
  const { store, actions, copied } = testGraft();
  actions.edit('slices:\n  - sources: []\n');
  await actions.addModel('a/b');
  expect(copied).toEqual(['a/b']);
  expect(store.getState().notice?.text).toContain('Copied a/b');
});

test('recipe, history and settings come back on the next visit; the token does not', async () => {
  const memory = passingMemory();
  const first = testGraft({ memory });
  first.actions.edit('merge_method: linear\n', 'Start over');
  first.actions.rename('mine');
  first.actions.setEngine('cpu');
  first.actions.setToken('hf_secret', { name: 'ada' });
  await vi.advanceTimersByTimeAsync(1000);

  const second = testGraft({ memory });
  await second.actions.recall();
  expect(second.store.getState().recipe).toMatchObject({ text: 'merge_method: linear\n', name: 'mine' });
  expect(second.store.getState().settings.engine).toBe('cpu');
  expect(second.store.getState().session).toEqual({ token: null, user: null });
  second.actions.undo();
  second.actions.undo();
  expect(second.store.getState().recipe).toMatchObject({
    text: FIRST_EXAMPLE.text,
    name: FIRST_EXAMPLE.title,
  });
  const stored = await Promise.all(
    (['settings', 'recipe', 'locals', 'layout'] as const).map((key) => memory.read(key)),
  );
  expect(JSON.stringify(stored)).not.toContain('hf_secret');
});

test('another hub never sees the token of the first', () => {
  const { store, actions } = testGraft();
  actions.setToken('hf_secret');
  expect(actions.setEndpoint('not a hub')).toBe(false);
  expect(store.getState().session.token).toBe('hf_secret');
  expect(actions.setEndpoint('http://localhost:9000')).toBe(true);
  expect(store.getState().session.token).toBeNull();
});

test('search waits for a pause, and only the latest answer counts', async () => {
  const asked: string[] = [];
  const found = (id: string): HubModel => ({
    id,
    downloads: 1,
    likes: 1,
    license: null,
    parameterCount: null,
    gated: false,
    private: false,
  });
  const { store, actions } = testGraft({
    searchModels: (query) => {
      asked.push(query);
      return Promise.resolve([found(query)]);
    },
  });
  actions.search('q');
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([]);
  actions.search('qu');
  actions.search('qui ');
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual(['qui']);
  expect(store.getState().models.search).toMatchObject({ phase: 'done', results: [{ id: 'qui' }] });
  actions.search('');
  expect(store.getState().models.search.results).toEqual([]);
});

test('a search that fails says so', async () => {
  const { store, actions } = testGraft({
    searchModels: () => Promise.reject(new GraftError('NetworkLost', 'No connection to the hub.')),
  });
  actions.search('mistral');
  await vi.advanceTimersByTimeAsync(1000);
  expect(store.getState().models.search).toMatchObject({ phase: 'failed', error: { tag: 'NetworkLost' } });
});

test('an opened folder is part of every later request, under a name recipes can write', async () => {
  const { actions, engine } = testGraft();
  const name = await actions.openFolder({ kind: 'files', files: [] }, 'My model @ home+1');
  expect(name).toBe('local/My-model-home-1');
  await actions.check();
  expect(engine.checks.at(-1)?.sources.locals.map((local) => local.name)).toEqual([name]);
  await actions.forgetFolder(name);
  expect(engine.checks.at(-1)?.sources.locals).toEqual([]);
});

test('Merge starts the recipe under its name and selects the run', async () => {
  const { store, actions, engine } = testGraft();
  actions.rename('my merge');
  const run = await actions.merge();
  expect(engine.starts[0]).toMatchObject({ name: 'my merge', run: { engine: 'auto' } });
  expect(store.getState().runs).toMatchObject({ selected: run?.id, starting: false });
  expect(store.getState().runs.list).toHaveLength(1);
});

test('a refused start is a sentence with what to do', async () => {
  const { store, actions, engine } = testGraft();
  engine.refusal = new GraftError('StorageFull', 'The disk is full.', { fix: 'Remove old runs.' });
  expect(await actions.merge()).toBeNull();
  expect(store.getState().notice).toMatchObject({
    tone: 'error',
    text: 'The disk is full. Remove old runs.',
  });
  expect(store.getState().runs.starting).toBe(false);
});

test('runs of earlier visits are listed newest first and follow what the engine says', async () => {
  const { store, actions, engine } = testGraft();
  engine.list = [
    { ...NEW_RUN, id: 'old', createdAt: '2025-01-01T00:00:00Z', state: 'interrupted' },
    { ...NEW_RUN, id: 'new', createdAt: '2026-01-01T00:00:00Z', state: 'done' },
  ];
  await actions.watchRuns();
  expect(store.getState().runs.list.map((run) => run.id)).toEqual(['new', 'old']);
  await actions.resumeRun('old');
  expect(engine.calls).toEqual(['resume old']);
  expect(store.getState().runs.list.find((run) => run.id === 'old')?.state).toBe('running');
  await actions.removeRun('new');
  expect(store.getState().runs).toMatchObject({ selected: 'old' });
  expect(store.getState().runs.busy.size).toBe(0);
});

test('a file of a finished run is offered under its own name', async () => {
  const { actions, downloads } = testGraft();
  await actions.download('run-1', 'sub/config.json');
  expect(downloads).toEqual(['config.json']);
});

test('models keep their colours between checks and the base is neutral', async () => {
  const { store, actions, engine } = testGraft();
  engine.report = () => ({ ...READY, models: [card('base', { isBase: true }), card('a'), card('b')] });
  await actions.check();
  engine.report = () => ({ ...READY, models: [card('b')] });
  await actions.check();
  expect(store.getState().models.colours.get('b')).toBe(2);
});
