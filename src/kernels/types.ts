/**
 * The kernels: the few passes over elements that every merge method is made of.
 *
 * Two engines implement this interface and pass one conformance suite: `gpu/` (WGSL) and `cpu/` (WebAssembly with
 * SIMD). A kernel sees one tile: the same run of elements of K operands. Partial results of a statistic are combined
 * in f64 by the caller, over fixed blocks of 4096 elements, so that they do not depend on the tile size.
 *
 * Numbers. Operands are decoded bit-exactly. A delta used as a value is x - base in f64; one used to select (a
 * magnitude) is that rounded to f32. Coefficients and sums are f64, evaluated in a fixed order; outputs are rounded once,
 * to nearest even. A NaN is written as 7fc00000, 7e00 (F16), 7fc0 (BF16) or 7f (both float8, as PyTorch writes it).
 * F8_E5M2 overflows to infinity; F8_E4M3 has none, so what would round above 448 is a NaN. Both engines do the same f64
 * operations (the GPU in integers, shaders/lib/wide.wgsl), so their results are the same bits. Coefficients are 0 or
 * within 2^-600 .. 2^600.
 */

import type { MergeDtype, OutputDtype } from '../base/dtype.ts';

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

/**
 * A number per element that is not negative, rounded once to f32, by which elements are ordered and cut. NaN is the
 * largest of all.
 */
export type Score =
  /** |x - base|, or |x| without a base. */
  | { readonly kind: 'delta'; readonly operand: number; readonly base: number | null }
  /** Population variance over all operands but the base: sum over pairs i < j of (x_i - x_j)^2, divided by K^2. */
  | { readonly kind: 'variance'; readonly base: number }
  /** |x - base| times the factor of the element's row; `factors` holds every row of the whole tensor. */
  | {
      readonly kind: 'weighted';
      readonly operand: number;
      readonly base: number;
      readonly rowLength: number;
      readonly factors: Float64Array;
    };

/** Which elements of one delta survive. */
export type KeepRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  /** By `score`, which is the delta's own magnitude when absent. */
  | { readonly kind: 'largest'; readonly cut: MagnitudeCut; readonly score?: Score }
  /** What `outer` keeps of the delta's magnitudes and `inner` does not. */
  | { readonly kind: 'middle'; readonly outer: MagnitudeCut; readonly inner: MagnitudeCut }
  /** Philox4x32-10, key as given, counter = flat index / 4, word = flat index % 4; kept when word < threshold. */
  | { readonly kind: 'random'; readonly key: readonly [number, number]; readonly threshold: number }
  /**
   * As `random`, with a threshold (below 2^32) for each rank within a row of `thresholds.length` elements: rank 0 is the
   * row's smallest |delta| (rounded to f32), equal ones by index. The tile holds whole rows.
   */
  | { readonly kind: 'ranked'; readonly key: readonly [number, number]; readonly thresholds: Uint32Array };

/** Elements that share statistics or coefficients. */
export type Grouping =
  /** Runs of `length` consecutive elements. A tile that is grouped by rows holds whole rows. */
  | { readonly kind: 'rows'; readonly length: number }
  /** Elements whose flat index is the same modulo `count`: the columns of a matrix of rows of `count`. */
  | { readonly kind: 'columns'; readonly count: number };

/** One operand's part in a consensus: kept, then multiplied by `scale` and `weight` (f64). */
export interface DeltaRule {
  readonly operand: number;
  readonly keep: KeepRule;
  /** L1 rescale factor; 1 for none. */
  readonly scale: number;
  readonly weight: number;
  /** What the delta is multiplied by in the vote instead of `weight`. */
  readonly voteWeight?: number;
}

export interface CombineSpec {
  /** One coefficient per operand (f64); with `grouping` one per group of the whole tensor and operand, group-major. */
  readonly coefficients: readonly number[] | Float64Array;
  readonly grouping?: Grouping;
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
  /** Under both, a smaller divisor counts as this one; absent, only a divisor of 0 is replaced. Above 0. */
  readonly leastDivisor?: number;
  readonly lambda: number;
}

/** What is summed of a delta: |delta|, or delta^2. */
export type SumMeasure = 'absolute' | 'square';

/** Sums over one delta under a keep rule, in f64. */
export interface DeltaSums {
  /** Over all elements. */
  readonly all: number;
  /** Over kept elements. */
  readonly kept: number;
  readonly keptCount: number;
}

/** How many elements of an operand differ from the base by more than the threshold where it alone does, and where others do too. */
export interface OverlapCount {
  readonly unique: number;
  readonly shared: number;
}

