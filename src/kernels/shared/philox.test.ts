import { describe, expect, test } from 'vitest';
import { keepThreshold, maskKey, philox4x32 } from './philox.ts';

const hex = (words: Uint32Array) => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // Known answers of the Random123 library (kat_vectors, philox4x32 10).
  test.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)('counter %j, key %j', (counter, key, words) => {
    expect(hex(philox4x32([...counter], [...key]))).toBe(words);
  });
});

describe('keepThreshold', () => {
  test('is the share of the 2^32 words, none at 0 and all at 1', () => {
    expect(keepThreshold(0)).toBe(0);
    expect(keepThreshold(0.5)).toBe(2 ** 31);
    expect(keepThreshold(1)).toBe(2 ** 32);
    expect(keepThreshold(-1)).toBe(0);
    expect(keepThreshold(7)).toBe(2 ** 32);
  });

  test('keeps its share of a long run of words', () => {
    const threshold = keepThreshold(0.3);
    let kept = 0;
    for (let counter = 0; counter < 25_000; counter++) {
      for (const word of philox4x32([counter, 0, 0, 0], [1, 2])) if (word < threshold) kept++;
    }
    // Six standard deviations of a binomial with n = 100,000.
    expect(Math.abs(kept / 100_000 - 0.3)).toBeLessThan(0.009);
  });
});

describe('maskKey', () => {
  test('is pinned: a changed key changes every merge that was ever made', () => {
    expect(
      maskKey(42, 'owner/model@sha', 'model.layers.0.mlp.up_proj.weight').map((word) => word.toString(16)),
    ).toEqual(['dd97cefa', 'ba57d31']);
  });

  test('differs in seed, model and tensor, and in where one ends', () => {
    const keys = [maskKey(0, 'a', 'bc'), maskKey(0, 'ab', 'c'), maskKey(1, 'a', 'bc'), maskKey(0, 'a', 'bd')];
    expect(new Set(keys.map(String)).size).toBe(4);
  });

  test('spreads over all 64 bits', () => {
    let ones = 0;
    for (let i = 0; i < 1000; i++) {
      for (const word of maskKey(i, 'm', 't')) ones += word.toString(2).replaceAll('0', '').length;
    }
    expect(Math.abs(ones / 64_000 - 0.5)).toBeLessThan(0.02);
  });
});
