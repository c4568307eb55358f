/** What lies where in linear memory: tables of operands and rules, then buffers. Only `reserve` allocates. */

/** Elements of a block; BLOCK_ELEMENTS of src/base/limits.ts. */
export const BLOCK: i32 = 4096;
/** Most elements a caller stages at once: with few operands, a run stays in the second-level cache. */
export const RUN_ELEMENTS: i32 = 4 * BLOCK;

export const BF16: i32 = 0;
export const F16: i32 = 1;
export const F32: i32 = 2;

const PAGE_BYTES: usize = 65536;

@unmanaged
export class Operand {
  /** Whether the caller staged its elements for this kernel. */
  staged: bool;
  dtype: i32;
  coefficient: f64;
  /** Elements of the run as they came: RUN_ELEMENTS of up to four bytes. */
  raw: usize;
  /** A block of them as f32. */
  values: usize;
  /** A block of f64; only dots need them all at once. */
  deltas: usize;
}

@unmanaged
export class Rule {
  /** The decoded block of its operand. */
  values: usize;
  keep: i32;
  /** Largest: magnitudes above `magnitude` stay, equal ones while their flat index is below `ties`. */
  magnitude: i32;
  ties: f64;
  /** Random: words up to `lastWord`, as unsigned integers, stay. */
  key0: i32;
  key1: i32;
  lastWord: u32;
  /** scale * weight, and each of the two as the vote takes it. */
  factor: f64;
  scale32: f32;
  weight32: f32;
  weight: f64;
  /** Sums so far. */
  absAll: f64;
  absKept: f64;
  keptCount: f64;
  /** A block of 32-bit masks: all ones where an element is kept, else zero. */
  masks: usize;
}

export const OPERAND_BYTES: i32 = (<i32>offsetof<Operand>() + 15) & ~15;
export const RULE_BYTES: i32 = (<i32>offsetof<Rule>() + 15) & ~15;

/** Loops over elements go through these tables by address. */
export let operands: usize = 0;
export let rules: usize = 0;
export let operandCount: i32 = 0;
export let ruleCount: i32 = 0;
/** A block of f64: values to encode. */
export let totals: usize = 0;
/** A block of zeros: what is subtracted where there is no base. */
export let zeros: usize = 0;
/** 256 f64 sums twice, of the columns of a block; or the bins of a histogram, four counters each. */
export let partials: usize = 0;
/** Encoded elements of a run. */
let output: usize = 0;
/** K*K dots in f64, or the 2048 bins of a histogram. */
let results: usize = 0;

/** Bytes of buffers that so many operands and rules need. */
export function bufferBytes(operandsWanted: i32, rulesWanted: i32): i32 {
  return operandsWanted * (RUN_ELEMENTS * 4 + BLOCK * 12) + rulesWanted * BLOCK * 4;
}

/** Lays memory out for so many operands and rules, grows it when it must, and forgets what was staged. */
export function reserve(operandsWanted: i32, rulesWanted: i32): void {
  operandCount = operandsWanted;
  ruleCount = rulesWanted;
  operands = (__heap_base + 15) & ~15;
  rules = operands + operandsWanted * OPERAND_BYTES;
  let top = (rules + rulesWanted * RULE_BYTES + 63) & ~63;
  zeros = top;
  top += BLOCK * 4;
  totals = top;
  top += BLOCK * 8;
  partials = top;
  top += 2048 * 16;
  output = top;
  top += RUN_ELEMENTS * 4;
  results = top;
  top += max<usize>(2048 * 4, operandsWanted * operandsWanted * 8 + 63) & ~63;
  const buffers = top;
  top += bufferBytes(operandsWanted, rulesWanted);
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
    operand.deltas = operand.values + BLOCK * 4;
    top = operand.deltas + BLOCK * 8;
  }
  for (let r = 0; r < ruleCount; r++) {
    ruleAt(r).masks = top;
    top += BLOCK * 4;
  }
}

@inline
export function operandAt(index: i32): Operand {
  return changetype<Operand>(operands + index * OPERAND_BYTES);
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
    const width = operand.dtype == F32 ? 4 : 2;
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

export function outputAt(): usize {
  return output;
}

export function totalsAt(): usize {
  return results;
}
