/** Actions on the recipe: every change of the text goes through `edit`, so history, check and memory agree. */

import { isGraftError, toWire } from '../base/errors.ts';
import { assignColours } from './colours.ts';
import { type ActionContext, patch, runSettings, say, sayError, sourceSettings } from './context.ts';
import { EXAMPLES } from './examples.ts';
import { type Draft, type Moved, RENAMING, record, redo, TYPING, undo } from './history.ts';
import { addModel, formatRecipe, setBaseModel } from './recipe-edit.ts';

/** Long enough to skip the middle of a word, short enough to feel immediate. */
export const CHECK_DELAY_MS = 150;
const REMEMBER_DELAY_MS = 400;

export interface RecipeActions {
  /** Replaces the text; `label` names the undo step. Equal text changes nothing. */
  edit(text: string, label?: string): void;
  undo(): void;
  redo(): void;
  rename(name: string): void;
  loadExample(id: string): void;
  /** A recipe from a file, a paste or a link. */
  importRecipe(text: string, name: string): void;
  format(): void;
  addModel(ref: string): Promise<void>;
  setBaseModel(ref: string): Promise<void>;
  /** Checks now; resolves when the state holds the outcome. */
  check(): Promise<void>;
  /** Checks again, and asks anew for models that could not be opened. */
  retryModels(): Promise<void>;
  share(): Promise<void>;
  /** Downloads the recipe as plain mergekit YAML; says why when that is not possible. */
  exportForMergekit(): Promise<void>;
}

export function recipeActions(context: ActionContext): RecipeActions {
  const { store, services } = context;
  let checkTimer: ReturnType<typeof setTimeout> | undefined;
  let rememberTimer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;

  const remember = () => {
    clearTimeout(rememberTimer);
    rememberTimer = setTimeout(() => {
      void services.memory.write('recipe', store.getState().recipe);
    }, REMEMBER_DELAY_MS);
  };

  const recheckSoon = () => {
    patch(context, 'check', { phase: 'checking', error: null });
    clearTimeout(checkTimer);
    checkTimer = setTimeout(() => void check(), CHECK_DELAY_MS);
  };

  /** Every change of text or name, as one step. */
  const change = (fields: Partial<Draft>, label: string) => {
    const { recipe } = store.getState();
    const next = { text: recipe.text, name: recipe.name, ...fields };
    if (next.text === recipe.text && next.name === recipe.name) return;
    patch(context, 'recipe', { ...next, history: record(recipe.history, recipe, label, services.now()) });
    remember();
    if (next.text !== recipe.text) recheckSoon();
  };

  const edit = (typed: string, label = TYPING) => change({ text: withPlainLineEnds(typed) }, label);

  const move = (moved: Moved | null, verb: string) => {
    if (moved === null) return;
    patch(context, 'recipe', { ...moved.draft, history: moved.history });
    say(context, `${verb}: ${moved.label}`);
    remember();
    recheckSoon();
  };

  const check = async (again = false): Promise<void> => {
    clearTimeout(checkTimer);
    const turn = ++latest;
    const state = store.getState();
    const { text } = state.recipe;
    patch(context, 'check', { phase: 'checking', error: null });
    try {
      const request = { text, sources: sourceSettings(state), run: runSettings(state), again };
      const report = await services.engine.check(request);
      if (turn !== latest) return;
      const makesSense =
        report.models.length > 0 || report.problems.every(({ severity }) => severity !== 'error');
      patch(context, 'check', {
        phase: 'done',
        report,
        reportText: text,
        ...(makesSense ? { models: report.models } : {}),
      });
      const { colours } = store.getState().models;
      const base = report.models.find((model) => model.isBase)?.ref ?? null;
      const refs = report.models.map((model) => model.ref);
      if (refs.length > 0) patch(context, 'models', { colours: assignColours(colours, refs, base) });
    } catch (error) {
      if (turn !== latest) return;
      // Somebody else's check (a script's) took this one's place; ask again once it had its turn.
      if (isGraftError(error, 'Cancelled')) checkTimer = setTimeout(() => void check(again), CHECK_DELAY_MS);
      else patch(context, 'check', { phase: 'failed', error: toWire(error) });
    }
  };

  /** Where the document tree offers no place, the name goes to the clipboard and the person decides. */
  const place = async (ref: string, edited: string | null, label: string) => {
    if (edited !== null) {
      edit(edited, label);
      say(context, `${label}.`);
      return;
    }
    try {
      await services.copyText(ref);
      say(
        context,
        `Copied ${ref}: this recipe has no plain list of models to add it to, so paste it where it belongs.`,
      );
    } catch (error) {
      sayError(context, error);
    }
  };

  return {
    edit,
    check: () => check(),
    retryModels: () => check(true),
    undo: () => move(undo(store.getState().recipe.history, store.getState().recipe), 'Undone'),
    redo: () => move(redo(store.getState().recipe.history, store.getState().recipe), 'Redone'),
    rename: (name) => change({ name }, RENAMING),
    loadExample(id) {
      const example = EXAMPLES.find((candidate) => candidate.id === id);
      if (example === undefined) return;
      change({ text: example.text, name: example.title }, `Example ${example.title}`);
    },
    importRecipe(text, name) {
      const plain = withPlainLineEnds(text);
      if (name === '') change({ text: plain }, 'Import recipe');
      else change({ text: plain, name }, `Import ${name}`);
      say(context, name === '' ? 'Recipe imported.' : `Imported ${name}.`);
    },
    format() {
      const formatted = formatRecipe(store.getState().recipe.text);
      if (formatted === null)
        say(context, 'The recipe has YAML errors; formatting waits until they are fixed.');
      else edit(formatted, 'Format');
    },
    addModel: (ref) => place(ref, addModel(store.getState().recipe.text, ref), `Added ${ref}`),
    setBaseModel: (ref) => place(ref, setBaseModel(store.getState().recipe.text, ref), `Base model ${ref}`),
    async exportForMergekit() {
      try {
        const state = store.getState();
        const { text, name } = state.recipe;
        const { engine, offerDownload } = services;
        const request = { text, sources: sourceSettings(state), run: runSettings(state) };
        const { text: exported, notes } = await engine.exportForMergekit(request);
        const fileName = `${fileStem(name)}.mergekit.yml`;
        offerDownload(new File([exported], fileName, { type: 'application/yaml' }), fileName);
        say(context, [`Exported ${fileName}.`, ...notes].join(' '));
      } catch (error) {
        sayError(context, error);
      }
    },
    async share() {
      try {
        await services.copyText(await services.recipeLink(store.getState().recipe.text));
        say(context, 'Link copied. It carries the whole recipe; no weights and no token.');
      } catch (error) {
        sayError(context, error);
      }
    },
  };
}

/** One character per line end, so that offsets mean the same in the editor, the parser and the problems. */
function withPlainLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** A name that any file system takes. */
function fileStem(name: string): string {
  const stem = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^[.-]+|[.-]+$/g, '');
  return stem === '' ? 'recipe' : stem;
}
