/** A recipe with its models at hand: sources with checkpoints and layer ranges, and which of them is the base. */

import type { MethodDefinition } from '../methods/types.ts';
import { findModule, type ModelModule, modulesOf } from '../model/modules.ts';
import type { Checkpoint } from '../model/types.ts';
import type { NodePath, OutputSlice, Recipe, RecipeModule, SourceEntry } from '../recipe/types.ts';
import { checkBaseModel, checkCounts, inputsOf } from './check-inputs.ts';
import { checkModules } from './check-modules.ts';
import type { Findings } from './findings.ts';

export type ModelPart = Omit<ModelModule, 'aliases'>;

export interface ResolvedSource {
  readonly entry: SourceEntry;
  readonly checkpoint: Checkpoint;
  /** Index into `ResolvedRecipe.models`. */
  readonly model: number;
  /** The module of it that the slice is about; the whole model in recipes without `modules`. */
  readonly part: ModelPart;
  /** `[start, end)` of the part's own layers. */
  readonly layers: readonly [number, number];
}

export interface ResolvedSlice {
  readonly slice: OutputSlice;
  readonly sources: readonly ResolvedSource[];
  /** Index of the base among the sources; null for methods that keep no base apart, and for lone sources. */
  readonly base: number | null;
  readonly layerCount: number;
}

/** The slices that one part of the output is made of, from bottom to top. */
export interface ResolvedModule {
  /** Null in recipes without `modules`. */
  readonly module: RecipeModule | null;
  /** The part as the donor has it. */
  readonly part: ModelPart;
  /** Indexes into `ResolvedRecipe.slices`. */
  readonly slices: readonly number[];
}

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  readonly method: MethodDefinition;
  /** Every model the recipe names, in the order of `modelRefsOf`. */
  readonly models: readonly Checkpoint[];
  /** Index of the model whose config and tokenizer the output takes: the base, else the first listed. */
  readonly donor: number;
  readonly slices: readonly ResolvedSlice[];
  readonly modules: readonly ResolvedModule[];
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
  const donor = indexes.get((recipe.baseModel ?? recipe.slices[0]?.sources[0]?.model)?.text ?? '') ?? 0;
  const donorModel = models[donor];
  if (donorModel === undefined || !checkModules(recipe, donorModel, findings)) return null;
  const slices = recipe.slices.flatMap(
    (slice) => resolveSlice({ recipe, slice, method, models, indexes }, findings) ?? [],
  );
  if (slices.length < recipe.slices.length) return null;
  return { recipe, method, models, donor, slices, modules: groupModules(slices, donorModel) };
}

function groupModules(slices: readonly ResolvedSlice[], donor: Checkpoint): ResolvedModule[] {
  const groups = new Map<RecipeModule | null, number[]>();
  for (const [index, { slice }] of slices.entries()) {
    const group = groups.get(slice.module);
    if (group === undefined) groups.set(slice.module, [index]);
    else group.push(index);
  }
  return [...groups].flatMap(([module, indexes]) => {
    const part = partOf(donor, module);
    return part === null ? [] : [{ module, part, slices: indexes }];
  });
}

/** The part of a model that a module means; all of it without one. Null when it has no such module. */
function partOf(checkpoint: Checkpoint, module: RecipeModule | null): ModelPart | null {
  if (module !== null) return findModule(modulesOf(checkpoint), module.name);
  const { places, structure } = checkpoint;
  const { layerCount, layerCountKey } = structure;
  return { name: 'default', isMain: true, layerCount, layerCountKey, places };
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
  const { module } = context.slice;
  const part = partOf(checkpoint, module);
  if (part === null) {
    findings.add(
      'unknown-module',
      modelPath(entry),
      `${checkpoint.ref} has no module \`${module?.name ?? ''}\`. Merge models of one kind, or leave it out here.`,
    );
    return null;
  }
  const { layerCount } = part;
  const layers = entry.layerRange ?? ([0, layerCount] as const);
  const [start, end] = layers;
  if (end > layerCount) {
    findings.add(
      'layer-range-outside',
      [...entry.path, 'layer_range'],
      `[${start}, ${end}] reaches past the layers of ${nameOf(checkpoint, module)}, which has ${layerCount}: a range may go from 0 to ${layerCount}, its end not included.`,
    );
    return null;
  }
  return { entry, checkpoint, model, part, layers };
}

function nameOf({ ref }: Checkpoint, module: RecipeModule | null): string {
  return module === null ? ref : `the ${module.name} of ${ref}`;
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
