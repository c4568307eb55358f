import { expect, test } from 'vitest';
import { encodeBits } from '../../src/kernels/reference.ts';
import { operandOfBits } from '../../src/kernels/test-tensors.ts';
import { type Tally, tallyElements } from './tally.ts';

const VALUES = [0, 1, -1.00390625, 0.3, -2.5e-40, 7e30, Number.NaN, Number.NEGATIVE_INFINITY];
const ROUNDED = VALUES.map((value) => encodeBits(value, 'BF16'));

function tally(bits: readonly number[], values: readonly number[] = VALUES, slack = 0): Tally {
  return tallyElements(
    operandOfBits('BF16', bits),
    values.map((value) => ({ value, slack })),
  );
}

/** All of `ROUNDED` but one. */
function but(index: number, bits: number): number[] {
  return ROUNDED.map((each, at) => (at === index ? bits : each));
}

test('what is rounded once is right', () => {
  expect(tally(ROUNDED)).toEqual({ elementCount: 8, right: 8, undecided: 0, largestUlps: 0 });
});

test.each([1, 2, 3, 4, 5])('element %i one step off is caught', (index) => {
  const off = but(index, (ROUNDED[index] ?? 0) + 1);
  expect(tally(off)).toEqual({ elementCount: 8, right: 7, undecided: 0, largestUlps: 1 });
});

test('the largest error is in steps, across zero too', () => {
  expect(tally(but(0, 0x8003)).largestUlps).toBe(3);
  expect(tally(but(1, (ROUNDED[1] ?? 0) - 4)).largestUlps).toBe(4);
});

test('a lost or a made-up NaN is infinitely far off', () => {
  expect(tally(but(6, 0x3f80)).largestUlps).toBe(Number.POSITIVE_INFINITY);
  expect(tally(but(3, 0x7fc0))).toMatchObject({ right: 7, largestUlps: Number.POSITIVE_INFINITY });
});

test('a tie goes to even, and where the slack reaches it to either side', () => {
  const tie = 1 + 2 ** -8;
  const [even, odd] = [0x3f80, 0x3f81];
  expect(tally([even], [tie])).toMatchObject({ right: 1, undecided: 0 });
  expect(tally([odd], [tie])).toMatchObject({ right: 0, undecided: 0, largestUlps: 1 });
  expect(tally([odd], [tie], 1e-12)).toMatchObject({ right: 1, undecided: 1, largestUlps: 0 });
  expect(tally([odd + 1], [tie], 1e-12)).toMatchObject({ right: 0, largestUlps: 2 });
});

test('a result that cancels out may be anything within the slack', () => {
  const tiny = encodeBits(1e-19, 'BF16');
  expect(tally([tiny], [0], 1e-18)).toMatchObject({ right: 1, undecided: 1 });
  expect(tally([tiny], [0], 1e-20)).toMatchObject({ right: 0 });
});

test('outputs of another length are refused', () => {
  expect(() => tally([0], [0, 0])).toThrow('1 elements in place of 2');
});
