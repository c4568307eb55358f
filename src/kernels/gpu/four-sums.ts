/** Four sums of float64 as the shaders' `struct Sums` has them: the four low words, then the four high ones. */

/** Words of one such struct. */
export const FOUR_SUMS_WORDS = 8;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

export function readSum(words: Uint32Array, start: number, column: number): number {
  halves[0] = words[start + column] ?? 0;
  halves[1] = words[start + 4 + column] ?? 0;
  return double[0] ?? 0;
}

export function writeSum(words: Uint32Array, start: number, column: number, value: number): void {
  double[0] = value;
  words[start + column] = halves[0] ?? 0;
  words[start + 4 + column] = halves[1] ?? 0;
}

/** The four, added in order. */
export function addSums(words: Uint32Array, start: number): number {
  let sum = readSum(words, start, 0);
  for (let column = 1; column < 4; column++) sum += readSum(words, start, column);
  return sum;
}
