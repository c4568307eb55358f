/**
 * Merges inside merges: feeds that give the operands a tensor's method merges, where some of these are results of other
 * documents. A result that follows element by element is made tile by tile, as often as the tile is asked for; one that
 * takes statistics of its whole tensor is made whole, once, and kept beside the engine. Nothing is written, and nothing is
 * rounded but to the merge's own dtype.
 */

import { dtypeBytes, isInputDtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import type { Kernels } from '../kernels/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { FinalPass } from '../methods/types.ts';
import { nestedInputsOf } from '../plan/method-inputs.ts';
import { needsWhole, operandDtypes } from '../plan/nested.ts';
import type { NestedMerge, PlannedInput, PlannedOperand } from '../plan/types.ts';
import type { StoredOperand } from './kernel-operand.ts';
import { finalPass, tensorMath } from './tensor-math.ts';
import { type TileFeed, tensorTiles } from './tiles.ts';

/** A tensor as merges inside it see it. */
interface Surroundings {
  readonly inputs: readonly PlannedInput[];
  readonly elementCount: number;
}

/** The operand of a tile, given what its feed reads. */
type OperandSource = (feed: TileFeed, read: readonly StoredOperand[]) => Promise<StoredOperand>;

/**
 * Feeds of `operands`, over feeds of what the tensor reads. Where a result is needed whole, `feeds` are all tiles of the
 * tensor and give their bytes more than once.
 */
export async function operandFeeds(
  kernels: Kernels,
  operands: readonly PlannedOperand[],
  tensor: Surroundings,
  feeds: readonly TileFeed[],
): Promise<readonly TileFeed[]> {
  const sources: OperandSource[] = [];
  for (const { of } of operands) sources.push(await sourceOf(kernels, of, tensor, feeds));
  return feeds.map((feed) => ({
    firstIndex: feed.firstIndex,
    elementCount: feed.elementCount,
    operands: async () => {
      const read = await feed.operands();
      const given: StoredOperand[] = [];
      for (const source of sources) given.push(await source(feed, read));
      return given;
    },
    drop: () => feed.drop(),
    done: () => feed.done(),
  }));
}

async function sourceOf(
  kernels: Kernels,
  of: PlannedOperand['of'],
  tensor: Surroundings,
  feeds: readonly TileFeed[],
): Promise<OperandSource> {
  if (typeof of === 'number') {
    return async (_, read) => {
      const operand = read[of];
      if (operand === undefined) throw new GraftError('Internal', 'A merge names an input that is not read.');
      return operand;
    };
  }
  if (!needsWhole(of)) {
    return async (feed) => ({ dtype: of.dtype, bytes: await resultOf(kernels, of, tensor, [feed]) });
  }
  const whole = await resultOf(kernels, of, tensor, feeds);
  const width = dtypeBytes(of.dtype);
  const first = feeds[0]?.firstIndex ?? 0;
  return async ({ firstIndex, elementCount }) => {
    const start = (firstIndex - first) * width;
    return { dtype: of.dtype, bytes: whole.subarray(start, start + elementCount * width) };
  };
}

/** The elements of `feeds`, merged; the feeds stay usable. */
async function resultOf(
  kernels: Kernels,
  merge: NestedMerge,
  tensor: Surroundings,
  feeds: readonly TileFeed[],
): Promise<Uint8Array> {
  const method = methodOf(merge.method);
  if (method === null) {
    throw new GraftError('CannotMerge', `This version of Graft has no method ${merge.method}.`);
  }
  const borrowed = feeds.map((feed) => ({ ...feed, drop: () => undefined, done: () => undefined }));
  const inner = await operandFeeds(kernels, merge.operands, tensor, borrowed);
  const dtypes = operandDtypes(merge.operands, tensor.inputs).filter(isInputDtype);
  const width = dtypeBytes(merge.dtype);
  const first = feeds[0]?.firstIndex ?? 0;
  const result = new Uint8Array(feeds.reduce((sum, { elementCount }) => sum + elementCount, 0) * width);
  const tiles = tensorTiles(kernels, dtypes, inner, false);
  try {
    const pass: FinalPass =
      merge.program === 'copy'
        ? { kind: 'copy', operand: 0 }
        : await method.merge(tensorMath(kernels, tiles), nestedInputsOf(merge, tensor.elementCount));
    await finalPass(kernels, tiles, pass, merge.dtype, async (firstIndex, bytes) => {
      result.set(bytes, (firstIndex - first) * width);
    });
  } finally {
    tiles.release();
  }
  return result;
}
