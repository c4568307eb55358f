/** Why models do not fit each other, in plain words, from configs and headers. */

import type { Checkpoint } from './types.ts';

const MAX_NAMED = 2;

/**
 * For each model's `ref`, how it differs from the first of `models` (put the base first); empty when it fits.
 * A difference is not always an error: a stack of layers may come from models of unequal depth.
 */
export function misfits(models: readonly Checkpoint[]): Map<string, string[]> {
  const [reference] = models;
  const result = new Map<string, string[]>();
  for (const model of models) {
    if (reference === undefined || result.has(model.ref)) continue;
    result.set(model.ref, model.ref === reference.ref ? [] : differences(model, reference));
  }
  return result;
}

function differences(model: Checkpoint, reference: Checkpoint): string[] {
  const a = model.structure;
  const b = reference.structure;
  const words: string[] = [];
  const differ = (what: string, own: string | number | null, other: string | number | null) => {
    if (own === other) return;
    words.push(`${what} ${own ?? 'unknown'}, but ${reference.ref} has ${other ?? 'unknown'}`);
  };
  differ('model type', a.modelType, b.modelType);
  if (a.modelType === b.modelType) differ('architecture', a.architecture, b.architecture);
  differ('hidden size', a.hiddenSize, b.hiddenSize);
  differ('layers', a.layerCount, b.layerCount);
  differ('vocabulary', a.vocabularySize, b.vocabularySize);
  words.push(...tensorDifferences(model, reference));
  return words;
}

/** Compares templates rather than names, so that a difference in depth is told once, as such. */
function tensorDifferences(model: Checkpoint, reference: Checkpoint): string[] {
  const own = shapesByTemplate(model);
  const other = shapesByTemplate(reference);
  const extra = [...own.keys()].filter((template) => !other.has(template));
  const lacking = [...other.keys()].filter((template) => !own.has(template));
  const reshaped = [...own]
    .filter(
      ([template, shape]) =>
        (other.get(template) ?? shape) !== shape && !isVocabularyOnly(template, model, reference),
    )
    .map(
      ([template, shape]) =>
        `${template} is [${shape}] here and [${other.get(template)}] in ${reference.ref}`,
    );
  return [
    ...(extra.length > 0 ? [`has ${listed(extra)}, which ${reference.ref} lacks`] : []),
    ...(lacking.length > 0 ? [`lacks ${listed(lacking)}, which ${reference.ref} has`] : []),
    ...(reshaped.length > 0 ? [`unequal shapes: ${listed(reshaped)}`] : []),
  ];
}

/** Unequal vocabularies are told once, not again for every tensor they size. */
function isVocabularyOnly(template: string, model: Checkpoint, reference: Checkpoint): boolean {
  if (!model.structure.vocabularyTensors.includes(template)) return false;
  const columns = (checkpoint: Checkpoint) => checkpoint.tensors.get(template)?.shape.slice(1).join(', ');
  return columns(model) === columns(reference);
}

function shapesByTemplate({ tensors, places }: Checkpoint): Map<string, string> {
  const shapes = new Map<string, string>();
  for (const { name, shape } of tensors.values()) {
    const template = places.get(name)?.template ?? name;
    if (!shapes.has(template)) shapes.set(template, shape.join(', '));
  }
  return shapes;
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, MAX_NAMED).join('; ');
  return items.length > MAX_NAMED ? `${shown}; and ${items.length - MAX_NAMED} more` : shown;
}
