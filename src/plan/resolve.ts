/** A recipe with its models at hand: sources with checkpoints and layer ranges, and which of them is the base. */

import type { MethodDefinition } from '../methods/types.ts';
import type { Checkpoint } from '../model/types.ts';
import type { ModelRef, NodePath, OutputSlice, Recipe, SourceEntry } from '../recipe/types.ts';
import type { Findings } from './findings.ts';
import { addTopLevel, removeLine } from './fixes.ts';

export interface ResolvedSource {
  readonly entry: SourceEntry;
  readonly checkpoint: Checkpoint;
  /** Index into `ResolvedRecipe.models`. */
  readonly model: number;
  /** `[start, end)` of its own layers. */
  readonly layers: readonly [number, number];
}

export interface ResolvedSlice {
  readonly slice: OutputSlice;
  readonly sources: readonly ResolvedSource[];
  /** Index of the base among the sources; null for methods that keep no base apart, and for lone sources. */
  readonly base: number | null;
  readonly layerCount: number;
}

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  readonly method: MethodDefinition;
  /** Every model the recipe names, in the order of `modelRefsOf`. */
  readonly models: readonly Checkpoint[];
  /** Index of the model whose config and tokenizer the output takes: the base, else the first listed. */
  readonly donor: number;
  readonly slices: readonly ResolvedSlice[];
}

/** The models a recipe names, each once, with the first place that names it: listed ones first, then base models. */
export function modelRefsOf(recipe: Recipe): { readonly ref: ModelRef; readonly path: NodePath }[] {
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

/**
 * Attaches the models; `models` holds all of the recipe's. Null, with problems, when a slice has the wrong number of
 * models, lacks its base, or names layers that do not exist.
 */
export function resolveRecipe(
  recipe: Recipe,
  method: MethodDefinition,
  models: readonly Checkpoint[],
  findings: Findings,
): ResolvedRecipe | null {
  if (!checkBaseModel(recipe, method, findings)) return null;
  const indexes = new Map(models.map((checkpoint, index) => [checkpoint.ref, index]));
  const slices = recipe.slices.flatMap(
    (slice) => resolveSlice({ recipe, slice, method, models, indexes }, findings) ?? [],
  );
  if (slices.length < recipe.slices.length) return null;
  const donor = indexes.get((recipe.baseModel ?? recipe.slices[0]?.sources[0]?.model)?.text ?? '') ?? 0;
  return { recipe, method, models, donor, slices };
}

/** What the recipe's base means to the method, before any slice is looked at. */
function checkBaseModel(recipe: Recipe, method: MethodDefinition, findings: Findings): boolean {
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
  if (method.inputs.base === 'forbidden' && recipe.form === 'models' && recipe.baseModel !== null) {
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

interface SliceContext {
  readonly recipe: Recipe;
  readonly slice: OutputSlice;
  readonly method: MethodDefinition;
  readonly models: readonly Checkpoint[];
  readonly indexes: ReadonlyMap<string, number>;
}

function resolveSlice(context: SliceContext, findings: Findings): ResolvedSlice | null {
  const { recipe, slice, method } = context;
  const baseRef = slice.baseModel ?? recipe.baseModel;
  const entries = [...slice.sources];
  // mergekit 0.1.4: with `models:` the base always takes part; in slices it must be listed.
  if (
    recipe.form === 'models' &&
    baseRef !== null &&
    entries.every(({ model }) => model.text !== baseRef.text)
  ) {
    entries.push({ model: baseRef, layerRange: null, parameters: new Map(), path: ['base_model'] });
  }
  const sources = entries.flatMap((entry) => resolveSource(entry, context, findings) ?? []);
  if (sources.length < entries.length) return null;
  const keepsBase = method.inputs.base === 'required' || method.inputs.base === 'optional';
  const baseIndex = entries.findIndex(({ model }) => model.text === baseRef?.text);
  const base = keepsBase && baseIndex >= 0 ? baseIndex : null;
  if (!checkCounts(context, sources, base, findings)) return null;
  const lengths = sources.map(({ layers: [start, end] }) => end - start);
  if (lengths.some((length) => length !== lengths[0])) {
    reportLengths(sources, lengths, findings);
    return null;
  }
  return { slice, sources, base, layerCount: lengths[0] ?? 0 };
}

function resolveSource(entry: SourceEntry, context: SliceContext, findings: Findings): ResolvedSource | null {
  const model = context.indexes.get(entry.model.text);
  const checkpoint = model === undefined ? undefined : context.models[model];
  if (model === undefined || checkpoint === undefined) return null;
  const { layerCount } = checkpoint.structure;
  const layers = entry.layerRange ?? ([0, layerCount] as const);
  const [start, end] = layers;
  if (end > layerCount) {
    findings.add(
      'layer-range-outside',
      [...entry.path, 'layer_range'],
      `[${start}, ${end}] reaches past the layers of ${checkpoint.ref}, which has ${layerCount}: a range may go from 0 to ${layerCount}, its end not included.`,
    );
    return null;
  }
  return { entry, checkpoint, model, layers };
}

function checkCounts(
  { recipe, slice, method }: SliceContext,
  sources: readonly ResolvedSource[],
  base: number | null,
  findings: Findings,
): boolean {
  const { inputs, name } = method;
  const path: NodePath = recipe.form === 'models' ? ['models'] : [...slice.path, 'sources'];
  const place = recipe.form === 'models' ? 'The recipe' : 'This slice';
  if (inputs.base === 'required' && base === null) {
    // One source alone is copied where the method is a blend of the base and another (mergekit 0.1.4).
    if (sources.length === 1 && inputs.max === 1) return true;
    const baseRef = (slice.baseModel ?? recipe.baseModel)?.text ?? '';
    findings.add(
      'base-model-not-a-source',
      path,
      `\`${name}\` needs the base model among the sources of every slice. Add ${baseRef} with its layer_range.`,
      { of: 'key' },
    );
    return false;
  }
  const count = sources.length - (base === null ? 0 : 1);
  const isLoneBase = recipe.form === 'slices' && base !== null && count === 0;
  if ((count >= inputs.min && count <= inputs.max) || isLoneBase) return true;
  const besides = base === null ? '' : ' besides the base model';
  const wanted = inputs.min === inputs.max ? `exactly ${inputs.min}` : `at least ${inputs.min}`;
  const unit = inputs.min === 1 ? 'model' : 'models';
  findings.add('model-count', path, `\`${name}\` takes ${wanted} ${unit}${besides}. ${place} has ${count}.`, {
    of: 'key',
  });
  return false;
}

function reportLengths(
  sources: readonly ResolvedSource[],
  lengths: readonly number[],
  findings: Findings,
): void {
  const odd = lengths.findIndex((length) => length !== lengths[0]);
  const source = sources[odd];
  const first = sources[0];
  if (source === undefined || first === undefined) return;
  const path =
    source.entry.layerRange === null ? modelPath(source.entry) : [...source.entry.path, 'layer_range'];
  findings.add(
    'unequal-layer-counts',
    path,
    `${source.checkpoint.ref} gives ${lengths[odd]} layers and ${first.checkpoint.ref} gives ${lengths[0]}. Models merged together need equally many; use \`slices\` with a \`layer_range\` to choose them.`,
  );
}

/** Where a source's reference stands in the recipe. */
export function modelPath(entry: SourceEntry): NodePath {
  return entry.path[0] === 'base_model' ? entry.path : [...entry.path, 'model'];
}
