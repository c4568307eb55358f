/** y = sum c_k x_k, or base + sum c_k (x_k - base), in f64 and in operand order. */

import { BLOCK_ELEMENTS } from '../../base/limits.ts';
import type { CombineSpec } from '../types.ts';
import { type Block, type Lane, makeBlock, readBlock } from './decode.ts';
import { encodeBlock, type Output } from './encode.ts';

const totals = new Float64Array(BLOCK_ELEMENTS);
const baseBlock = makeBlock();
const blocks: readonly [Block, Block, Block] = [makeBlock(), makeBlock(), makeBlock()];

/** Twin: combine.wgsl. */
export function combineTile(
  lanes: readonly Lane[],
  elementCount: number,
  spec: CombineSpec,
  output: Output,
): void {
  const base = spec.base === null ? undefined : lanes[spec.base];
  const terms: Term[] = [];
  lanes.forEach((lane, index) => {
    if (index !== spec.base) terms.push({ lane, coefficient: spec.coefficients[index] ?? 0 });
  });
  for (let start = 0; start < elementCount; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, elementCount - start);
    if (base) {
      readBlock(base, start, count, baseBlock);
      addDeltas(terms, start, count);
      addBase(baseBlock.values, count);
    } else {
      addTerms(terms, start, count);
    }
    encodeBlock(totals, count, output, start);
  }
}

interface Term {
  readonly lane: Lane;
  readonly coefficient: number;
}

/** totals = sum c_k x_k. One loop for up to three operands, so that most merges go through memory once. */
function addTerms(terms: readonly Term[], start: number, count: number): void {
  const [first, second, third] = terms;
  const [x, y, z] = blocks;
  if (first === undefined) {
    totals.fill(0, 0, count);
    return;
  }
  readBlock(first.lane, start, count, x);
  if (second === undefined) {
    weigh1(x.values, first.coefficient, count);
    return;
  }
  readBlock(second.lane, start, count, y);
  if (third === undefined) {
    weigh2(x.values, first.coefficient, y.values, second.coefficient, count);
    return;
  }
  readBlock(third.lane, start, count, z);
  weigh3(x.values, first.coefficient, y.values, second.coefficient, z.values, third.coefficient, count);
  for (let k = 3; k < terms.length; k++) {
    const term = terms[k];
    if (term === undefined) break;
    readBlock(term.lane, start, count, x);
    weighMore(x.values, term.coefficient, count);
  }
}

function weigh1(x: Float32Array, a: number, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = a * (x[i] as number);
}

function weigh2(x: Float32Array, a: number, y: Float32Array, b: number, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = a * (x[i] as number) + b * (y[i] as number);
}

function weigh3(
  x: Float32Array,
  a: number,
  y: Float32Array,
  b: number,
  z: Float32Array,
  c: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    totals[i] = a * (x[i] as number) + b * (y[i] as number) + c * (z[i] as number);
  }
}

function weighMore(x: Float32Array, a: number, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = (totals[i] as number) + a * (x[i] as number);
}

/** totals = sum c_k (x_k - base), from -0, the neutral element of addition. */
function addDeltas(terms: readonly Term[], start: number, count: number): void {
  const [x] = blocks;
  const base = baseBlock.values;
  totals.fill(-0, 0, count);
  for (const { lane, coefficient } of terms) {
    readBlock(lane, start, count, x);
    weighDelta(x.values, base, coefficient, count);
  }
}

function weighDelta(x: Float32Array, base: Float32Array, a: number, count: number): void {
  for (let i = 0; i < count; i++) {
    totals[i] = (totals[i] as number) + a * ((x[i] as number) - (base[i] as number));
  }
}

function addBase(base: Float32Array, count: number): void {
  for (let i = 0; i < count; i++) totals[i] = (base[i] as number) + (totals[i] as number);
}
