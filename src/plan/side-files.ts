/** The small files of the output directory that are known before the run. */

import { isOutputDtype, type OutputDtype } from '../base/dtype.ts';
import { libraryOf } from '../model/config-keys.ts';
import { indexJson, type OutputLayout } from '../safetensors/layout.ts';
import type { PlanContext } from './context.ts';
import { chooseSideFiles } from './directory/carried-files.ts';
import { type OutputConfig, type OutputStack, outputConfig, type SourceLayer } from './directory/config.ts';
import { configText } from './directory/config-text.ts';
import { combineLicences } from './directory/licences.ts';
import { modelCard } from './directory/model-card.ts';
import type { ExpandedTensor } from './expand.ts';
import type { ResolvedRecipe, ResolvedSlice } from './resolve.ts';
import type { PlannedSideFile, PlannedTensor } from './types.ts';

interface Merged {
  readonly resolved: ResolvedRecipe;
  readonly expanded: readonly ExpandedTensor[];
  readonly tensors: readonly Pick<PlannedTensor, 'dtype' | 'elementCount'>[];
}

interface Output extends Merged {
  /** The recipe's. */
  readonly text: string;
  readonly tensors: readonly PlannedTensor[];
  readonly layout: OutputLayout;
  readonly context: PlanContext;
}

/** config.json, the donor's tokenizer and other files, model card, recipe, and the index of several shards. */
export function planSideFiles(output: Output): {
  readonly files: readonly PlannedSideFile[];
  readonly warnings: readonly string[];
} {
  const { text, resolved, tensors, layout, context } = output;
  const donor = resolved.models[resolved.donor];
  if (donor === undefined) return { files: [], warnings: [] };
  const { models, intermediates } = context;
  const opened = models.indexOf(intermediates.get(donor)?.donor ?? donor);
  const { config, warnings: configWarnings } = outputConfigOf(output);
  const { carried, warnings: sideWarnings } = chooseSideFiles(donor.sideFiles);
  const licence = combineLicences(models.map(({ ref, card }) => ({ ref, license: card.license })));
  // Weights without a config stay without one: whatever loads them tells them by their names.
  const hasConfig = Object.keys(donor.config).length > 0;
  const texts: [path: string, text: string][] = [
    ...(hasConfig ? [['config.json', configText(config, donor.configText)] as [string, string]] : []),
    ['README.md', cardText(output, licence)],
    ['mergekit_config.yml', text],
  ];
  const index = indexJson(layout, tensors);
  if (index !== null) texts.push(['model.safetensors.index.json', index]);
  const copies = carried.map(({ path, sizeBytes }): PlannedSideFile => {
    return { path, content: { kind: 'copy', model: opened, path, sizeBytes } };
  });
  return {
    files: [...texts.map(([path, text]) => ({ path, content: { kind: 'text', text } }) as const), ...copies],
    warnings: [...configWarnings, ...sideWarnings, ...(licence.warning === null ? [] : [licence.warning])],
  };
}

/** The donor's config, made true to what is merged; warnings in plain words. */
export function outputConfigOf(merged: Merged): OutputConfig {
  const { resolved, tensors } = merged;
  return outputConfig(resolved.models[resolved.donor]?.config ?? {}, {
    stacks: stacksOf(resolved),
    ...vocabularyOf(merged),
    dtype: commonDtype(tensors),
  });
}

function cardText(
  { text, resolved, tensors, context }: Output,
  licence: ReturnType<typeof combineLicences>,
): string {
  const { method, recipe } = resolved;
  const { models } = context;
  const baseRef = method.inputs.base === 'member' ? null : (recipe.baseModel?.text ?? null);
  const merged = models.filter(({ ref }) => ref !== baseRef);
  const donor = resolved.models[resolved.donor];
  const names = merged.map(({ ref }) => ref.split('/').at(-1) ?? ref);
  return modelCard({
    library: donor === undefined ? null : libraryOf(donor.config),
    title: `${method.title} of ${names.join(' and ')}`,
    method,
    base: models.find(({ ref }) => ref === baseRef) ?? null,
    models: merged,
    recipeText: text,
    dtype: commonDtype(tensors),
    licence,
  });
}

/** For each module, which layer of which config every output layer comes from: the base's, else the first source's. */
function stacksOf({ modules, slices }: ResolvedRecipe): OutputStack[] {
  return modules.map(({ part, slices: indexes }) => ({
    isMain: part.isMain,
    layerCount: part.layerCount,
    layerCountKey: part.layerCountKey,
    sourceLayers: indexes.flatMap((index) => sourceLayersOf(slices[index])),
  }));
}

function sourceLayersOf(slice: ResolvedSlice | undefined): SourceLayer[] {
  const source = slice?.sources[slice.base ?? 0];
  if (slice === undefined || source === undefined) return [];
  const { config } = source.checkpoint;
  return Array.from({ length: slice.layerCount }, (_, layer) => ({
    config,
    layer: source.layers[0] + layer,
    layerCount: source.part.layerCount,
  }));
}

/** Rows of the embedding that is written, and whether no head is. */
function vocabularyOf({ expanded, resolved }: Merged): {
  readonly vocabularySize: number | null;
  readonly tied: boolean | null;
} {
  let vocabularySize: number | null = null;
  let hasHead = false;
  for (const tensor of expanded) {
    const lead = tensor.inputs[tensor.base ?? 0];
    const sources = resolved.slices[tensor.slice]?.sources ?? [];
    const structures = sources.map(({ checkpoint }) => checkpoint.structure);
    if (structures.some(({ headName }) => headName === tensor.name)) hasHead = true;
    if (structures.some(({ embeddingName }) => embeddingName === tensor.name)) {
      vocabularySize = lead?.tensor.shape[0] ?? null;
    }
  }
  return { vocabularySize, tied: vocabularySize === null ? null : !hasHead };
}

/** The dtype of most float elements. */
function commonDtype(tensors: Merged['tensors']): OutputDtype | null {
  const counts = new Map<OutputDtype, number>();
  for (const { dtype, elementCount } of tensors) {
    if (isOutputDtype(dtype)) counts.set(dtype, (counts.get(dtype) ?? 0) + elementCount);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
