/** Where mergekit 0.1.4 cannot do what a recipe says, or does it otherwise, in words. */

import { BEYOND_MERGEKIT } from '../../methods/registry.ts';
import type { PlannedRecipe } from '../context.ts';
import type { ResolvedRecipe, ResolvedSlice } from '../resolve.ts';

const MERGEKIT_DTYPES: ReadonlySet<string> = new Set(['bfloat16', 'float16', 'float32']);
/** Methods whose result depends on a seed. */
const RANDOM_METHODS = /^(?:dare|della)_?/;

/** Why mergekit cannot run the recipe; empty when it can. */
export function refusalsOf({ recipe, method, models, slices }: ResolvedRecipe): string[] {
  const reasons: string[] = [];
  if (BEYOND_MERGEKIT.has(method.name)) {
    reasons.push(`mergekit has no method \`${method.name}\`. Choose one that both have, or merge here.`);
  }
  for (const dtype of new Set([recipe.dtype, recipe.outDtype])) {
    if (dtype !== null && !MERGEKIT_DTYPES.has(dtype)) {
      reasons.push(`mergekit does not write \`${dtype}\`. Choose \`bfloat16\`, \`float16\` or \`float32\`.`);
    }
  }
  for (const { ref } of models) {
    if (/^[^@/]+\/[^@/]+\//.test(ref)) {
      reasons.push(`\`${ref}\` names a single file; mergekit opens whole models. Name the model itself.`);
    }
  }
  const twice = slices.flatMap((slice) => repeatedModel(slice) ?? []);
  if (twice[0] !== undefined) {
    reasons.push(
      `\`${twice[0]}\` stands twice in one slice; mergekit would take it once. Give the second another name or place.`,
    );
  }
  return reasons;
}

/** What is different when mergekit runs the documents. */
export function differencesOf(documents: readonly PlannedRecipe[]): string[] {
  const names = new Set(documents.slice(0, -1).map(({ resolved }) => resolved.recipe.name));
  const own = documents.flatMap(({ resolved }) => differencesOfOne(resolved));
  if (names.size === 0) return [...folderNote(documents, names), ...new Set(own)];
  return [
    'Run this with mergekit-multi. It writes the named merges and rounds them to their dtype; Graft rounds them only where dtype or out_dtype says so.',
    ...folderNote(documents, names),
    ...new Set(own),
  ];
}

function folderNote(documents: readonly PlannedRecipe[], names: ReadonlySet<string | null>): string[] {
  const models = documents.flatMap(({ resolved }) => resolved.models);
  const folders = models.filter(({ ref, origin }) => origin.kind !== 'hub' && !names.has(ref));
  const refs = [...new Set(folders.map(({ ref }) => `\`${ref}\``))];
  return refs.length === 0 ? [] : [`Put the paths of the folders in place of ${refs.join(', ')}.`];
}

function differencesOfOne({ recipe, method, models, slices, modules }: ResolvedRecipe): string[] {
  const notes: string[] = [];
  if (RANDOM_METHODS.test(method.name)) {
    notes.push(
      `The random masks are others there; fix them with --random-seed ${recipe.seed} (they still depend on the machine).`,
    );
  }
  if (recipe.baseModel === null && models.length > 1) {
    notes.push(
      `Without base_model mergekit takes config and tokenizer from any of the models; here they are those of \`${models[0]?.ref}\`.`,
    );
  }
  if (recipe.form === 'modules') {
    notes.push(
      "The names of modules are those of mergekit's own list for the architecture; check them there.",
    );
  }
  const sourceCount = (index: number | undefined): number => slices[index ?? -1]?.sources.length ?? 0;
  if (modules.some(({ slices: own }) => sourceCount(own.at(-1)) > sourceCount(own[0]))) {
    notes.push(
      'mergekit leaves sources of the last slice out of the final norm and the head when it has more than the first.',
    );
  }
  return notes;
}

function repeatedModel({ sources }: ResolvedSlice): string | null {
  const refs = sources.map(({ entry }) => entry.model.text);
  return refs.find((ref, index) => refs.indexOf(ref) !== index) ?? null;
}
