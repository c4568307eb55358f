/** Puts the store together: initial state, and the actions over it and the services it was given. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ActionContext, StoreServices } from './context.ts';
import { readHistory } from './history.ts';
import { type ModelActions, modelActions } from './model-actions.ts';
import { type RecipeActions, recipeActions } from './recipe-actions.ts';
import { type RunActions, runActions } from './run-actions.ts';
import { type SettingsActions, settingsActions } from './settings-actions.ts';
import { type GraftState, INITIAL_STATE, type RecipeSlice } from './state.ts';

export interface GraftActions extends RecipeActions, ModelActions, RunActions, SettingsActions {
  /** Brings back what earlier visits left: settings, recipe with its history, folders. Call before the first paint. */
  recall(): Promise<void>;
}

export interface Graft {
  readonly store: StoreApi<GraftState>;
  readonly actions: GraftActions;
}

export function createGraft(services: StoreServices): Graft {
  const store = createStore<GraftState>(() => INITIAL_STATE);
  const context: ActionContext = { store, services };
  const recipe = recipeActions(context);
  const settings = settingsActions(context, recipe.check);
  const models = modelActions(context, recipe.check);
  const runs = runActions(context);
  const recall = async () => {
    await Promise.all([settings.recallSettings(), models.recallFolders()]);
    const remembered = readRecipe(await services.memory.read('recipe'));
    if (remembered !== null) store.setState({ recipe: remembered });
  };
  return { store, actions: { ...recipe, ...settings, ...models, ...runs, recall } };
}

function readRecipe(stored: unknown): RecipeSlice | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { text, name, history } = stored as Record<string, unknown>;
  const steps = readHistory(history);
  if (typeof text !== 'string' || typeof name !== 'string' || steps === null) return null;
  return { text, name, history: steps };
}
