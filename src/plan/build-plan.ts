/** Puts a plan together once nothing stands against it: order, layout, parameters, side files and totals. */

import { type Dtype, isInputDtype, type OutputDtype, RECIPE_DTYPES, writableDtypeOf } from '../base/dtype.ts';
import { LIMITS } from '../base/limits.ts';
import { maskKey } from '../kernels/shared/philox.ts';
import type { Checkpoint } from '../model/types.ts';
import type { ParsedRecipe, Recipe } from '../recipe/types.ts';
import { elementCount } from '../safetensors/header.ts';
import { layOut, type OutputLayout } from '../safetensors/layout.ts';
import { clusterTensors } from './clusters.ts';
import { NOMINAL_ENGINE, spoolBytesOf } from './cost.ts';
import type { ExpandedTensor } from './expand.ts';
import type { Findings } from './findings.ts';
import { methodInputsOf } from './method-inputs.ts';
import { reportRefusal, type TensorValues, valuesOf } from './parameters.ts';
import type { ResolvedRecipe, ResolvedSource } from './resolve.ts';
import { planSideFiles } from './side-files.ts';
import type { MergePlan, PlannedInput, PlannedModel, PlannedTensor } from './types.ts';

/** A tensor before the layout gives it a place. */
type Unplaced = Omit<PlannedTensor, 'shard' | 'offset' | 'sizeBytes'>;

/**
 * `dtype` of the output's floats; null keeps each tensor in the dtype of its base, else of its first input, where a merge
 * can write that.
 */
function outputDtype(recipe: Recipe): OutputDtype | null {
  const name = recipe.outDtype ?? recipe.dtype;
  return name === null ? null : RECIPE_DTYPES[name];
}

/**
 * The plan, or null with problems when parameters are missing or refused. Warnings about the output's small files are
 * added to `warnings`. Throws `CannotMerge` when the output cannot be laid out.
 */
export function buildPlan(
  parsed: ParsedRecipe,
  resolved: ResolvedRecipe,
  expanded: readonly ExpandedTensor[],
  findings: Findings,
): { readonly plan: MergePlan; readonly warnings: readonly string[] } | null {
  const { recipe, method, models } = resolved;
  const outDtype = outputDtype(recipe);
  const ordered = inReadingOrder(expanded, resolved);
  const unplaced = ordered.map((tensor) => planTensor(tensor, resolved, outDtype, findings));
  if (findings.hasErrors) return null;
  const layout = layOut(unplaced, recipe.outShardSizeBytes);
  const tensors = unplaced.flatMap((tensor, index): PlannedTensor[] => {
    const placement = layout.placements[index];
    return placement === undefined ? [] : [{ ...tensor, ...placement }];
  });
  const side = planSideFiles({ parsed, resolved, expanded, tensors, layout });
  const plan: MergePlan = {
    formatVersion: 1,
    recipeText: parsed.text,
    method: method.name,
    seed: recipe.seed,
    outDtype,
    models: models.map(plannedModel),
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

/** In the order of the leading input's files, so that reads go forward; equal places keep the output's order. */
function inReadingOrder(expanded: readonly ExpandedTensor[], resolved: ResolvedRecipe): ExpandedTensor[] {
  const fileRanks = resolved.models.map(
    ({ weightFiles }) => new Map(weightFiles.map(({ path }, rank) => [path, rank])),
  );
  const keyed = expanded.map((tensor) => {
    const input = tensor.inputs[tensor.base ?? 0];
    const model = resolved.slices[tensor.slice]?.sources[input?.source ?? -1]?.model ?? 0;
    const file = fileRanks[model]?.get(input?.tensor.file ?? '') ?? 0;
    return { tensor, model, file, start: input?.tensor.start ?? 0 };
  });
  keyed.sort((a, b) => a.model - b.model || a.file - b.file || a.start - b.start);
  return keyed.map(({ tensor }) => tensor);
}

function planTensor(
  tensor: ExpandedTensor,
  resolved: ResolvedRecipe,
  outDtype: OutputDtype | null,
  findings: Findings,
): Unplaced {
  const { method } = resolved;
  const slice = resolved.slices[tensor.slice];
  const lead = tensor.inputs[tensor.base ?? 0];
  const shape = lead?.tensor.shape ?? [];
  const leadDtype: Dtype = lead?.tensor.dtype ?? 'F32';
  const isFloat = isInputDtype(leadDtype);
  const isMerged = isFloat && !tensor.isCopy && slice !== undefined;
  const values = isMerged ? valuesOf(tensor, slice, resolved, findings) : null;
  const inputs = plannedInputs(tensor, slice?.sources ?? [], values, resolved.recipe.seed);
  const planned: Omit<Unplaced, 'readsTwice' | 'wholeRows'> = {
    name: tensor.name,
    shape,
    dtype: isMerged
      ? (outDtype ?? writableDtypeOf(leadDtype))
      : isFloat
        ? (outDtype ?? leadDtype)
        : leadDtype,
    elementCount: elementCount(shape) ?? 0,
    // Integer tensors keep the base's values, so it goes first.
    inputs: isFloat || tensor.base === null ? inputs : baseFirst(inputs, tensor.base),
    base: isFloat ? tensor.base : null,
    globalParameters: values?.globals ?? {},
    program: isMerged ? 'method' : isFloat ? 'copy' : 'copyEqual',
  };
  if (values === null || findings.hasErrors) return { ...planned, readsTwice: false, wholeRows: null };
  const methodInputs = methodInputsOf(planned);
  reportRefusal(resolved, methodInputs, values.path, findings);
  if (method.copies?.(methodInputs)) {
    const once = { readsTwice: false, wholeRows: null };
    return { ...planned, dtype: outDtype ?? leadDtype, program: 'copy', ...once };
  }
  return {
    ...planned,
    readsTwice: method.readsTwice(methodInputs),
    wholeRows: method.wholeRows?.(methodInputs) ?? null,
  };
}

function plannedInputs(
  tensor: ExpandedTensor,
  sources: readonly ResolvedSource[],
  values: TensorValues | null,
  seed: number,
): PlannedInput[] {
  const timesUsed = new Map<string, number>();
  return tensor.inputs.flatMap((input, index): PlannedInput[] => {
    const source = sources[input.source];
    if (source === undefined) return [];
    const { ref } = source.checkpoint;
    const use = (timesUsed.get(ref) ?? 0) + 1;
    timesUsed.set(ref, use);
    const { name, file, dtype, start, end } = input.tensor;
    return [
      {
        model: source.model,
        tensor: name,
        file,
        dtype,
        start,
        end,
        parameters: values?.models[index] ?? {},
        // A model that stands in a slice twice has a mask for each place.
        maskKey: maskKey(seed, use === 1 ? ref : `${ref}#${use}`, tensor.name),
      },
    ];
  });
}

function baseFirst(inputs: readonly PlannedInput[], base: number): PlannedInput[] {
  return [...inputs.slice(base, base + 1), ...inputs.slice(0, base), ...inputs.slice(base + 1)];
}
