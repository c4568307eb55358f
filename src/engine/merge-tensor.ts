/** Merges one tensor (or a run of its elements) from its feeds: the method's program, then the pass that writes. */

import { type InputDtype, isInputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import type { Kernels } from '../kernels/types.ts';
import type { FinalPass, MethodDefinition } from '../methods/types.ts';
import { methodInputsOf } from '../plan/method-inputs.ts';
import { operandDtypes } from '../plan/nested.ts';
import type { PlannedTensor } from '../plan/types.ts';
import { operandFeeds } from './nested-feeds.ts';
import { type Emit, finalPass, tensorMath } from './tensor-math.ts';
import { type TileFeed, tensorTiles } from './tiles.ts';

export interface TensorJob {
  readonly tensor: PlannedTensor;
  readonly feeds: readonly TileFeed[];
  /** Whether loaded tiles stay in the engine between passes. */
  readonly keep: boolean;
  readonly emit: Emit;
  readonly warn: (text: string) => void;
}

export async function mergeTensor(kernels: Kernels, method: MethodDefinition, job: TensorJob): Promise<void> {
  const { tensor, keep, emit } = job;
  if (tensor.program === 'copyEqual') return copyEqual(job);
  const { inputs, operands } = tensor;
  const stored = operands === undefined ? inputs.map(({ dtype }) => dtype) : operandDtypes(operands, inputs);
  const dtypes = stored.map((dtype) => mergeable(dtype, tensor.name));
  const out = mergeable(tensor.dtype, tensor.name);
  const feeds = operands === undefined ? job.feeds : await operandFeeds(kernels, operands, tensor, job.feeds);
  const tiles = tensorTiles(kernels, dtypes, feeds, keep);
  try {
    const pass: FinalPass =
      tensor.program === 'copy'
        ? { kind: 'copy', operand: 0 }
        : await method.merge(tensorMath(kernels, tiles), methodInputsOf(tensor));
    await finalPass(kernels, tiles, pass, out, emit);
  } finally {
    tiles.release();
  }
}

function mergeable(dtype: string, where: string): InputDtype {
  if (isInputDtype(dtype)) return dtype;
  throw new GraftError('CannotMerge', `${dtype} cannot be merged.`, { where });
}

/** Integer and boolean tensors: the first input's bytes; unequal inputs are worth a warning. */
async function copyEqual({ tensor, feeds, emit, warn }: TensorJob): Promise<void> {
  let differs = false;
  for (const feed of feeds) {
    const operands = await feed.operands();
    const [first, ...others] = operands;
    if (first === undefined) continue;
    differs ||= others.some(({ bytes }) => !sameBytes(first.bytes, bytes));
    await emit(feed.firstIndex, first.bytes, false);
    feed.drop();
    feed.done();
  }
  if (differs) {
    warn(`${tensor.name} (${tensor.dtype}) differs between the models; the first one's values were kept.`);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((value, at) => value === b[at]);
}
