/**
 * What lies where in linear memory: tables of operands, scores and rules, then their buffers, then a table whose use each
 * kernel defines. Only `reserve` allocates.
 */

/** Elements of a block; BLOCK_ELEMENTS of src/base/limits.ts. */
export const BLOCK: i32 = 4096;
/** Most elements a caller stages at once: with few operands, a run stays in the second-level cache. */
export const RUN_ELEMENTS: i32 = 4 * BLOCK;

export const BF16: i32 = 0;
export const F16: i32 = 1;
export const F32: i32 = 2;
export const F8_E4M3: i32 = 3;
export const F8_E5M2: i32 = 4;

const PAGE_BYTES: usize = 65536;

@unmanaged
export class Operand {
  /** Whether the caller staged its elements for this kernel. */
  staged: bool;
  dtype: i32;
  /** Of combine and pick. */
  coefficient: f64;
  /** Of overlaps. */
  unique: i32;
  shared: i32;
  /** Elements of the run as they came: RUN_ELEMENTS of up to four bytes. */
  raw: usize;
  /** A block of them as f32. */
  values: usize;
  /** A block of f64 (deltas, coefficients) or of 32-bit words, as the kernel likes. */
  wide: usize;
}

/** A number per element that elements are cut by: `Score` in src/kernels/types.ts. */
@unmanaged
export class Score {
  kind: i32;
  operand: i32;
  base: i32;
  rowLength: i32;
  /** Weighted: f64 factors of the rows from the run's first on, and how many elements of that row precede the run. */
  factors: usize;
  rowOffset: i32;
  /** A block of magnitudes: f32 bits, NaN the largest. */
  magnitudes: usize;
}

@unmanaged
export class Rule {
  /** The decoded block of its operand. */
  values: usize;
  keep: i32;
  /** The block of magnitudes that it is cut by. */
  magnitudes: usize;
  /** Magnitudes above `cut` stay, equal ones while their flat index is below `ties`. */
  cut: i32;
  ties: f64;
  /** Middle: what is so kept, and not by this. */
  innerCut: i32;
  innerTies: f64;
  /** Random: words up to `lastWord`, as unsigned integers, stay. */
  key0: i32;
  key1: i32;
  lastWord: u32;
  /** Whether sums writes down, in `bits`, which elements stay. */
  records: bool;
  /** scale * weight, and each of the two as the vote takes it. */
  factor: f64;
  scale32: f32;
  voteWeight32: f32;
  weight: f64;
  /** Sums so far. */
  all: f64;
  kept: f64;
  keptCount: f64;
  /** A block of 32-bit masks: all ones where an element is kept, else zero. */
  masks: usize;
  /** A bit per element of the run, lowest first. */
  bits: usize;
}

export const OPERAND_BYTES: i32 = (<i32>offsetof<Operand>() + 15) & ~15;
export const SCORE_BYTES: i32 = (<i32>offsetof<Score>() + 15) & ~15;
export const RULE_BYTES: i32 = (<i32>offsetof<Rule>() + 15) & ~15;

/** Loops over elements go through these tables by address. */
export let operands: usize = 0;
export let scores: usize = 0;
export let rules: usize = 0;
export let operandCount: i32 = 0;
export let scoreCount: i32 = 0;
export let ruleCount: i32 = 0;
/** A block of f64: values to encode. */
export let totals: usize = 0;
/** A block of f64 or of 32-bit words, for what lasts no longer than a function. */
export let scratch: usize = 0;
/** A block of zeros: what is subtracted where there is no base. */
export let zeros: usize = 0;
/** 256 f64 sums twice, of the columns of a block. */
export let partials: usize = 0;
/** Encoded elements of a run. */
let output: usize = 0;
let table: usize = 0;

/** Bytes of buffers that so many operands, scores and rules need. */
export function bufferBytes(operandsWanted: i32, scoresWanted: i32, rulesWanted: i32): i32 {
  return (
    operandsWanted * (RUN_ELEMENTS * 4 + BLOCK * 12) +
    scoresWanted * BLOCK * 4 +
    rulesWanted * (BLOCK * 4 + RUN_ELEMENTS / 8)
  );
}

