/** The Karcher mean of directions, iterated on their dot products alone: all iterates are sums of the inputs. */

export interface KarcherOptions {
  readonly maxIterations: number;
  /** Vectors no longer than this have no direction; also the angle and the step at which the search ends. */
  readonly tolerance: number;
}

/** A direction opposite to the iterate is as far in every direction; its sine is too small to divide by. */
const LEAST_SINE = 1e-7;
/** What is left of directions that cancel out, when lengths come from rounded products, is shorter than this. */
const LEAST_LENGTH = 1e-7;

/**
 * Coefficients of y = sum c_k x_k: the point of the sphere with the least sum of squared angles to the inputs' directions,
 * at the inputs' mean length (mergekit 0.1.4). All zero when no input has a direction.
 *
 * @param gram K*K dots of the inputs, row-major
 */
export function karcherCoefficients(gram: Float64Array, options: KarcherOptions): number[] {
  const { maxIterations, tolerance } = options;
  const operandCount = Math.sqrt(gram.length);
  const operands = [...Array(operandCount).keys()];
  const lengths = operands.map((operand) => Math.sqrt(gram[operand * operandCount + operand] ?? 0));
  const directed = operands.filter((operand) => (lengths[operand] ?? 0) > tolerance);
  const space = directionSpace(gram, lengths, directed);
  let mean = space.unit(
    directed.map(() => 1 / directed.length),
    tolerance,
  );
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = tangentMean(space, mean, tolerance);
    const size = space.norm(step);
    if (!(size > tolerance)) break;
    mean = space.unit(
      mean.map((share, at) => Math.cos(size) * share + (Math.sin(size) / size) * (step[at] ?? 0)),
      tolerance,
    );
  }
  const radius = lengths.reduce((sum, length) => sum + length / operandCount, 0);
  const coefficients = operands.map(() => 0);
  for (const [at, operand] of directed.entries()) {
    coefficients[operand] = (radius * (mean[at] ?? 0)) / (lengths[operand] ?? 1);
  }
  return coefficients;
}

/** Vectors as shares of unit vectors of which only the cosines are known. */
interface DirectionSpace {
  readonly size: number;
  /** Cosine, or length times cosine, of a vector with the unit vector `at`. */
  dot(vector: readonly number[], at: number): number;
  norm(vector: readonly number[]): number;
  /** At length 1; the first unit vector where there is no direction. */
  unit(vector: readonly number[], tolerance: number): number[];
}

function directionSpace(
  gram: Float64Array,
  lengths: readonly number[],
  directed: readonly number[],
): DirectionSpace {
  const cosines = directed.map((a) =>
    directed.map((b) =>
      a === b ? 1 : (gram[a * lengths.length + b] ?? 0) / ((lengths[a] ?? 1) * (lengths[b] ?? 1)),
    ),
  );
  const dot = (vector: readonly number[], at: number): number =>
    vector.reduce((sum, share, index) => sum + share * (cosines[at]?.[index] ?? 0), 0);
  const norm = (vector: readonly number[]): number =>
    Math.sqrt(
      Math.max(
        0,
        vector.reduce((sum, share, index) => sum + share * dot(vector, index), 0),
      ),
    );
  return {
    size: directed.length,
    dot,
    norm,
    unit(vector, tolerance) {
      const length = norm(vector);
      if (!(length > Math.max(tolerance, LEAST_LENGTH))) return vector.map((_, at) => (at === 0 ? 1 : 0));
      return vector.map((share) => share / length);
    },
  };
}

/** Mean of the arcs from `mean` to every direction, as a vector tangent to the sphere. */
function tangentMean(space: DirectionSpace, mean: readonly number[], tolerance: number): number[] {
  const step = mean.map(() => 0);
  for (let at = 0; at < space.size; at++) {
    const cosine = Math.min(1, Math.max(-1, space.dot(mean, at)));
    const angle = Math.acos(cosine);
    const sine = Math.sin(angle);
    if (angle < tolerance || sine < LEAST_SINE) continue;
    const share = angle / sine / space.size;
    for (const [index, part] of mean.entries()) step[index] = (step[index] ?? 0) - share * cosine * part;
    step[at] = (step[at] ?? 0) + share;
  }
  return step;
}
