/** The scores that elements are cut by, a block at a time, as f32 bits whose integer order is theirs. */

import { spreadRows } from './groups';
import { deltaAt } from './lanes';
import { BLOCK, operandCount, Score, scoreAt, scoreCount, scratch, valuesOf } from './layout';

const SCORE_DELTA: i32 = 0;
const SCORE_VARIANCE: i32 = 1;

/** `kind` as src/kernels/cpu/scores.ts numbers them; `base` is -1 for none. */
export function setScore(index: i32, kind: i32, operand: i32, base: i32, rowLength: i32): void {
  const score = scoreAt(index);
  score.kind = kind;
  score.operand = operand;
  score.base = base;
  score.rowLength = rowLength;
}

/** Where the factor of the run's first row is, and how many elements of that row precede the run. */
export function setFactors(index: i32, factors: usize, rowOffset: i32): void {
  const score = scoreAt(index);
  score.factors = factors;
  score.rowOffset = rowOffset;
}

/** Fills the magnitudes of every score for the decoded block `block` of a run of `count`. Twin: score.wgsl. */
export function scoreBlocks(block: i32, count: i32): void {
  for (let s = 0; s < scoreCount; s++) {
    const score = scoreAt(s);
    if (score.kind == SCORE_DELTA) scoreDeltas(score);
    else if (score.kind == SCORE_VARIANCE) scoreVariances(score);
    else scoreWeighted(score, block, count);
  }
}

function scoreDeltas(score: Score): void {
  const x = valuesOf(score.operand);
  const base = valuesOf(score.base);
  for (let i = 0; i < BLOCK * 4; i += 16) v128.store(score.magnitudes + i, magnitudesAt(x + i, base + i));
}

/** |x - base| of four elements rounded once to f32; NaN is one bit pattern, above every other. */
@inline
export function magnitudesAt(x: usize, base: usize): v128 {
  return canonical(f32x4.abs(f32x4.sub(v128.load(x), v128.load(base))));
}

@inline
function canonical(sizes: v128): v128 {
  return v128.bitselect(i32x4.splat(0x7fc00000), sizes, f32x4.ne(sizes, sizes));
}

@inline
function rounded(low: v128, high: v128): v128 {
  return canonical(i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}

function scoreVariances(score: Score): void {
  const count = <f64>(operandCount - 1);
  const divisor = f64x2.splat(count * count);
  for (let i = 0; i < BLOCK * 4; i += 16) {
    let low = f64x2.splat(0);
    let high = low;
    for (let a = 0; a < operandCount; a++) {
      if (a == score.base) continue;
      const x = valuesOf(a) + i;
      for (let b = a + 1; b < operandCount; b++) {
        if (b == score.base) continue;
        const y = valuesOf(b) + i;
        const delta0 = deltaAt(x, y);
        const delta1 = deltaAt(x + 8, y + 8);
        low = f64x2.add(low, f64x2.mul(delta0, delta0));
        high = f64x2.add(high, f64x2.mul(delta1, delta1));
      }
    }
    v128.store(score.magnitudes + i, rounded(f64x2.div(low, divisor), f64x2.div(high, divisor)));
  }
}

function scoreWeighted(score: Score, block: i32, count: i32): void {
  const x = valuesOf(score.operand);
  const base = valuesOf(score.base);
  spreadRows(scratch, score.factors, 8, score.rowLength, score.rowOffset, block, count);
  for (let i = 0; i < BLOCK; i += 4) {
    const from = i * 4;
    const low = f64x2.abs(deltaAt(x + from, base + from));
    const high = f64x2.abs(deltaAt(x + from + 8, base + from + 8));
    const factors = scratch + i * 8;
    v128.store(
      score.magnitudes + from,
      rounded(f64x2.mul(low, v128.load(factors)), f64x2.mul(high, v128.load(factors, 16))),
    );
  }
}
