/** A recipe with its models at hand: sources with checkpoints and layer ranges, and which of them is the base. */

import type { MethodDefinition } from '../methods/types.ts';
import type { Checkpoint } from '../model/types.ts';
import type { ModelRef, NodePath, OutputSlice, Recipe, SourceEntry } from '../recipe/types.ts';
import { checkBaseModel, checkCounts, inputsOf } from './check-inputs.ts';
import type { Findings } from './findings.ts';

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
export function modelRefsOf(
  recipe: Pick<Recipe, 'baseModel' | 'slices'>,
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

interface SliceContext {
  readonly recipe: Recipe;
  readonly slice: OutputSlice;
  readonly method: MethodDefinition;
  readonly models: readonly Checkpoint[];
  readonly indexes: ReadonlyMap<string, number>;
}

function resolveSlice(context: SliceContext, findings: Findings): ResolvedSlice | null {
  const { recipe, slice, method } = context;
  const { entries, base } = inputsOf(recipe, slice, method);
  const sources = entries.flatMap((entry) => resolveSource(entry, context, findings) ?? []);
  if (sources.length < entries.length) return null;
  if (!checkCounts(recipe, slice, method, findings)) return null;
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
