/** The one instance of the engine's WebAssembly module, and its memory. */

import bytes from './assembly/main.ts?assemblyscript';

/** What assembly/main.ts exports; a base of -1 stands for none, and a place is a byte offset in the memory. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly RUN_ELEMENTS: WebAssembly.Global<'i32'>;
  readonly HISTOGRAM_BYTES: WebAssembly.Global<'i32'>;
  bufferBytes(operandCount: number, scoreCount: number, ruleCount: number): number;
  reserve(operandCount: number, scoreCount: number, ruleCount: number, tableBytes: number): void;
  stage(operand: number, dtype: number): number;
  openRun(count: number): void;
  outputAt(): number;
  tableAt(): number;

  setCoefficient(operand: number, coefficient: number): void;
  combine(count: number, base: number, out: number): void;
  combineRows(count: number, base: number, out: number, rowLength: number, rowOffset: number): void;
  combineColumns(count: number, base: number, out: number, columns: number): void;

  setScore(score: number, kind: number, operand: number, base: number, rowLength: number): void;
  setFactors(score: number, factors: number, rowOffset: number): void;

  setRule(
    rule: number,
    operand: number,
    factor: number,
    scale: number,
    weight: number,
    voteWeight: number,
  ): void;
  keepNone(rule: number): void;
  keepAll(rule: number): void;
  keepLargest(rule: number, score: number, cut: number, ties: number): void;
  keepMiddle(
    rule: number,
    score: number,
    cut: number,
    ties: number,
    innerCut: number,
    innerTies: number,
  ): void;
  keepRandom(rule: number, key0: number, key1: number, lastWord: number, records: boolean): void;
  keepBits(rule: number): void;
  bitsAt(rule: number): number;
  consensus(
    count: number,
    first: number,
    base: number,
    signVote: boolean,
    divides: boolean,
    leastDivisor: number,
    factor: number,
    out: number,
  ): void;

  setSums(rule: number, all: number, kept: number, keptCount: number): void;
  sums(count: number, first: number, base: number, squares: boolean): void;
  allOf(rule: number): number;
  keptOf(rule: number): number;
  keptCountOf(rule: number): number;

  gram(count: number, base: number): void;
  gramRows(count: number, base: number, rowLength: number, rowOffset: number): number;
  gramColumns(count: number, base: number, columns: number): void;

  overlaps(count: number, base: number, threshold: number): void;
  uniqueOf(operand: number): number;
  sharedOf(operand: number): number;

  clearHistograms(histograms: number): void;
  openBlock(block: number, count: number): void;
  histogram(
    histogram: number,
    block: number,
    count: number,
    score: number,
    prefix: number,
    upperShift: number,
    shift: number,
  ): void;
  sumHistogram(histogram: number): number;
  indexOfMagnitude(count: number, magnitude: number, nth: number): number;

  rankBytes(chunkElements: number, rowLength: number, tileElements: number): number;
  openRanks(chunkElements: number, rowLength: number, tileElements: number): void;
  thresholdsAt(): number;
  rankedBitsAt(): number;
  gatherScores(count: number, position: number): void;
  rankRows(
    rows: number,
    rowLength: number,
    lead: number,
    tileBlock: number,
    first: number,
    key0: number,
    key1: number,
  ): void;

  divergenceBytes(chunkElements: number, rowLength: number, rows: number): number;
  openDivergence(chunkElements: number, rowLength: number): void;
  gatherValues(count: number, operand: number, base: number, position: number): void;
  divergeRows(rows: number, rowLength: number, lead: number): number;

  openCensus(): void;
  census(count: number): void;
  nanCountOf(): number;
  infiniteCountOf(): number;
  largestOf(): number;
  squaresOf(): number;

  pickNear(count: number, base: number, operand: number, t: number, out: number): void;
  pickActive(count: number, base: number, threshold: number, out: number): void;
  pickFarthest(count: number, base: number, out: number): void;
  pickTrimmed(count: number, base: number, trim: number, lambda: number, out: number): void;
}

function start(): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
}

let exports: Exports | null = null;

/** The module's functions; the first call compiles it, some milliseconds. */
export function machine(): Exports {
  exports ??= start();
  return exports;
}

let view = new Uint8Array(0);

/** The memory as bytes; asked for anew after every `reserve`, which may grow it. */
export function machineBytes(): Uint8Array {
  const { buffer } = machine().memory;
  if (view.buffer !== buffer) view = new Uint8Array(buffer);
  return view;
}

/** `length` f64 of the memory; valid until the next `reserve`. */
export function machineDoubles(place: number, length: number): Float64Array {
  return new Float64Array(machine().memory.buffer, place, length);
}