/**
 * An output element chosen or made from the operands' elements at its place, in f64; a sum starts from -0, the neutral
 * element of addition, and takes its terms in operand order.
 */
export type PickSpec =
  /** base + w (x - base), w = min(1, t / max(|x - base|, 1e-6)); t >= 0. */
  | { readonly kind: 'near'; readonly base: number; readonly operand: number; readonly t: number }
  /**
   * An operand is active where |x - base|, rounded to f32, is above `threshold` (rounded to f32; at least 0), or NaN. One
   * active operand: base + its factor times its delta; several: base + the sum of their deltas over their number; none:
   * base.
   */
  | {
      readonly kind: 'active';
      readonly base: number;
      readonly threshold: number;
      /** Per operand; the base's is ignored. */
      readonly uniqueFactors: readonly number[];
    }
  /** base + the coefficient_k * (x_k - base) of largest magnitude in f64, the first of equal ones; NaN is the largest. */
  | { readonly kind: 'farthest'; readonly base: number; readonly coefficients: readonly number[] }
  /**
   * m is the sum over the number of what is left of the operands but the base, when the `trim` smallest and the `trim`
   * largest are taken away (equal ones by operand, -0 and 0 are equal; NaN is the largest). base + lambda * (m - base), or
   * m without a base.
   */
  | {
      readonly kind: 'trimmed';
      readonly base: number | null;
      readonly trim: number;
      readonly lambda: number;
    };

/**
 * One of the three passes of a radix select over the bits of a score (31 bits: 11, 10, 10 from the top). `prefix` is the
 * value of the bits above this pass's digit, found by the passes before; elements with other upper bits are not counted.
 */
export interface HistogramSpec {
  readonly score: Score;
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
  maxTileElements(operandDtypes: readonly MergeDtype[], out: OutputDtype): number;
  /** Bytes the engine itself holds for such a tile: operands, output and staging. */
  residentBytes(operandDtypes: readonly MergeDtype[], elementCount: number): number;
  load(input: TileInput): Promise<Tile>;
  /**
   * All pairwise dots of the operands (minus operand `base` when given), K*K row-major; the base's own row and column are
   * 0 then. `before` is the result for the elements before the tile: blocks are added onto it one by one, so that handing
   * each tile's result to the next gives sums that do not depend on the tile size, to the last bit.
   */
  gram(tile: Tile, base: number | null, before?: Float64Array): Promise<Float64Array>;
  /**
   * `gram` per group, group-major. By rows: the tile's rows. By columns: every column, added onto `before`, in index
   * order. A row's products are added up in four sums, by flat index modulo 4, which are then added in order.
   */
  groupGram(
    tile: Tile,
    base: number | null,
    grouping: Grouping,
    before?: Float64Array,
  ): Promise<Float64Array>;
  /** One histogram per spec, all of one `pass`. */
  histograms(tile: Tile, specs: readonly HistogramSpec[]): Promise<Uint32Array[]>;
  /** Flat index of the `nth` (from 0) element of the tile whose score's bits are `magnitude`. Rejects with `Internal` if there are fewer. */
  indexOfMagnitude(tile: Tile, spec: { score: Score; magnitude: number; nth: number }): Promise<number>;
  /** One result per rule; `before` as in `gram`. */
  sums(
    tile: Tile,
    base: number,
    rules: readonly DeltaRule[],
    measure: SumMeasure,
    before?: readonly DeltaSums[],
  ): Promise<DeltaSums[]>;
  /** One count per operand (the base's are 0); active is as in `PickSpec`. `before` as in `gram`. */
  overlaps(
    tile: Tile,
    base: number,
    threshold: number,
    before?: readonly OverlapCount[],
  ): Promise<OverlapCount[]>;
  /**
   * Per row of the tile, which holds whole rows: the divergence sum p ln(p / q), p = softmax(x) + 1e-8 and
   * q = softmax(base) + 1e-8; at least 0. By the steps that shared/divergence.ts lists.
   */
  rowDivergence(tile: Tile, operand: number, base: number, rowLength: number): Promise<Float64Array>;
  /** The output's bytes, little-endian, freshly allocated, exactly elementCount elements. */
  combine(tile: Tile, spec: CombineSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>>;
  consensus(tile: Tile, spec: ConsensusSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>>;
  pick(tile: Tile, spec: PickSpec, out: OutputDtype): Promise<Uint8Array<ArrayBuffer>>;
  /** Frees everything; calls in flight reject with `DeviceLost` or `Cancelled`. */
  dispose(): void;
}
