/** The small files of the output directory that are known before the run. */

import { isOutputDtype, type OutputDtype } from '../base/dtype.ts';
import type { ParsedRecipe } from '../recipe/types.ts';
import { indexJson, type OutputLayout } from '../safetensors/layout.ts';
import { outputConfig, type SourceLayer } from './directory/config.ts';
import { configText } from './directory/config-text.ts';
import { combineLicences } from './directory/licences.ts';
import { modelCard } from './directory/model-card.ts';
import { chooseSideFiles } from './directory/side-files.ts';
import type { ExpandedTensor } from './expand.ts';
import type { ResolvedRecipe } from './resolve.ts';
import type { PlannedSideFile, PlannedTensor } from './types.ts';

interface Output {
  readonly parsed: ParsedRecipe;
  readonly resolved: ResolvedRecipe;
  readonly expanded: readonly ExpandedTensor[];
  readonly tensors: readonly PlannedTensor[];
  readonly layout: OutputLayout;
}

/** config.json, the donor's tokenizer and other files, model card, recipe, and the index of several shards. */
export function planSideFiles(output: Output): {
  readonly files: readonly PlannedSideFile[];
  readonly warnings: readonly string[];
} {
  const { parsed, resolved, tensors, layout } = output;
  const donor = resolved.models[resolved.donor];
  if (donor === undefined) return { files: [], warnings: [] };
  const dtype = commonDtype(tensors);
  const { config, warnings: configWarnings } = outputConfig(donor.config, {
    structure: donor.structure,
    sourceLayers: sourceLayersOf(resolved),
    ...vocabularyOf(output),
    dtype,
  });
  const { carried, warnings: sideWarnings } = chooseSideFiles(donor.sideFiles);
  const licence = combineLicences(resolved.models.map(({ ref, card }) => ({ ref, license: card.license })));
  const texts: [path: string, text: string][] = [
    ['config.json', configText(config, donor.configText)],
    ['README.md', cardText(output, dtype, licence)],
    ['mergekit_config.yml', parsed.text],
  ];
  const index = indexJson(layout, tensors);
  if (index !== null) texts.push(['model.safetensors.index.json', index]);
  const copies = carried.map(({ path, sizeBytes }): PlannedSideFile => {
    return { path, content: { kind: 'copy', model: resolved.donor, path, sizeBytes } };
  });
  return {
    files: [...texts.map(([path, text]) => ({ path, content: { kind: 'text', text } }) as const), ...copies],
    warnings: [...configWarnings, ...sideWarnings, ...(licence.warning === null ? [] : [licence.warning])],
  };
}

function cardText(
  { parsed, resolved }: Output,
  dtype: OutputDtype | null,
  licence: ReturnType<typeof combineLicences>,
): string {
  const { method, models, recipe } = resolved;
  const baseRef = method.inputs.base === 'member' ? null : (recipe.baseModel?.text ?? null);
  const merged = models.filter(({ ref }) => ref !== baseRef);
  const names = merged.map(({ ref }) => ref.split('/').at(-1) ?? ref);
  return modelCard({
    title: `${method.title} of ${names.join(' and ')}`,
    method,
    base: models.find(({ ref }) => ref === baseRef) ?? null,
    models: merged,
    recipeText: parsed.text,
    dtype,
    licence,
  });
}

/** Which layer of which config every output layer comes from: the base's, else the first source's. */
function sourceLayersOf({ slices }: ResolvedRecipe): SourceLayer[] {
  return slices.flatMap(({ sources, base, layerCount }) => {
    const source = sources[base ?? 0];
    if (source === undefined) return [];
    const { config, structure } = source.checkpoint;
    return Array.from({ length: layerCount }, (_, layer) => ({
      config,
      layer: source.layers[0] + layer,
      layerCount: structure.layerCount,
    }));
  });
}

/** Rows of the embedding that is written, and whether no head is. */
function vocabularyOf({ expanded, resolved }: Output): {
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
function commonDtype(tensors: readonly PlannedTensor[]): OutputDtype | null {
  const counts = new Map<OutputDtype, number>();
  for (const { dtype, elementCount } of tensors) {
    if (isOutputDtype(dtype)) counts.set(dtype, (counts.get(dtype) ?? 0) + elementCount);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
