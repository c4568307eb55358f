/** Whether a method gets the models it needs: its base, and how many besides. Known from the recipe's text alone. */

import type { MethodDefinition } from '../methods/types.ts';
import type { NodePath, OutputSlice, Recipe, RecipeDraft, SourceEntry } from '../recipe/types.ts';
import type { Findings } from './findings.ts';
import { addTopLevel, removeLine } from './fixes.ts';

type Inputs = Pick<Recipe, 'baseModel' | 'slices'>;

/** Reports what can be said of the inputs; models and bases that could not be read are neither missing nor counted. */
export function checkInputs(draft: RecipeDraft, method: MethodDefinition, findings: Findings): void {
  if (draft.gaps.has('base') || !checkBaseModel(draft, method, findings)) return;
  if (draft.gaps.has('sources')) return;
  for (const slice of draft.slices) checkCounts(draft, slice, method, findings);
}

/** What the recipe's base means to the method, before any slice is looked at. */
export function checkBaseModel(recipe: Inputs, method: MethodDefinition, findings: Findings): boolean {
  const first = recipe.slices[0]?.sources[0]?.model.text;
  const lacksBase = recipe.slices.some((slice) => (slice.baseModel ?? recipe.baseModel) === null);
  if (method.inputs.base === 'required' && lacksBase) {
    findings.add(
      'missing-base-model',
      ['merge_method'],
      `\`${method.name}\` needs a \`base_model\`: the model that the others were fine-tuned from or are measured against.`,
      { fixes: first === undefined ? [] : [addTopLevel(findings, 'base_model', first)] },
    );
    return false;
  }
  const takesWhole = recipe.slices.some(({ form }) => form === 'models');
  if (method.inputs.base === 'forbidden' && takesWhole && recipe.baseModel !== null) {
    findings.add(
      'base-model-forbidden',
      ['base_model'],
      `\`${method.name}\` copies one model and has no base. Remove \`base_model\`.`,
      { of: 'key', fixes: [removeLine(findings, ['base_model'], 'base_model')] },
    );
    return false;
  }
  return true;
}

/** The sources of a slice and which of them is the base; null for methods that keep no base apart, and without one. */
export function inputsOf(
  recipe: Inputs,
  slice: OutputSlice,
  method: MethodDefinition,
): { readonly entries: readonly SourceEntry[]; readonly base: number | null } {
  const baseRef = slice.baseModel ?? recipe.baseModel;
  const entries = [...slice.sources];
  // mergekit 0.1.4: with `models:` the base always takes part; in slices it must be listed.
  if (
    slice.form === 'models' &&
    baseRef !== null &&
    entries.every(({ model }) => model.text !== baseRef.text)
  ) {
    entries.push({ model: baseRef, layerRange: null, parameters: new Map(), path: ['base_model'] });
  }
  const keepsBase = method.inputs.base === 'required' || method.inputs.base === 'optional';
  const baseIndex = entries.findIndex(({ model }) => model.text === baseRef?.text);
  return { entries, base: keepsBase && baseIndex >= 0 ? baseIndex : null };
}

/** False, with a problem, when a slice has too few or too many models for the method, or lacks its base. */
export function checkCounts(
  recipe: Inputs,
  slice: OutputSlice,
  method: MethodDefinition,
  findings: Findings,
): boolean {
  const { inputs, name } = method;
  const { entries, base } = inputsOf(recipe, slice, method);
  const path: NodePath = [...slice.path, slice.form === 'models' ? 'models' : 'sources'];
  const place = slice.form === 'slices' ? 'This slice' : slice.module === null ? 'The recipe' : 'This module';
  if (inputs.base === 'required' && base === null) {
    // One source alone is copied where the method is a blend of the base and another (mergekit 0.1.4).
    if (entries.length === 1 && inputs.max === 1) return true;
    const baseRef = (slice.baseModel ?? recipe.baseModel)?.text ?? '';
    findings.add(
      'base-model-not-a-source',
      path,
      `\`${name}\` needs the base model among the sources of every slice. Add ${baseRef} with its layer_range.`,
      { of: 'key' },
    );
    return false;
  }
  const count = entries.length - (base === null ? 0 : 1);
  const isLoneBase = slice.form === 'slices' && base !== null && count === 0;
  if ((count >= inputs.min && count <= inputs.max) || isLoneBase) return true;
  const besides = base === null ? '' : ' besides the base model';
  const wanted = inputs.min === inputs.max ? `exactly ${inputs.min}` : `at least ${inputs.min}`;
  const unit = inputs.min === 1 ? 'model' : 'models';
  findings.add('model-count', path, `\`${name}\` takes ${wanted} ${unit}${besides}. ${place} has ${count}.`, {
    of: 'key',
  });
  return false;
}
