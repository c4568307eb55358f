import { expect, test } from 'vitest';
import { type Mask, MaskCache, type MaskSpec } from './mask-cache.ts';

function ranked(operand: number, thresholds: readonly number[]): MaskSpec {
  const keep = { kind: 'ranked', key: [1, 2], thresholds: Uint32Array.from(thresholds) } as const;
  return { kind: 'ranked', operand, base: 0, keep };
}

function scored(factors: readonly number[], ties = 9): MaskSpec {
  const score = {
    kind: 'weighted',
    operand: 1,
    base: 0,
    rowLength: 2,
    factors: Float64Array.from(factors),
  } as const;
  return { kind: 'scored', score, cut: { magnitude: 7, ties } };
}

test('an equal spec gets the mask that was made, any other one a mask of its own', async () => {
  const cache = new MaskCache();
  let made = 0;
  const make = async (): Promise<Mask> => Uint32Array.of(made++, 0, 0, 0);
  const specs = [
    ranked(1, [5, 6]),
    ranked(2, [5, 6]),
    ranked(1, [5, 7]),
    ranked(1, [5]),
    scored([1, 2]),
    scored([1, 3]),
    scored([1, 2], 10),
  ];
  for (const [index, spec] of specs.entries()) expect((await cache.get(spec, make))[0]).toBe(index);
  expect((await cache.get(ranked(1, [5, 6]), make))[0]).toBe(0);
  expect((await cache.get(scored([1, 2]), make))[0]).toBe(4);
  cache.clear();
  expect((await cache.get(ranked(1, [5, 6]), make))[0]).toBe(specs.length);
});
