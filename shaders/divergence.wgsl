// The divergence of rows from the base's rows, in three kernels: divergence-greatest.wgsl, divergence-powers.wgsl and
// divergence-terms.wgsl, each over a part of every row at hand, a workgroup for a row. Twin of all of it, step by step:
// src/kernels/shared/divergence.ts.

// Written by divergenceParams in src/kernels/gpu/divergence.ts.
struct Params {
  operand: u32,
  base: u32,
  // Of the rows at hand in the tile, and in `states`.
  firstRow: u32,
  firstState: u32,
  rowLength: u32,
  // Within a row.
  start: u32,
  end: u32,
  unused: u32,
  // As wideSplat takes them, in the order of the constants below.
  constants: array<vec4u>,
}
@group(0) @binding(1) var<storage, read> params: Params;

const ONE = 0u;
const LOG2_E = 1u;
const ROUNDER = 2u;
const LN2_HIGH = 3u;
const LN2_LOW = 4u;
const LEAST_EXPONENT = 5u;
const SHARE_FLOOR = 6u;
const SQRT_2 = 7u;
const EXP_COEFFICIENTS = 8u;
const EXP_COUNT = 14u;
const LOG_COEFFICIENTS = 22u;
const LOG_COUNT = 10u;

// Four sums, by place modulo 4, as float64.
struct Sums {
  low: vec4u,
  high: vec4u,
}

// What is known of a row so far; zeroed at first.
struct RowState {
  // Of the operand and of the base: the greatest element, as bits whose integer order is the elements'.
  greatest: vec2u,
  // Whether an element of either is infinite or NaN.
  isOdd: u32,
  unused: u32,
  // Of the operand and of the base.
  powers: array<Sums, 2>,
  terms: Sums,
}
@group(0) @binding(2) var<storage, read_write> states: array<RowState>;

const LANES = 64u;

fn constant(index: u32) -> Wide {
  return wideSplat(params.constants[index]);
}

fn rowStartOf(group: u32) -> u32 {
  return (params.firstRow + group) * params.rowLength;
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
