/** The figures as Markdown, and their place in a document. */

import type { EngineKind } from '../../src/kernels/types.ts';
import { DTYPES, type DtypeName, type Tallies } from './measure.ts';
import { addTallies, NO_ELEMENTS, type Tally } from './tally.ts';

export interface Measured {
  readonly engine: EngineKind;
  /** In words. */
  readonly device: string;
  readonly tallies: Tallies;
}

/**
 * Per cent of elements that mergekit 0.1.4 with `dtype: bfloat16` gets right: its outputs over the golden models against
 * one rounding of its own float32 outputs. `dare_ties` with a density of 1.
 */
const MERGEKIT: ReadonlyMap<string, number> = new Map([
  ['linear', 61.5],
  ['slerp', 100],
  ['nuslerp', 48.6],
  ['multislerp', 34.7],
  ['karcher', 48.2],
  ['task_arithmetic', 86.9],
  ['ties', 90.7],
  ['dare_ties', 93.2],
  ['model_stock', 61.0],
  ['sce', 86.6],
]);

const HALF_OR_MORE: readonly DtypeName[] = ['float32', 'float16', 'bfloat16'];
const FLOAT8: readonly DtypeName[] = DTYPES.filter((dtype) => !HALF_OR_MORE.includes(dtype));

/** Both tables, with the devices. */
export function fidelityTables(measured: readonly Measured[]): string {
  return [
    `${measured.map(({ engine, device }) => `${engine}: ${device}`).join('; ')}.`,
    tableOf(measured, HALF_OR_MORE, true),
    tableOf(measured, FLOAT8, false),
  ].join('\n\n');
}

function tableOf(
  measured: readonly Measured[],
  dtypes: readonly DtypeName[],
  besideMergekit: boolean,
): string {
  const columns = measured.flatMap(({ engine, tallies }) =>
    dtypes.map((dtype) => ({
      title: `${engine} ${dtype}`,
      tallyOf: (method: string): Tally => tallies.get(method)?.get(dtype) ?? NO_ELEMENTS,
    })),
  );
  const titles = ['method', ...columns.map(({ title }) => title), 'undecided'];
  const rows = [...(measured[0]?.tallies.keys() ?? [])].map((method) => {
    const tallies = columns.map(({ tallyOf }) => tallyOf(method));
    const { undecided, elementCount } = tallies.reduce(addTallies, NO_ELEMENTS);
    return [method, ...tallies.map(cellOf), undecided === 0 ? '0' : percent(undecided, elementCount)];
  });
  if (!besideMergekit) return aligned([titles, ...rows]);
  return aligned([
    [...titles, 'mergekit bfloat16'],
    ...rows.map((row) => {
      const share = MERGEKIT.get(row[0] ?? '');
      return [...row, share === undefined ? '' : `${share.toFixed(1)} %`];
    }),
  ]);
}

/** `100 %, 0`: the share that is right, never rounded up, and the largest error in ulp. */
function cellOf({ right, elementCount, largestUlps }: Tally): string {
  if (elementCount === 0) return '';
  return `${right === elementCount ? '100 %' : percent(right, elementCount)}, ${largestUlps}`;
}

function percent(part: number, whole: number): string {
  const share = Math.floor((part / whole) * 1e6) / 1e4;
  return share === 0 && part > 0 ? '< 0.0001 %' : `${share.toFixed(4)} %`;
}

/** A Markdown table as the formatter writes it: columns of one width. */
function aligned([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(titles), rule, ...rows.map(line)].join('\n');
}

const BEGIN = '<!-- fidelity: begin -->';
const END = '<!-- fidelity: end -->';

/** `document` with `tables` between its markers; throws when it has none. */
export function withTables(document: string, tables: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the document has no ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`;
}
