/**
 * The CPU engine's loops, in AssemblyScript (TypeScript's syntax, WebAssembly's types), compiled to WebAssembly with
 * SIMD. Arithmetic is f64, two elements at a time, in the same order as on a GPU; results are rounded once.
 *
 * The caller copies a run of at most RUN_ELEMENTS elements of every operand in, calls a kernel, and copies the result
 * out. Kernels go through a run by blocks of BLOCK elements, always whole: `openRun` clears what lies past the end.
 */

export { combine } from './combine';
export { consensus } from './consensus';
export { gram } from './gram';
export { keepAll, keepLargest, keepNone, keepRandom, setRule } from './keep';
export { bufferBytes, openRun, outputAt, RUN_ELEMENTS, reserve, setCoefficient, stage, totalsAt } from './layout';
export { clearHistogram, histogram, indexOfMagnitude, sumHistogram } from './select';
export { absAllOf, absKeptOf, keptCountOf, setSums, sums } from './sums';
