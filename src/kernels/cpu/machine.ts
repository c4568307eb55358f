/** The one instance of the engine's WebAssembly module, and its memory. */

import bytes from './assembly/main.ts?assemblyscript';

/** What assembly/main.ts exports; a base of -1 stands for none, and a place is a byte offset in the memory. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly RUN_ELEMENTS: WebAssembly.Global<'i32'>;
  bufferBytes(operandCount: number, ruleCount: number): number;
  reserve(operandCount: number, ruleCount: number): void;
  stage(operand: number, dtype: number): number;
  openRun(count: number): void;
  outputAt(): number;
  totalsAt(): number;
  setCoefficient(operand: number, coefficient: number): void;
  combine(count: number, base: number, out: number): void;
  setRule(rule: number, operand: number, factor: number, scale: number, weight: number): void;
  keepNone(rule: number): void;
  keepAll(rule: number): void;
  keepLargest(rule: number, magnitude: number, ties: number): void;
  keepRandom(rule: number, key0: number, key1: number, lastWord: number): void;
  consensus(
    count: number,
    first: number,
    base: number,
    signVote: boolean,
    divides: boolean,
    factor: number,
    out: number,
  ): void;
  setSums(rule: number, absAll: number, absKept: number, keptCount: number): void;
  sums(count: number, first: number, base: number): void;
  absAllOf(rule: number): number;
  absKeptOf(rule: number): number;
  keptCountOf(rule: number): number;
  gram(count: number, base: number): void;
  clearHistogram(): void;
  histogram(
    count: number,
    operand: number,
    base: number,
    prefix: number,
    upperShift: number,
    shift: number,
  ): void;
  sumHistogram(): void;
  indexOfMagnitude(count: number, operand: number, base: number, magnitude: number, nth: number): number;
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
