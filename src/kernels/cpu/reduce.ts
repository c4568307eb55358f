/**
 * Sums in a fixed order, so that they depend neither on the tile size nor on the engine: a block of 4096 elements is 64
 * lanes of 64 consecutive elements in 16 rows of four; a lane adds its rows in order, one sum per column; the 256 sums
 * are added as a tree, blocks in order onto what came before. Twin: lib/reduce.wgsl, gram.wgsl, sums.wgsl.
 */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import type { DeltaRule, DeltaSums } from '../types.ts';
import { type Block, type Lane, makeBlock, readBlock } from './decode.ts';
import { deltaBlock } from './deltas.ts';
import { keepBlock } from './keep.ts';

const COLUMN_SUMS = 256;
const LANE_ELEMENTS = 64;

const baseBlock = makeBlock();
const operandBlock = makeBlock();
const kept = new Uint8Array(BLOCK_ELEMENTS);
const laneSums = new Float64Array(COLUMN_SUMS);
const laneSumsKept = new Float64Array(COLUMN_SUMS);
/** Deltas of a block per operand; grows to the largest operand count seen. */
const operandDeltas: Float64Array[] = [];

/** Adds the dots of every pair of operands (minus `base`) to `totals`, K*K row-major. */
export function gramTile(
  lanes: readonly Lane[],
  elementCount: number,
  base: number | null,
  totals: Float64Array,
): void {
  const size = lanes.length;
  while (operandDeltas.length < size) operandDeltas.push(new Float64Array(BLOCK_ELEMENTS));
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readDeltas(lanes, start, count, base);
    for (let a = 0; a < size; a++) {
      if (a === base) continue;
      for (let b = a; b < size; b++) {
        if (b === base) continue;
        const dot = dotBlock(operandDeltas[a] as Float64Array, operandDeltas[b] as Float64Array, count);
        totals[a * size + b] = (totals[a * size + b] as number) + dot;
        totals[b * size + a] = totals[a * size + b] as number;
      }
    }
  }
}

function readDeltas(lanes: readonly Lane[], start: number, count: number, base: number | null): void {
  let subtrahend: Block | null = null;
  if (base !== null) {
    readBlock(lanes[base] as Lane, start, count, baseBlock);
    subtrahend = baseBlock;
  }
  for (let k = 0; k < lanes.length; k++) {
    if (k === base) continue;
    readBlock(lanes[k] as Lane, start, count, operandBlock);
    deltaBlock(operandBlock, subtrahend, count, operandDeltas[k] as Float64Array);
  }
}

/** Elements past `count` are cleared to +0, which no sum notices. */
function dotBlock(x: Float64Array, y: Float64Array, count: number): number {
  if (count < BLOCK_ELEMENTS) {
    x.fill(0, count);
    y.fill(0, count);
  }
  for (let start = 0, sum = 0; start < BLOCK_ELEMENTS; start += LANE_ELEMENTS, sum += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = start; i < start + LANE_ELEMENTS; i += 4) {
      s0 += (x[i] as number) * (y[i] as number);
      s1 += (x[i + 1] as number) * (y[i + 1] as number);
      s2 += (x[i + 2] as number) * (y[i + 2] as number);
      s3 += (x[i + 3] as number) * (y[i + 3] as number);
    }
    laneSums[sum] = s0;
    laneSums[sum + 1] = s1;
    laneSums[sum + 2] = s2;
    laneSums[sum + 3] = s3;
  }
  return addLanes(laneSums);
}

function addLanes(sums: Float64Array): number {
  for (let stride = COLUMN_SUMS / 2; stride > 0; stride >>= 1) {
    for (let lane = 0; lane < stride; lane++) {
      sums[lane] = (sums[lane] as number) + (sums[lane + stride] as number);
    }
  }
  return sums[0] as number;
}

/** Sums of one rule's delta over the tile, onto those of the elements before it. */
export function sumsTile(
  lanes: readonly Lane[],
  firstIndex: number,
  elementCount: number,
  base: number,
  rule: DeltaRule,
  before: DeltaSums,
): DeltaSums {
  if (operandDeltas.length === 0) operandDeltas.push(new Float64Array(BLOCK_ELEMENTS));
  const deltas = operandDeltas[0] as Float64Array;
  let { absAll, absKept, keptCount } = before;
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    readBlock(lanes[base] as Lane, start, count, baseBlock);
    readBlock(lanes[rule.operand] as Lane, start, count, operandBlock);
    deltaBlock(operandBlock, baseBlock, count, deltas);
    keepBlock(rule.keep, deltas, firstIndex + start, count, kept);
    keptCount += sumBlock(deltas, count);
    absAll += addLanes(laneSums);
    absKept += addLanes(laneSumsKept);
  }
  return { absAll, absKept, keptCount };
}

/** Fills both lane sums and returns the count of kept elements; elements past `count` are cleared first. */
function sumBlock(deltas: Float64Array, count: number): number {
  if (count < BLOCK_ELEMENTS) {
    deltas.fill(0, count);
    kept.fill(0, count);
  }
  const keptCount = sumFinite(deltas);
  if (laneSumsKept.some(Number.isNaN)) sumAny(deltas);
  return keptCount;
}

/** Right unless a delta is infinite or NaN: then a lane's kept sum is NaN. Products, because masks foil a branch. */
function sumFinite(deltas: Float64Array): number {
  let keptCount = 0;
  for (let start = 0, sum = 0; start < BLOCK_ELEMENTS; start += LANE_ELEMENTS, sum += 4) {
    for (let column = 0; column < 4; column += 2) {
      let all0 = 0;
      let all1 = 0;
      let some0 = 0;
      let some1 = 0;
      for (let i = start + column; i < start + LANE_ELEMENTS; i += 4) {
        const size0 = Math.abs(deltas[i] as number);
        const size1 = Math.abs(deltas[i + 1] as number);
        const kept0 = kept[i] as number;
        const kept1 = kept[i + 1] as number;
        all0 += size0;
        all1 += size1;
        some0 += size0 * kept0;
        some1 += size1 * kept1;
        keptCount += kept0 + kept1;
      }
      laneSums[sum + column] = all0;
      laneSums[sum + column + 1] = all1;
      laneSumsKept[sum + column] = some0;
      laneSumsKept[sum + column + 1] = some1;
    }
  }
  return keptCount;
}

/** The kept sums again, where an infinity may have been dropped. */
function sumAny(deltas: Float64Array): void {
  laneSumsKept.fill(0);
  for (let i = 0; i < BLOCK_ELEMENTS; i++) {
    if (!(kept[i] as number)) continue;
    const sum = Math.floor(i / LANE_ELEMENTS) * 4 + (i % 4);
    laneSumsKept[sum] = (laneSumsKept[sum] as number) + Math.abs(deltas[i] as number);
  }
}
