/** The WGSL of each kernel: its own file after the chunks it builds on. The only reader of shaders/. */

import combine from '../../../shaders/combine.wgsl?raw';
import consensus from '../../../shaders/consensus.wgsl?raw';
import gram from '../../../shaders/gram.wgsl?raw';
import histogram from '../../../shaders/histogram.wgsl?raw';
import dtypes from '../../../shaders/lib/dtypes.wgsl?raw';
import keep from '../../../shaders/lib/keep.wgsl?raw';
import philox from '../../../shaders/lib/philox.wgsl?raw';
import reduce from '../../../shaders/lib/reduce.wgsl?raw';
import wide from '../../../shaders/lib/wide.wgsl?raw';
import matches from '../../../shaders/matches.wgsl?raw';
import output from '../../../shaders/output.wgsl?raw';
import sharesDivide from '../../../shaders/shares-divide.wgsl?raw';
import sharesTable from '../../../shaders/shares-table.wgsl?raw';
import sums from '../../../shaders/sums.wgsl?raw';
import tile from '../../../shaders/tile.wgsl?raw';

export interface ShaderChunk {
  /** Path under shaders/, for messages. */
  readonly file: string;
  readonly text: string;
}

const numbers: readonly ShaderChunk[] = [
  { file: 'lib/wide.wgsl', text: wide },
  { file: 'lib/dtypes.wgsl', text: dtypes },
  { file: 'tile.wgsl', text: tile },
];
const rules: readonly ShaderChunk[] = [
  { file: 'lib/philox.wgsl', text: philox },
  { file: 'lib/keep.wgsl', text: keep },
];
const lanes: ShaderChunk = { file: 'lib/reduce.wgsl', text: reduce };
const rows: ShaderChunk = { file: 'output.wgsl', text: output };

const consensusChunks = [...numbers, ...rules, rows, { file: 'consensus.wgsl', text: consensus }];

export const SHADERS = {
  combine: [...numbers, rows, { file: 'combine.wgsl', text: combine }],
  consensus: [...consensusChunks, { file: 'shares-table.wgsl', text: sharesTable }],
  consensusOfMany: [...consensusChunks, { file: 'shares-divide.wgsl', text: sharesDivide }],
  gram: [...numbers, lanes, { file: 'gram.wgsl', text: gram }],
  sums: [...numbers, ...rules, lanes, { file: 'sums.wgsl', text: sums }],
  histogram: [...numbers, ...rules, { file: 'histogram.wgsl', text: histogram }],
  matches: [...numbers, ...rules, { file: 'matches.wgsl', text: matches }],
} as const satisfies Record<string, readonly ShaderChunk[]>;

export type KernelName = keyof typeof SHADERS;

export function joinChunks(chunks: readonly ShaderChunk[]): string {
  return chunks.map((chunk) => chunk.text).join('\n');
}

/** Which file a line (from 1) of the joined text is in: `combine.wgsl:12`. */
export function placeOfLine(chunks: readonly ShaderChunk[], line: number): string {
  let rest = line;
  for (const chunk of chunks) {
    const lineCount = chunk.text.split('\n').length;
    if (rest <= lineCount) return `${chunk.file}:${rest}`;
    rest -= lineCount;
  }
  return `line ${line}`;
}
