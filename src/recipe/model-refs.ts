/** Which models a recipe names, and where. */

import type { ModelRef, NodePath, ParsedRecipe, RecipeDraft } from './types.ts';

/** The models a recipe names, each once, with the first place that names it: listed ones first, then base models. */
export function modelRefsOf(
  recipe: Pick<RecipeDraft, 'baseModel' | 'slices'>,
): { readonly ref: ModelRef; readonly path: NodePath }[] {
  const found = new Map<string, { ref: ModelRef; path: NodePath }>();
  const add = (ref: ModelRef | null, path: NodePath): void => {
    if (ref !== null && !found.has(ref.text)) found.set(ref.text, { ref, path });
  };
  for (const slice of recipe.slices) {
    for (const source of slice.sources) add(source.model, [...source.path, 'model']);
  }
  add(recipe.baseModel, ['base_model']);
  for (const slice of recipe.slices) add(slice.baseModel, [...slice.path, 'base_model']);
  return [...found.values()];
}

/** The models of all documents that must be opened, each once: what no document is named. */
export function modelsToOpen({ documents }: Pick<ParsedRecipe, 'documents'>): ModelRef[] {
  const drafts = documents.flatMap(({ draft }) => draft ?? []);
  const names = documents.length > 1 ? new Set(drafts.map(({ name }) => name)) : new Set<string>();
  const refs = new Map<string, ModelRef>();
  for (const { ref } of drafts.flatMap(modelRefsOf)) if (!names.has(ref.text)) refs.set(ref.text, ref);
  return [...refs.values()];
}
