/**
 * The kernels: the few passes over elements that every merge method is made of.
 *
 * Two engines implement this interface and pass one conformance suite: `gpu/` (WGSL) and `cpu/` (WebAssembly with
 * SIMD). A kernel sees one tile: the same run of elements of K operands. Partial results of a statistic are combined
 * in f64 by the caller, over fixed blocks of 4096 elements, so that they do not depend on the tile size.
 *
 * Numbers. Operands are decoded bit-exactly. A delta used as a value is x - base in f64; one used to select (a
 * magnitude) is that rounded to f32. Coefficients and sums are f64, evaluated in a fixed order; outputs are rounded once,
 * to nearest even, and a NaN is written as the canonical quiet one. Both engines do the same f64 operations (the GPU in
 * integers, shaders/lib/wide.wgsl), so their results are the same bits. Coefficients are 0 or within 2^-600 .. 2^600.
 */

import type { MergeDtype } from '../base/dtype.ts';

export type EngineKind = 'gpu' | 'cpu';

export interface Operand {
  readonly dtype: MergeDtype;
  /** Little-endian elements; any byte offset. The engine may keep it until the tile is released, and never writes to it. */
  readonly bytes: Uint8Array;
}

/** K operands over elements `[firstIndex, firstIndex + elementCount)` of one flattened tensor, resident in an engine. */
export interface Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  /** Gives the memory back; the tile is unusable afterwards. Idempotent. */
  release(): void;
}

export interface TileInput {
  /** Flat index of the first element in its tensor; a multiple of 4096. */
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operands: readonly Operand[];
}

/**
 * Where a magnitude order is cut: elements with |delta| above `magnitude` are kept, and of those equal to it the ones
 * with a flat index below `ties`. `magnitude` is the f32 bit pattern of |delta| (so integers order as magnitudes do).
 */
export interface MagnitudeCut {
  readonly magnitude: number;
  readonly ties: number;
}

/** Which elements of one delta survive. */
export type KeepRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'largest'; readonly cut: MagnitudeCut }
  /** Philox4x32-10, key as given, counter = flat index / 4, word = flat index % 4; kept when word < threshold. */
  | { readonly kind: 'random'; readonly key: readonly [number, number]; readonly threshold: number };

/** One operand's part in a consensus: kept, then multiplied by `scale` and `weight` (f64). */
export interface DeltaRule {
  readonly operand: number;
  readonly keep: KeepRule;
  /** L1 rescale factor; 1 for none. */
  readonly scale: number;
  readonly weight: number;
}

export interface CombineSpec {
  /** One coefficient per operand (f64). */
  readonly coefficients: readonly number[];
  /** When set, operand `base` is subtracted from every other before weighting and added at the end; its coefficient is ignored. */
  readonly base: number | null;
}

export interface ConsensusSpec {
  readonly base: number;
  readonly rules: readonly DeltaRule[];
  /**
   * Elect the sign of the weighted sum (>= 0 counts as plus, NaN as minus) and drop terms that disagree; a zero term never
   * agrees. The vote's sum is f32, rounded after each of (x - base) * scale * weight and each addition in the rules' order,
   * because mergekit's is; the terms that are then added are f64.
   */
  readonly signVote: boolean;
  /** Divide by the sum of the weights that took part (per element under signVote, else over all rules); a divisor of 0 counts as 1, and below 1e-8 without signVote. */
  readonly normalize: boolean;
  readonly lambda: number;
}

/** Sums over one delta under a keep rule, in f64. */
export interface DeltaSums {
  /** Sum of |delta| over all elements. */
  readonly absAll: number;
  /** Sum of |delta| over kept elements. */
  readonly absKept: number;
  readonly keptCount: number;
}

/**
 * One of the three passes of a radix select over magnitude bits (31 bits: 11, 10, 10 from the top). `prefix` is the
 * value of the bits above this pass's digit, found by the passes before; elements with other upper bits are not counted.
 */
export interface HistogramSpec {
  readonly operand: number;
  /** Operand subtracted first; null selects on |x| itself. */
  readonly base: number | null;
  readonly pass: 0 | 1 | 2;
  readonly prefix: number;
}

/** Bins of the passes of `HistogramSpec`, and how far each digit is shifted. */
export const RADIX_PASSES = [
  { bins: 2048, shift: 20 },
  { bins: 1024, shift: 10 },
  { bins: 1024, shift: 0 },
] as const;

export interface Kernels {
  readonly engine: EngineKind;
  /** In words, for people and the lock file: `NVIDIA H100`, `SwiftShader`, `CPU`. */
  readonly device: string;
  /** Most elements a tile of `operands` may have under the engine's limits; a multiple of 4096. */
  maxTileElements(operandDtypes: readonly MergeDtype[], out: MergeDtype): number;
  /** Bytes the engine itself holds for such a tile: operands, output and staging. */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number;
  load(input: TileInput): Promise<Tile>;
  /**
   * All pairwise dots of the operands (minus operand `base` when given), K*K row-major; the base's own row and column are
   * 0 then. `before` is the result for the elements before the tile: blocks are added onto it one by one, so that handing
   * each tile's result to the next gives sums that do not depend on the tile size, to the last bit.
   */
  gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array>;
  histogram(tile: Tile, spec: HistogramSpec): Promise<Uint32Array>;
  /** Flat index of the `nth` (from 0) element of the tile whose magnitude equals `magnitude`. Rejects with `Internal` if there are fewer. */
  indexOfMagnitude(
    tile: Tile,
    spec: { operand: number; base: number | null; magnitude: number; nth: number },
  ): Promise<number>;
  /** One result per rule; `before` as in `gram`. */
  sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]>;
  /** The output's bytes, little-endian, freshly allocated, exactly elementCount elements. */
  combine(tile: Tile, spec: CombineSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>>;
  consensus(tile: Tile, spec: ConsensusSpec, out: MergeDtype): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees everything; calls in flight reject with `DeviceLost` or `Cancelled`. */
  dispose(): void;
}
