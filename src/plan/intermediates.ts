/**
 * Results of documents that other documents use: as models for the checks, and as merges inside merges for the plan.
 * They are never written. What they are rounded to before they are used is their document's own `out_dtype` or `dtype`,
 * else float32; mergekit-multi writes them and so rounds them to their models' dtype.
 */

import type { OutputDtype } from '../base/dtype.ts';
import { inferStructure } from '../model/structure.ts';
import type { Checkpoint, TensorInfo } from '../model/types.ts';
import type { Intermediate, Intermediates, PlannedRecipe, Unplaced } from './context.ts';
import { outputConfigOf } from './side-files.ts';

/** The result of a document named `name`. */
export function intermediateOf(
  name: string,
  { resolved, expanded }: PlannedRecipe,
  tensors: readonly Unplaced[],
  { dtype, known }: { readonly dtype: OutputDtype | null; readonly known: Intermediates },
): Intermediate | null {
  const donor = resolved.models[resolved.donor];
  if (donor === undefined) return null;
  const { config } = outputConfigOf({ resolved, expanded, tensors });
  const infos = tensors.map((tensor): TensorInfo => {
    const { name: tensorName, dtype: written, shape } = tensor;
    return { name: tensorName, dtype: written, shape, file: '', start: 0, end: 0 };
  });
  const checkpoint: Checkpoint = {
    ref: name,
    origin: { kind: 'local', name },
    config,
    ...(donor.configText === undefined ? {} : { configText: donor.configText }),
    tensors: new Map(infos.map((info) => [info.name, info])),
    ...inferStructure(infos, config),
    weightFiles: [],
    sideFiles: donor.sideFiles,
    card: { license: null, baseModels: [] },
    notes: [],
  };
  return {
    checkpoint,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    method: resolved.method.name,
    dtype,
    donor: known.get(donor)?.donor ?? donor,
  };
}
