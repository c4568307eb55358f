/** ranks.wgsl: masks by rank within rows, some rows at a time, so that the scratch memory stays small. */

import { checkWholeRows } from '../shared/tiles.ts';
import type { KeepRule } from '../types.ts';
import type { Mask } from './mask-cache.ts';
import { partsOf } from './parts.ts';
import type { GpuSession, Step } from './session.ts';
import type { GpuTile } from './tile.ts';
import { counterOf, WordWriter } from './words.ts';

/** Elements of a chunk, words of a mask per workgroup; as in the shaders. */
const CHUNK = 2048;
const MASK_LANES = 64;
/** Elements at a time, or one row: 2 MiB of scratch. */
const BATCH_ELEMENTS = 256 * 1024;
/** Binary searches of one dispatch: some ten milliseconds. */
const MOST_SEARCHES = 2 ** 25;

export async function rankedMask(
  session: GpuSession,
  tile: GpuTile,
  operand: number,
  base: number,
  { key, thresholds }: Extract<KeepRule, { kind: 'ranked' }>,
): Promise<Mask> {
  const rowLength = thresholds.length;
  checkWholeRows(tile, rowLength);
  const rowCount = tile.elementCount / rowLength;
  const chunks = Math.ceil(rowLength / CHUNK);
  const chunkRows = Math.max(1, Math.floor(CHUNK / rowLength));
  const batches = [...partsOf(rowCount, BATCH_ELEMENTS / rowLength)];
  const batchElements = Math.max(...batches.map(({ start, end }) => end - start)) * rowLength;
  const maskWords = Math.ceil(tile.elementCount / 128) * 4;
  const thresholdsAt = maskWords + 2 * batchElements;
  const steps = batches.flatMap(({ start, end }): Step[] => {
    const first = start * rowLength;
    const last = end * rowLength;
    const params = (firstWord: number) =>
      new WordWriter(14)
        .words(operand, base, first, last - first, rowLength)
        .words(maskWords, maskWords + batchElements, thresholdsAt, firstWord, chunkRows)
        .words(...counterOf(tile.firstIndex), ...key)
        .finish();
    const firstMaskWord = Math.floor(first / 32);
    const groups = Math.ceil((Math.ceil(last / 32) - firstMaskWord) / MASK_LANES);
    return [
      {
        kernel: 'rankSort',
        constants: {},
        params: params(0),
        workgroups: [chunks, Math.ceil((end - start) / chunkRows)],
      },
      ...[...partsOf(groups, MOST_SEARCHES / (32 * MASK_LANES * chunks))].map(
        (part): Step => ({
          kernel: 'rankMask',
          constants: {},
          params: params(firstMaskWord + part.start * MASK_LANES),
          workgroups: [part.end - part.start, 1],
        }),
      ),
    ];
  });
  const result = await session.run({
    tile,
    steps,
    resultBytes: maskWords * 4,
    scratchBytes: (2 * batchElements + rowLength) * 4,
    clear: true,
    upload: { offset: thresholdsAt * 4, words: new Uint32Array(thresholds) },
  });
  return new Uint32Array(result);
}
