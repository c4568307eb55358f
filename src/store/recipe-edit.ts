/** Edits of the recipe's YAML through its document tree, so that comments, order and spelling elsewhere survive. */

import { type Document, isMap, isSeq, parseDocument, YAMLMap } from 'yaml';
import { LIMITS } from '../base/limits.ts';

/** Lines are never re-wrapped: folding somebody's long comment or chat template is not our edit to make. */
const WRITE = { lineWidth: 0, indentSeq: true } as const;

/**
 * The recipe with one more model at the end of `models:` (or a first one). Null when the text does not parse as a
 * mapping or builds its output from `slices:`, where a place has to be chosen by hand.
 */
export function addModel(text: string, ref: string): string | null {
  const document = editable(text);
  if (document === null || document.has('slices') || document.has('modules')) return null;
  const models = document.get('models');
  const entry = document.createNode({ model: ref, ...parametersLike(models) });
  if (isSeq(models)) models.add(entry);
  else if (models === undefined || models === null) document.set('models', document.createNode([entry]));
  else return null;
  return write(document, text);
}

/** The recipe with `base_model: ref`. Null when the text does not parse as a mapping. */
export function setBaseModel(text: string, ref: string): string | null {
  const document = editable(text);
  if (document === null) return null;
  document.set('base_model', ref);
  return write(document, text);
}

/** The same recipe in the house layout (two spaces, sequences indented). Null when the text has YAML errors. */
export function formatRecipe(text: string): string | null {
  const document = editable(text);
  return document === null ? null : write(document, text);
}

function editable(text: string): Document | null {
  if (text.length > LIMITS.recipeChars) return null;
  const document: Document = parseDocument(text);
  if (document.errors.length > 0) return null;
  if (document.contents === null) document.contents = new YAMLMap();
  return isMap(document.contents) ? document : null;
}

/** New entries take the parameter names their neighbours have, at the neighbour's values: a start to edit from. */
function parametersLike(models: unknown): { parameters?: Record<string, number> } {
  if (!isSeq(models)) return {};
  const last = models.items.at(-1);
  const parameters = isMap(last) ? last.get('parameters') : undefined;
  if (!isMap(parameters)) return {};
  const copied = new Map<string, number>();
  for (const pair of parameters.items) {
    const value: unknown = parameters.get(pair.key);
    if (typeof value === 'number') copied.set(String(pair.key), value);
  }
  return copied.size === 0 ? {} : { parameters: Object.fromEntries(copied) };
}

function write(document: Document, before: string): string {
  const written = document.toString(WRITE);
  return before.endsWith('\n') || before === '' ? written : written.replace(/\n$/, '');
}
