import { expect, test } from 'vitest';
import { dellaLinear } from '../methods/della-linear.ts';
import { rankThresholds } from '../methods/thinning/ranked.ts';
import { mergeArrays } from './merge-arrays.test-helper.ts';

const ROWS = 512;
const LENGTH = 96;
const COUNT = ROWS * LENGTH;
const PARAMETERS = { weight: 1, density: 0.4, epsilon: 0.2 };

/** Deltas of a base of zeros, all different in magnitude within a row. */
function deltasOf(model: number): Float32Array {
  return Float32Array.from({ length: COUNT }, (_, index) => {
    const scrambled = (index * 2_654_435_761 + model * 97) % 1_048_573;
    return (scrambled % 2 === 0 ? 1 : -1) * (1 + scrambled / 1000);
  });
}

function thin(deltas: Float32Array, rescale: number, key: number): Promise<Float32Array> {
  const operands = [new Float32Array(COUNT), deltas];
  const parameters = { ...PARAMETERS, rescale };
  return mergeArrays({ method: dellaLinear, operands, base: 0, shape: [ROWS, LENGTH], parameters, key });
}

const norm = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);

test('keeps the share that the density says, each rank as often as its threshold says', async () => {
  const keptByRank = new Float64Array(LENGTH);
  const runs = 4;
  let changed = 0;
  for (let key = 0; key < runs; key++) {
    const deltas = deltasOf(key);
    const merged = await thin(deltas, 0, key);
    for (let from = 0; from < COUNT; from += LENGTH) {
      const magnitudes = deltas.subarray(from, from + LENGTH).map(Math.abs);
      const order = [...magnitudes.keys()].sort((a, b) => (magnitudes[a] ?? 0) - (magnitudes[b] ?? 0));
      for (const [rank, place] of order.entries()) {
        const value = merged[from + place] ?? 0;
        if (value !== 0 && value !== deltas[from + place]) changed++;
        keptByRank[rank] = (keptByRank[rank] ?? 0) + (value === 0 ? 0 : 1);
      }
    }
  }
  expect(changed).toBe(0);
  const draws = ROWS * runs;
  const kept = (from: number, to: number): number =>
    keptByRank.slice(from, to).reduce((sum, count) => sum + count, 0);
  // Six standard deviations of a binomial.
  const share = kept(0, LENGTH) / (draws * LENGTH);
  expect(Math.abs(share - PARAMETERS.density)).toBeLessThan(6 * Math.sqrt(0.25 / (draws * LENGTH)));
  for (const [rank, threshold] of rankThresholds(0.4, 0.2, LENGTH).entries()) {
    const off = (keptByRank[rank] ?? 0) / draws - threshold / 2 ** 32;
    expect(Math.abs(off), `rank ${rank}`).toBeLessThan(6 * Math.sqrt(0.25 / draws));
  }
  // Means of a sixth of the ranks lie far enough apart to rise without exception.
  const sixths = [...Array(6).keys()].map((at) => kept((at * LENGTH) / 6, ((at + 1) * LENGTH) / 6));
  expect(sixths).toEqual([...sixths].sort((a, b) => a - b));
});

test('rescaling restores the L1 norm of the tensor', async () => {
  const deltas = deltasOf(1);
  expect(norm(await thin(deltas, 0, 1))).toBeLessThan(0.6 * norm(deltas));
  expect(norm(await thin(deltas, 1, 1)) / norm(deltas)).toBeCloseTo(1, 6);
});
