/** Radix select over magnitudes, a tile at a time. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import { type HistogramSpec, RADIX_PASSES } from '../types.ts';
import { type Lane, makeBlock, readBlock } from './decode.ts';
import { deltaBlock } from './deltas.ts';
import { magnitudeBlock } from './magnitude.ts';

const baseBlock = makeBlock();
const operandBlock = makeBlock();
const deltas = new Float64Array(BLOCK_ELEMENTS);
const magnitudes = new Int32Array(BLOCK_ELEMENTS);

function readMagnitudes(x: Lane, base: Lane | null, start: number, count: number): void {
  readBlock(x, start, count, operandBlock);
  if (base !== null) readBlock(base, start, count, baseBlock);
  deltaBlock(operandBlock, base === null ? null : baseBlock, count, deltas);
  magnitudeBlock(deltas, count, magnitudes);
}

/** Counts per bin of one pass. Twin: histogram.wgsl. */
export function histogramTile(
  x: Lane,
  base: Lane | null,
  elementCount: number,
  spec: HistogramSpec,
): Uint32Array {
  const { bins, shift } = RADIX_PASSES[spec.pass];
  const histogram = new Uint32Array(bins);
  const upperShift = shift + Math.log2(bins);
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readMagnitudes(x, base, start, count);
    for (let i = 0; i < count; i++) {
      const magnitude = magnitudes[i] as number;
      if (magnitude >> upperShift !== spec.prefix) continue;
      const bin = (magnitude >> shift) & (bins - 1);
      histogram[bin] = (histogram[bin] as number) + 1;
    }
  }
  return histogram;
}

/** Index within the tile of the `nth` element of the given magnitude; null when there are fewer. Twin: matches.wgsl. */
export function indexOfMagnitudeTile(
  x: Lane,
  base: Lane | null,
  elementCount: number,
  magnitude: number,
  nth: number,
): number | null {
  let rest = nth;
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readMagnitudes(x, base, start, count);
    for (let i = 0; i < count; i++) {
      if (magnitudes[i] === magnitude && rest-- === 0) return start + i;
    }
  }
  return null;
}
