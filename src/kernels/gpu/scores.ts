/** histogram.wgsl and mask.wgsl: everything that is counted or cut by a score. */

import { GraftError } from '../../base/errors.ts';
import { operandsOfScore } from '../shared/scores.ts';
import { checkOperands } from '../shared/tiles.ts';
import { type HistogramSpec, type MagnitudeCut, RADIX_PASSES, type Score, type Tile } from '../types.ts';
import { type CutWords, cutWords, NO_CUT } from './cuts.ts';
import type { Mask } from './mask-cache.ts';
import type { PipelineConstants } from './pipelines.ts';
import type { GpuSession, Step } from './session.ts';
import type { GpuTile } from './tile.ts';
import { doubleWords, NO_OPERAND, WordWriter } from './words.ts';

/** Elements per workgroup; as in the shaders. */
const HISTOGRAM_RUN = 16384;
const MASK_RUN = 2048;

const SCORE_WORDS = 8;

export async function histograms(
  session: GpuSession,
  tile: GpuTile,
  specs: readonly HistogramSpec[],
): Promise<Uint32Array[]> {
  for (const { score } of specs) checkOperands(tile, operandsOfScore(score, tile.operandCount));
  const [first] = specs;
  if (first === undefined) return [];
  const { bins, shift } = RADIX_PASSES[first.pass];
  const steps = specs.map(({ score, prefix }, index): Step => {
    const factors = factorsOf(tile, score);
    return {
      kernel: 'histogram',
      constants: scoreConstants(score),
      params: new WordWriter(6 + SCORE_WORDS + 2 * factors.length)
        .words(tile.elementCount, shift, bins, shift + Math.log2(bins), prefix, 0)
        .words(...scoreWords(tile, score))
        .doubles(factors)
        .finish(),
      workgroups: [Math.ceil(tile.elementCount / HISTOGRAM_RUN), 1],
      part: { offset: index * bins * 4, size: bins * 4 },
    };
  });
  const result = await session.run({ tile, steps, resultBytes: specs.length * bins * 4, clear: true });
  return specs.map((_, index) => new Uint32Array(result, index * bins * 4, bins).slice());
}

export async function indexOfMagnitude(
  session: GpuSession,
  tile: GpuTile,
  { score, magnitude, nth }: { score: Score; magnitude: number; nth: number },
): Promise<number> {
  checkOperands(tile, operandsOfScore(score, tile.operandCount));
  // Equal is what a cut with all ties keeps and one without any does not.
  const mask = await makeMask(session, tile, score, [magnitude, 0xffffffff], [magnitude, 0]);
  return tile.firstIndex + indexOfBit(mask, nth);
}

/** Which elements the cut keeps by their score. */
export function scoredMask(
  session: GpuSession,
  tile: GpuTile,
  score: Score,
  cut: MagnitudeCut,
): Promise<Mask> {
  return makeMask(session, tile, score, cutWords(cut, tile), NO_CUT);
}

async function makeMask(
  session: GpuSession,
  tile: GpuTile,
  score: Score,
  outer: CutWords,
  inner: CutWords,
): Promise<Mask> {
  const factors = factorsOf(tile, score);
  const params = new WordWriter(6 + SCORE_WORDS + 2 * factors.length)
    .words(tile.elementCount, 0, ...outer, ...inner)
    .words(...scoreWords(tile, score))
    .doubles(factors)
    .finish();
  const workgroups = [Math.ceil(tile.elementCount / MASK_RUN), 1] as const;
  const steps: Step[] = [{ kernel: 'mask', constants: scoreConstants(score), params, workgroups }];
  const resultBytes = Math.ceil(tile.elementCount / 128) * 16;
  return new Uint32Array(await session.run({ tile, steps, resultBytes, clear: true }));
}

function scoreConstants(score: Score): PipelineConstants {
  return {
    hasBase: score.base !== null,
    scoresVariance: score.kind === 'variance',
    scoresWeighted: score.kind === 'weighted',
  };
}

/** `Score` of score.wgsl. */
function scoreWords(tile: Tile, score: Score): number[] {
  const operand = score.kind === 'variance' ? NO_OPERAND : score.operand;
  const rowLength = score.kind === 'weighted' ? score.rowLength : 1;
  const divisor = Math.max(1, tile.operandCount - 1) ** 2;
  return [
    operand,
    score.base ?? NO_OPERAND,
    tile.operandCount,
    rowLength,
    tile.firstIndex % rowLength,
    0,
    ...doubleWords(divisor),
  ];
}

/** The factors of the tile's rows; one that is not used for other scores, because a binding needs one. */
function factorsOf({ firstIndex, elementCount }: Tile, score: Score): Float64Array {
  if (score.kind !== 'weighted') return new Float64Array(1);
  const { rowLength, factors } = score;
  return factors.subarray(
    Math.floor(firstIndex / rowLength),
    Math.ceil((firstIndex + elementCount) / rowLength),
  );
}

function indexOfBit(words: Uint32Array, nth: number): number {
  let rest = nth;
  for (let index = 0; index < words.length; index++) {
    for (let word = words[index] ?? 0; word !== 0; word &= word - 1) {
      if (rest-- === 0) return index * 32 + (31 - Math.clz32(word & -word));
    }
  }
  throw new GraftError('Internal', `The tile has no element ${nth} of that magnitude.`);
}
