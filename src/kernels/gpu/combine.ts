/** combine.wgsl. */

import type { OutputDtype } from '../../base/dtype.ts';
import { checkOperands, checkWholeRows } from '../shared/tiles.ts';
import type { CombineSpec, Grouping, Tile } from '../types.ts';
import { elementsOf, rowBytes, rowWorkgroups } from './output.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';
import { DTYPE_CODES, NO_OPERAND, type Words, WordWriter } from './words.ts';

export async function combine(
  session: GpuSession,
  tile: GpuTile,
  spec: CombineSpec,
  out: OutputDtype,
): Promise<Uint8Array<ArrayBuffer>> {
  const constants = {
    hasBase: spec.base !== null,
    byRows: spec.grouping?.kind === 'rows',
    byColumns: spec.grouping?.kind === 'columns',
  };
  const params = combineParams(tile, spec, out);
  const result = await session.run({
    tile,
    steps: [{ kernel: 'combine', constants, params, workgroups: rowWorkgroups(tile.elementCount) }],
    resultBytes: rowBytes(tile.elementCount, out),
  });
  return elementsOf(result, tile.elementCount, out);
}

function combineParams(tile: Tile, { coefficients, grouping, base }: CombineSpec, out: OutputDtype): Words {
  const { elementCount, operandCount, firstIndex } = tile;
  if (base !== null) checkOperands(tile, [base]);
  if (grouping?.kind === 'rows') checkWholeRows(tile, grouping.length);
  const groups = groupsOf(tile, grouping);
  const first = groups.start * operandCount;
  const table = Float64Array.from(
    { length: (groups.end - groups.start) * operandCount },
    (_, index) => coefficients[first + index] ?? 0,
  );
  const length = rowLengthOf(grouping);
  return new WordWriter(6 + 2 * table.length)
    .words(elementCount, operandCount, base ?? NO_OPERAND, DTYPE_CODES[out], firstIndex % length, length)
    .doubles(table)
    .finish();
}

/** The groups that the tile has elements of. */
function groupsOf(
  { firstIndex, elementCount }: Tile,
  grouping: Grouping | undefined,
): { start: number; end: number } {
  if (grouping === undefined) return { start: 0, end: 1 };
  if (grouping.kind === 'columns') return { start: 0, end: grouping.count };
  return {
    start: Math.floor(firstIndex / grouping.length),
    end: Math.ceil((firstIndex + elementCount) / grouping.length),
  };
}

/** How many elements a row of the matrix has; of any length where nothing is grouped. */
function rowLengthOf(grouping: Grouping | undefined): number {
  if (grouping === undefined) return 1;
  return grouping.kind === 'rows' ? grouping.length : grouping.count;
}
