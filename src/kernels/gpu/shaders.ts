/** The WGSL of each kernel: its own file after the chunks it builds on. The only reader of shaders/. */

import columnGram from '../../../shaders/column-gram.wgsl?raw';
import combine from '../../../shaders/combine.wgsl?raw';
import consensus from '../../../shaders/consensus.wgsl?raw';
import divergence from '../../../shaders/divergence.wgsl?raw';
import divergenceGreatest from '../../../shaders/divergence-greatest.wgsl?raw';
import divergencePower from '../../../shaders/divergence-power.wgsl?raw';
import divergencePowers from '../../../shaders/divergence-powers.wgsl?raw';
import divergenceTerms from '../../../shaders/divergence-terms.wgsl?raw';
import gram from '../../../shaders/gram.wgsl?raw';
import histogram from '../../../shaders/histogram.wgsl?raw';
import dtypes from '../../../shaders/lib/dtypes.wgsl?raw';
import exponential from '../../../shaders/lib/exponential.wgsl?raw';
import keep from '../../../shaders/lib/keep.wgsl?raw';
import philox from '../../../shaders/lib/philox.wgsl?raw';
import reduce from '../../../shaders/lib/reduce.wgsl?raw';
import wide from '../../../shaders/lib/wide.wgsl?raw';
import mask from '../../../shaders/mask.wgsl?raw';
import output from '../../../shaders/output.wgsl?raw';
import overlaps from '../../../shaders/overlaps.wgsl?raw';
import pick from '../../../shaders/pick.wgsl?raw';
import pickActive from '../../../shaders/pick-active.wgsl?raw';
import pickFarthest from '../../../shaders/pick-farthest.wgsl?raw';
import pickNear from '../../../shaders/pick-near.wgsl?raw';
import pickTrimmed from '../../../shaders/pick-trimmed.wgsl?raw';
import rankMask from '../../../shaders/rank-mask.wgsl?raw';
import rankSort from '../../../shaders/rank-sort.wgsl?raw';
import ranks from '../../../shaders/ranks.wgsl?raw';
import rowGram from '../../../shaders/row-gram.wgsl?raw';
import rules from '../../../shaders/rules.wgsl?raw';
import score from '../../../shaders/score.wgsl?raw';
import sharesDivide from '../../../shaders/shares-divide.wgsl?raw';
import sharesTable from '../../../shaders/shares-table.wgsl?raw';
import sums from '../../../shaders/sums.wgsl?raw';
import tile from '../../../shaders/tile.wgsl?raw';

export interface ShaderChunk {
  /** Path under shaders/, for messages. */
  readonly file: string;
  readonly text: string;
}

const chunk = (file: string, text: string): ShaderChunk => ({ file: `${file}.wgsl`, text });

const numbers = [chunk('lib/wide', wide), chunk('lib/dtypes', dtypes), chunk('tile', tile)];
const masks = [chunk('lib/philox', philox), chunk('lib/keep', keep)];
const lanes = chunk('lib/reduce', reduce);
const rows = chunk('output', output);
const ruled = [...numbers, ...masks, chunk('rules', rules)];
const scored = [...numbers, chunk('lib/keep', keep), chunk('score', score)];
const ranked = [...numbers, chunk('lib/philox', philox), chunk('ranks', ranks)];
const divergent = [...numbers, chunk('divergence', divergence)];
const powers = [
  ...divergent,
  chunk('lib/exponential', exponential),
  chunk('divergence-power', divergencePower),
];
const picking = [...numbers, chunk('lib/keep', keep), rows, chunk('pick', pick)];

const consensusChunks = [...ruled, rows, chunk('consensus', consensus)];

export const SHADERS = {
  combine: [...numbers, rows, chunk('combine', combine)],
  consensus: [...consensusChunks, chunk('shares-table', sharesTable)],
  consensusOfMany: [...consensusChunks, chunk('shares-divide', sharesDivide)],
  pickNear: [...picking, chunk('pick-near', pickNear)],
  pickActive: [...picking, chunk('pick-active', pickActive)],
  pickFarthest: [...picking, chunk('pick-farthest', pickFarthest)],
  pickTrimmed: [...picking, chunk('pick-trimmed', pickTrimmed)],
  gram: [...numbers, lanes, chunk('gram', gram)],
  rowGram: [...numbers, chunk('row-gram', rowGram)],
  columnGram: [...numbers, chunk('column-gram', columnGram)],
  sums: [...ruled, lanes, chunk('sums', sums)],
  overlaps: [...numbers, chunk('lib/keep', keep), chunk('overlaps', overlaps)],
  histogram: [...scored, chunk('histogram', histogram)],
  mask: [...scored, chunk('mask', mask)],
  rankSort: [...ranked, chunk('rank-sort', rankSort)],
  rankMask: [...ranked, chunk('rank-mask', rankMask)],
  divergenceGreatest: [...divergent, chunk('divergence-greatest', divergenceGreatest)],
  divergencePowers: [...powers, chunk('divergence-powers', divergencePowers)],
  divergenceTerms: [...powers, chunk('divergence-terms', divergenceTerms)],
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
