/** Edits of the recipe's YAML through its document tree, so that comments, order and spelling elsewhere survive. */

import { Document, isMap, isScalar, isSeq, YAMLMap } from 'yaml';
import { readYaml } from '../recipe/bounded-yaml.ts';

/** Lines are never re-wrapped: folding somebody's long comment or chat template is not our edit to make. */
const WRITE = { lineWidth: 0, flowCollectionPadding: false, indentSeq: true } as const;

/** A sequence at its key's own indent, as PyYAML and so most model cards write it. */
const FLUSH_SEQUENCE = /^[\w-]+:[ \t]*\n- /m;

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
  else if (models === undefined || models === '') document.set('models', document.createNode([entry]));
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
  const reading = readYaml(text);
  if (reading.kind === 'read' && reading.errors.length === 0 && reading.documents.length > 1) {
    const documents = reading.documents.map((document) => document.toString(WRITE));
    return documents.map((each, at) => (at === 0 ? each : each.replace(/^(?!---)/, '---\n'))).join('');
  }
  const document = editable(text);
  return document === null ? null : document.toString(WRITE);
}

function editable(text: string): Document | null {
  const reading = readYaml(text);
  if (reading.kind === 'refused' || reading.errors.length > 0 || reading.documents.length > 1) return null;
  const document: Document = reading.documents[0] ?? new Document(null, { schema: 'failsafe' });
  if (document.contents === null) document.contents = new YAMLMap();
  return isMap(document.contents) ? document : null;
}

/** New entries take the parameter names their neighbours have, at the neighbour's values: a start to edit from. */
function parametersLike(models: unknown): { parameters?: Record<string, string> } {
  if (!isSeq(models)) return {};
  const last = models.items.at(-1);
  const parameters = isMap(last) ? last.get('parameters') : undefined;
  if (!isMap(parameters)) return {};
  const copied = new Map<string, string>();
  for (const { key, value } of parameters.items) {
    if (isScalar(key) && isScalar(value)) copied.set(String(key.value), String(value.value));
  }
  return copied.size === 0 ? {} : { parameters: Object.fromEntries(copied) };
}

/** The document in the layout it came in, as far as the library can: only what was edited should differ. */
function write(document: Document, before: string): string {
  const written = document.toString({ ...WRITE, indentSeq: !FLUSH_SEQUENCE.test(before) });
  return before.endsWith('\n') || before === '' ? written : written.replace(/\n$/, '');
}