/** Lays memory out, grows it when it must, and forgets what was staged. `tableBytes` is what the kernel's table needs. */
export function reserve(operandsWanted: i32, scoresWanted: i32, rulesWanted: i32, tableBytes: i32): void {
  operandCount = operandsWanted;
  scoreCount = scoresWanted;
  ruleCount = rulesWanted;
  operands = (__heap_base + 15) & ~15;
  scores = operands + operandsWanted * OPERAND_BYTES;
  rules = scores + scoresWanted * SCORE_BYTES;
  let top = (rules + rulesWanted * RULE_BYTES + 63) & ~63;
  zeros = top;
  top += BLOCK * 4;
  totals = top;
  top += BLOCK * 8;
  scratch = top;
  top += BLOCK * 8;
  partials = top;
  top += 512 * 8;
  output = top;
  top += RUN_ELEMENTS * 4;
  const buffers = top;
  top += bufferBytes(operandsWanted, scoresWanted, rulesWanted);
  table = top;
  top += tableBytes;
  const pages = <i32>((top + PAGE_BYTES - 1) / PAGE_BYTES);
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) unreachable();
  memory.fill(operands, 0, zeros - operands + BLOCK * 4);
  placeBuffers(buffers);
}

function placeBuffers(buffers: usize): void {
  let top = buffers;
  for (let k = 0; k < operandCount; k++) {
    const operand = operandAt(k);
    operand.raw = top;
    operand.values = top + RUN_ELEMENTS * 4;
    operand.wide = operand.values + BLOCK * 4;
    top = operand.wide + BLOCK * 8;
  }
  for (let s = 0; s < scoreCount; s++) {
    scoreAt(s).magnitudes = top;
    top += BLOCK * 4;
  }
  for (let r = 0; r < ruleCount; r++) {
    const rule = ruleAt(r);
    rule.masks = top;
    rule.bits = top + BLOCK * 4;
    top = rule.bits + RUN_ELEMENTS / 8;
  }
}

@inline
export function operandAt(index: i32): Operand {
  return changetype<Operand>(operands + index * OPERAND_BYTES);
}

@inline
export function scoreAt(index: i32): Score {
  return changetype<Score>(scores + index * SCORE_BYTES);
}

@inline
export function ruleAt(index: i32): Rule {
  return changetype<Rule>(rules + index * RULE_BYTES);
}

/** Announces that operand `index` takes part; returns where its elements go. */
export function stage(index: i32, dtype: i32): usize {
  const operand = operandAt(index);
  operand.staged = true;
  operand.dtype = dtype;
  return operand.raw;
}

export function setCoefficient(index: i32, coefficient: f64): void {
  operandAt(index).coefficient = coefficient;
}

/** Clears the staged elements from `count` to the end of their block: zero bytes are +0 in every dtype. */
export function openRun(count: i32): void {
  const end = blocksOf(count) * BLOCK;
  for (let k = 0; k < operandCount; k++) {
    const operand = operandAt(k);
    if (!operand.staged) continue;
    const width = widthOf(operand.dtype);
    memory.fill(operand.raw + count * width, 0, (end - count) * width);
  }
}

/** The decoded block of an operand; zeros for -1, which stands for no base. */
export function valuesOf(index: i32): usize {
  return index < 0 ? zeros : operandAt(index).values;
}

@inline
export function blocksOf(count: i32): i32 {
  return (count + BLOCK - 1) / BLOCK;
}

/** Bytes of an element. */
@inline
export function widthOf(dtype: i32): i32 {
  return dtype == F32 ? 4 : dtype < F32 ? 2 : 1;
}

export function outputAt(): usize {
  return output;
}

/** Where block `block` of the run's output goes. */
@inline
export function outputBlock(block: i32, out: i32): usize {
  return output + block * BLOCK * widthOf(out);
}

export function tableAt(): usize {
  return table;
}
