// The score of an element: its delta's magnitude, that times a factor of its row, or the variance of the operands. A kernel
// that scores has `score: Score` and `factors: array<vec2u>` (float64, of the tile's rows) in its parameters. Twin:
// src/kernels/cpu/assembly/score.ts.

// At most one of the two.
override scoresVariance = false;
override scoresWeighted = false;

// Written by scoreWords in src/kernels/gpu/scores.ts.
struct Score {
  operand: u32,
  base: u32,
  operandCount: u32,
  // Weighted: how long a row is, and how far into one the tile begins.
  rowLength: u32,
  rowOffset: u32,
  // Variance: the square of how many operands there are beside the base, as a float64.
  divisor: vec2u,
}

// Sum over pairs i < j of (x_i - x_j)^2, over the square of their number.
fn varianceOf(row: u32) -> Wide {
  var sum = wideZero(0u);
  for (var i = 0u; i < params.score.operandCount; i++) {
    if (i != params.score.base) {
      let value = load(i, row);
      for (var j = i + 1u; j < params.score.operandCount; j++) {
        if (j != params.score.base) {
          let difference = wideSubtract(value, load(j, row));
          sum = wideAdd(sum, wideMultiply(difference, difference));
        }
      }
    }
  }
  return wideDivide(sum, wideOfPair(params.score.divisor));
}

fn factorsOf(row: u32) -> Wide {
  let at = (placesOf(row) + vec4u(params.score.rowOffset)) / vec4u(params.score.rowLength);
  let a = params.factors[at.x];
  let b = params.factors[at.y];
  let c = params.factors[at.z];
  let d = params.factors[at.w];
  return wideOfBits(vec4u(a.x, b.x, c.x, d.x), vec4u(a.y, b.y, c.y, d.y));
}

fn scoreOf(row: u32) -> vec4u {
  if (scoresVariance) {
    return magnitudeOf(varianceOf(row));
  }
  let delta = loadDelta(params.score.operand, params.score.base, row);
  if (scoresWeighted) {
    return magnitudeOf(wideMultiply(delta, factorsOf(row)));
  }
  return magnitudeOf(delta);
}
