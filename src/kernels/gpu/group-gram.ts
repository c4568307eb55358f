/**
 * row-gram.wgsl and column-gram.wgsl. Sums go on in index order, so long rows and columns are done in parts, each of which
 * adds onto what the result holds: no dispatch takes long.
 */

import { startTotals } from '../shared/statistics.ts';
import { checkWholeRows } from '../shared/tiles.ts';
import type { Grouping, Tile } from '../types.ts';
import { addSums, FOUR_SUMS_WORDS, readSum, writeSum } from './four-sums.ts';
import { pairsOf } from './gram.ts';
import { partsOf } from './parts.ts';
import type { GpuSession, Step } from './session.ts';
import type { GpuTile } from './tile.ts';
import { NO_OPERAND, WordWriter } from './words.ts';

/** Lanes of a workgroup; as in the shaders. */
const LANES = 64;
/** Elements of one row that a lane adds up in one dispatch, and rows of the matrix for columns: some ten milliseconds. */
const ROW_PART = 32 * 1024;
const COLUMN_PART = 8 * 1024;
/** Products of one submission, and bytes of its result. */
const MOST_PRODUCTS = 2 ** 25;
const MOST_RESULT_BYTES = 4 * 1024 * 1024;

type Pairs = readonly (readonly [number, number])[];

export async function groupGram(
  session: GpuSession,
  tile: GpuTile,
  base: number | null,
  grouping: Grouping,
  before?: Float64Array,
): Promise<Float64Array> {
  const pairs = pairsOf(tile.operandCount, base);
  return grouping.kind === 'rows'
    ? rowGram(session, tile, base, pairs, grouping.length)
    : columnGram(session, tile, base, pairs, grouping.count, before);
}

async function rowGram(
  session: GpuSession,
  tile: GpuTile,
  base: number | null,
  pairs: Pairs,
  rowLength: number,
): Promise<Float64Array> {
  checkWholeRows(tile, rowLength);
  const rowCount = tile.elementCount / rowLength;
  const grams = new Float64Array(rowCount * tile.operandCount ** 2);
  if (pairs.length === 0) return grams;
  const rowBytes = pairs.length * FOUR_SUMS_WORDS * 4;
  const most = Math.min(MOST_PRODUCTS / (pairs.length * rowLength), MOST_RESULT_BYTES / rowBytes);
  for (const { start, end } of partsOf(rowCount, most)) {
    const rows = end - start;
    const steps = [...partsOf(rowLength, ROW_PART)].map(
      (part): Step => ({
        kernel: 'rowGram',
        constants: { hasBase: base !== null },
        params: new WordWriter(8 + 2 * pairs.length)
          .words(base ?? NO_OPERAND, pairs.length, start, rows, rowLength, part.start, part.end, 0)
          .words(...pairs.flat())
          .finish(),
        workgroups: [Math.ceil(rows / LANES), pairs.length],
      }),
    );
    const words = new Uint32Array(
      await session.run({ tile, steps, resultBytes: rows * rowBytes, clear: true }),
    );
    for (let row = 0; row < rows; row++) {
      pairs.forEach((pair, index) => {
        const at = (row * pairs.length + index) * FOUR_SUMS_WORDS;
        setCell(grams, tile, start + row, pair, addSums(words, at));
      });
    }
  }
  return grams;
}

async function columnGram(
  session: GpuSession,
  tile: GpuTile,
  base: number | null,
  pairs: Pairs,
  columnCount: number,
  before: Float64Array | undefined,
): Promise<Float64Array> {
  const { elementCount, operandCount } = tile;
  const grams = startTotals(columnCount * operandCount ** 2, before);
  if (pairs.length === 0) return grams;
  const fours = Math.ceil(columnCount / 4);
  const placeOf = (pair: number, column: number) =>
    [(pair * fours + Math.floor(column / 4)) * FOUR_SUMS_WORDS, column % 4] as const;
  const sums = new Uint32Array(pairs.length * fours * FOUR_SUMS_WORDS);
  for (let column = 0; column < columnCount; column++) {
    pairs.forEach(([a, b], pair) => {
      const cell = grams[(column * operandCount + a) * operandCount + b] ?? 0;
      writeSum(sums, ...placeOf(pair, column), cell);
    });
  }
  const offset = tile.firstIndex % columnCount;
  const steps = [...partsOf(Math.ceil((offset + elementCount) / columnCount), COLUMN_PART)].map(
    (part): Step => ({
      kernel: 'columnGram',
      constants: { hasBase: base !== null, aligned: columnCount % 4 === 0 },
      params: new WordWriter(6 + 2 * pairs.length)
        .words(elementCount, base ?? NO_OPERAND, columnCount, offset, part.start, part.end)
        .words(...pairs.flat())
        .finish(),
      workgroups: [Math.ceil(fours / LANES), pairs.length],
    }),
  );
  const upload = { offset: 0, words: sums };
  const words = new Uint32Array(await session.run({ tile, steps, resultBytes: sums.byteLength, upload }));
  for (let column = 0; column < columnCount; column++) {
    pairs.forEach((pair, index) => {
      setCell(grams, tile, column, pair, readSum(words, ...placeOf(index, column)));
    });
  }
  return grams;
}

/** Sets both places of a pair in the K*K matrix of a group. */
function setCell(
  grams: Float64Array,
  { operandCount }: Tile,
  group: number,
  [a, b]: readonly [number, number],
  value: number,
): void {
  const start = group * operandCount ** 2;
  grams[start + a * operandCount + b] = value;
  grams[start + b * operandCount + a] = value;
}
