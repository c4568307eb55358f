/**
 * The CPU engine's loops, in AssemblyScript (TypeScript's syntax, WebAssembly's types), compiled to WebAssembly with
 * SIMD. Arithmetic is f64, two elements at a time, in the same order as on a GPU; results are rounded once.
 *
 * The caller copies a run of at most RUN_ELEMENTS elements of every operand in, calls a kernel, and copies the result
 * out. Kernels go through a run by blocks of BLOCK elements, always whole: `openRun` clears what lies past the end.
 */

export { census, infiniteCountOf, largestOf, nanCountOf, openCensus, squaresOf } from './census';
export { combine, combineColumns, combineRows } from './combine';
export { consensus } from './consensus';
export { divergeRows, divergenceBytes, gatherValues, openDivergence } from './divergence';
export { gram } from './gram';
export { gramColumns, gramRows } from './group-gram';
export { bitsAt, keepAll, keepBits, keepLargest, keepMiddle, keepNone, keepRandom, setRule } from './keep';
export { bufferBytes, openRun, outputAt, RUN_ELEMENTS, reserve, setCoefficient, stage, tableAt } from './layout';
export { overlaps, sharedOf, uniqueOf } from './overlaps';
export { pickActive, pickFarthest, pickNear } from './pick';
export { gatherScores, openRanks, rankBytes, rankedBitsAt, rankRows, thresholdsAt } from './rank';
export { setFactors, setScore } from './score';
export { clearHistograms, HISTOGRAM_BYTES, histogram, indexOfMagnitude, openBlock, sumHistogram } from './select';
export { allOf, keptCountOf, keptOf, setSums, sums } from './sums';
export { pickTrimmed } from './trimmed';
