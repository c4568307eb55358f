/** ranks.wgsl: masks by rank within rows, some rows at a time, so that the scratch memory stays small. */

import type { KeepRule } from '../types.ts';
import type { Mask } from './mask-cache.ts';
import { partsOf, rowCountOf } from './rows.ts';
import type { GpuSession, Step } from './session.ts';
import type { GpuTile } from './tile.ts';
import { counterOf, WordWriter } from './words.ts';

/** Elements of a chunk, words of a mask per workgroup; as in the shaders. */
const CHUNK = 2048;
const MASK_LANES = 64;
/** Elements at a time, or one row: 2 MiB of scratch. Rows are workgroups in y. */
const BATCH_ELEMENTS = 256 * 1024;
const MOST_ROWS = 65535;
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
  const rowCount = rowCountOf(tile, rowLength);
  const chunks = Math.ceil(rowLength / CHUNK);
  const batches = [...partsOf(rowCount, Math.min(MOST_ROWS, BATCH_ELEMENTS / rowLength))];
  const batchElements = Math.max(...batches.map(({ start, end }) => end - start)) * rowLength;
  const maskWords = Math.ceil(tile.elementCount / 128) * 4;
  const thresholdsAt = maskWords + 2 * batchElements;
  const steps = batches.flatMap(({ start, end }): Step[] => {
    const first = start * rowLength;
    const last = end * rowLength;
    const params = (firstWord: number) =>
      new WordWriter(14)
        .words(operand, base, first, last - first, rowLength)
        .words(maskWords, maskWords + batchElements, thresholdsAt, firstWord, 0)
        .words(...counterOf(tile.firstIndex), ...key)
        .finish();
    const firstMaskWord = Math.floor(first / 32);
    const wordCount = Math.ceil(last / 32) - firstMaskWord;
    return [
      { kernel: 'rankSort', constants: {}, params: params(0), workgroups: [chunks, end - start] },
      ...[...partsOf(wordCount, Math.max(MASK_LANES, MOST_SEARCHES / (32 * chunks)))].map(
        (part): Step => ({
          kernel: 'rankMask',
          constants: {},
          params: params(firstMaskWord + part.start),
          workgroups: [Math.ceil((part.end - part.start) / MASK_LANES), 1],
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
