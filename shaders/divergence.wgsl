// The divergence of rows from the base's rows, in three kernels: divergence-greatest.wgsl, divergence-powers.wgsl and
// divergence-terms.wgsl, each over a part of every row at hand. A workgroup has a row, or several where rows are short, each
// with lanes of its own. Twin of all of it, step by step: src/kernels/shared/divergence.ts.

// Written by divergenceParams in src/kernels/gpu/divergence.ts.
struct Params {
  operand: u32,
  base: u32,
  // Of the rows at hand in the tile, and in `states`.
  firstRow: u32,
  firstState: u32,
  rowCount: u32,
  rowLength: u32,
  // Within a row.
  start: u32,
  end: u32,
  // Lanes of a row: a power of two, at least 2.
  rowLanes: u32,
  unused0: u32,
  unused1: u32,
  unused2: u32,
  // As wideSplat takes them, in the order of the constants below.
  constants: array<vec4u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

const ONE = 0u;
const ROUNDER = 1u;
const LOG2_E = 2u;
const LN2_UPPER = 3u;
const LN2_LOWER = 4u;
const LN2_HIGH = 5u;
const LN2_LOW = 6u;
const LEAST_EXPONENT = 7u;
const SHARE_FLOOR = 8u;
const SQRT_2 = 9u;
const EXP_COEFFICIENTS = 10u;
const EXP_COUNT = 6u;
const LOG_COEFFICIENTS = 16u;
const LOG_COUNT = 10u;

// Four sums, by place modulo 4, as float64.
struct Sums {
  low: vec4u,
  high: vec4u,
}

// Eight sums as float32: of the places 0 to 3 modulo 8 from the row of four on that the row begins in, and of 4 to 7.
struct SingleSums {
  even: vec4u,
  odd: vec4u,
}

// What is known of a row so far; zeroed at first.
struct RowState {
  // Of the operand and of the base: the greatest element, as bits whose integer order is the elements'.
  greatest: vec2u,
  // Whether an element of either is infinite or NaN.
  isOdd: u32,
  unused: u32,
  // Of the operand and of the base.
  powers: array<SingleSums, 2>,
  terms: Sums,
}
@group(0) @binding(2) var<storage, read_write> states: array<RowState>;

const LANES = 64u;

fn constant(index: u32) -> Wide {
  return wideSplat(params.constants[index]);
}

// What a lane works on.
struct Share {
  // The lane among those of its row, and the first of those.
  lane: u32,
  firstLane: u32,
  state: u32,
  // Where the row starts in the tile, and where the part of it starts and ends; nowhere for lanes without a row.
  rowStart: u32,
  start: u32,
  end: u32,
}

fn shareOf(group: u32, lane: u32) -> Share {
  let own = lane % params.rowLanes;
  let row = group * (LANES / params.rowLanes) + lane / params.rowLanes;
  let rowStart = (params.firstRow + row) * params.rowLength;
  let length = select(0u, params.end - params.start, row < params.rowCount);
  let start = rowStart + params.start;
  return Share(own, lane - own, params.firstState + row, rowStart, start, start + length);
}

// How often the lanes of a row must go on by as many rows of four to see all of a row's part, wherever it starts.
fn turnCount() -> u32 {
  let most = (params.end - params.start + 6u) / 4u;
  return (most + params.rowLanes - 1u) / params.rowLanes;
}

fn sideOf(side: u32) -> u32 {
  return select(params.base, params.operand, side == 0u);
}

fn loadSums(sums: Sums) -> Wide {
  return wideOfBits(sums.low, sums.high);
}

fn storedSums(sums: Wide) -> Sums {
  let bits = wideBits(sums);
  return Sums(bits.lo, bits.hi);
}
