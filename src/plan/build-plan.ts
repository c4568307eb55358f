/** Puts a plan together once nothing stands against it: order, layout, parameters, side files and totals. */

import { LIMITS } from '../base/limits.ts';
import type { Checkpoint } from '../model/types.ts';
import type { RecipeDocument } from '../recipe/types.ts';
import { layOut, type OutputLayout } from '../safetensors/layout.ts';
import { clusterTensors } from './clusters.ts';
import type { PlanContext } from './context.ts';
import { NOMINAL_ENGINE, spoolBytesOf } from './cost.ts';
import type { ExpandedTensor } from './expand.ts';
import type { Findings } from './findings.ts';
import { outputDtype, planTensors } from './plan-tensor.ts';
import type { ResolvedRecipe } from './resolve.ts';
import { planSideFiles } from './side-files.ts';
import type { MergePlan, PlannedModel, PlannedTensor } from './types.ts';

/**
 * The plan, or null with problems when parameters are missing or refused. Warnings about the output's small files are
 * added to `warnings`. Throws `CannotMerge` when the output cannot be laid out.
 */
export function buildPlan(
  document: RecipeDocument,
  resolved: ResolvedRecipe,
  expanded: readonly ExpandedTensor[],
  context: PlanContext,
  findings: Findings,
): { readonly plan: MergePlan; readonly warnings: readonly string[] } | null {
  const { recipe, method } = resolved;
  const unplaced = planTensors(resolved, expanded, context, findings);
  if (findings.hasErrors) return null;
  const layout = layOut(unplaced, recipe.outShardSizeBytes);
  const tensors = unplaced.flatMap((tensor, index): PlannedTensor[] => {
    const placement = layout.placements[index];
    return placement === undefined ? [] : [{ ...tensor, ...placement }];
  });
  const side = planSideFiles({ text: document.text, resolved, expanded, tensors, layout, context });
  const plan: MergePlan = {
    formatVersion: 1,
    recipeText: document.text,
    method: method.name,
    seed: recipe.seed,
    outDtype: outputDtype(recipe),
    models: context.models.map(plannedModel),
    tensors,
    shards: layout.shards,
    sideFiles: side.files,
    totals: totalsOf(tensors, layout, resolved),
    warnings: [...findings.warnings, ...side.warnings],
  };
  return { plan, warnings: side.warnings };
}

function plannedModel({ ref, origin, weightFiles }: Checkpoint): PlannedModel {
  return {
    ref,
    origin,
    files: weightFiles.map(({ sha256, ...file }) => ({
      ...file,
      ...(sha256 === null ? {} : { sha256 }),
    })),
  };
}

function totalsOf(
  tensors: readonly PlannedTensor[],
  layout: OutputLayout,
  resolved: ResolvedRecipe,
): MergePlan['totals'] {
  return {
    fetchBytes: clusterTensors(tensors).reduce((sum, { fetchBytes }) => sum + fetchBytes, 0),
    writeBytes: layout.tensorBytes,
    spoolBytes: spoolBytesOf({ tensors }, { budgetBytes: LIMITS.budgetBytes, engine: NOMINAL_ENGINE }),
    parameterCount: tensors.reduce((sum, tensor) => sum + tensor.elementCount, 0),
    layerCount: layerCountOf(resolved),
  };
}

/** Layers of the decoder that is written; those of towers beside it are not counted. */
function layerCountOf({ modules, slices }: ResolvedRecipe): number {
  return modules
    .filter(({ part }) => part.isMain)
    .flatMap((module) => module.slices)
    .reduce((sum, index) => sum + (slices[index]?.layerCount ?? 0), 0);
}
