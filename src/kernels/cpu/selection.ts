/** The kernels of a radix select over scores. */

import { GraftError } from '../../base/errors.ts';
import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { operandsOfScore } from '../shared/scores.ts';
import { type HistogramSpec, RADIX_PASSES, type Score } from '../types.ts';
import { machine } from './machine.ts';
import { overRuns, reserve } from './runs.ts';
import { distinctScores, factorsBytes, indexOfScore, setScores } from './scores.ts';
import type { CpuTile } from './tile.ts';

/** Every operand is decoded once, and every score made once, for all histograms. */
export function histograms(tile: CpuTile, specs: readonly HistogramSpec[]): Uint32Array[] {
  const scores = distinctScores(specs.map(({ score }) => score));
  const input = { tile, used: scores.flatMap((score) => operandsOfScore(score, tile.operandCount)) };
  const wasm = machine();
  const countersBytes = specs.length * wasm.HISTOGRAM_BYTES.value;
  reserve(input, { scores: scores.length, tableBytes: countersBytes + factorsBytes(scores) });
  const stageScores = setScores(scores, countersBytes);
  wasm.clearHistograms(specs.length);
  const counts = specs.map(({ score, pass, prefix }, index) => {
    const { bins, shift } = RADIX_PASSES[pass];
    const place = indexOfScore(scores, score);
    return (block: number, count: number) =>
      wasm.histogram(index, block, count, place, prefix, shift + Math.log2(bins), shift);
  });
  overRuns(input, (start, count) => {
    stageScores(tile.firstIndex + start, count);
    for (let block = 0; block * BLOCK_ELEMENTS < count; block++) {
      wasm.openBlock(block, count);
      for (const countBlock of counts) countBlock(block, count);
    }
  });
  return specs.map(({ pass }, index) =>
    new Uint32Array(wasm.memory.buffer, wasm.sumHistogram(index), RADIX_PASSES[pass].bins).slice(),
  );
}

export function indexOfMagnitude(
  tile: CpuTile,
  { score, magnitude, nth }: { score: Score; magnitude: number; nth: number },
): number {
  const input = { tile, used: operandsOfScore(score, tile.operandCount) };
  reserve(input, { scores: 1, tableBytes: factorsBytes([score]) });
  const stageScores = setScores([score]);
  let rest = nth;
  let index: number | null = null;
  overRuns(input, (start, count) => {
    if (index !== null) return;
    stageScores(tile.firstIndex + start, count);
    const found = machine().indexOfMagnitude(count, magnitude, rest);
    if (found >= 0) index = start + found;
    else rest -= -1 - found;
  });
  if (index === null) throw new GraftError('Internal', `The tile has no element ${nth} of that magnitude.`);
  return tile.firstIndex + index;
}
