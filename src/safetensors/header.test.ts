import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isGraftError } from '../base/errors.ts';
import { parseHeader, readHeader } from './header.ts';
import { memorySource } from './memory.test-helper.ts';

const DATA = new URL('../../e2e/data/safetensors/', import.meta.url);
const VERDICTS = new Map<string, { studio: 'accept' | 'reject' | 'either' }>(
  Object.entries(JSON.parse(readFileSync(new URL('verdicts.json', DATA), 'utf8'))),
);
const CASES = readdirSync(new URL('cases/', DATA)).map((file) => file.replace(/\.safetensors$/, ''));

/** A file with this header text and `dataBytes` zero bytes after it. */
function fileOf(json: string | Uint8Array, dataBytes: number): Uint8Array {
  const text = typeof json === 'string' ? new TextEncoder().encode(json) : json;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const one = (name: string) => `{"${name}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;

describe('conformance suite', () => {
  test('every case has a verdict and every verdict a case', () => {
    expect([...VERDICTS.keys()].sort()).toEqual([...CASES].sort());
    expect(CASES.length).toBeGreaterThan(50);
  });

  test.each(CASES)('%s', async (name) => {
    const source = memorySource(readFileSync(new URL(`cases/${name}.safetensors`, DATA)));
    const verdict = VERDICTS.get(name)?.studio;
    const outcome = await readHeader(source, `${name}.safetensors`).then(
      () => null,
      (error: unknown) => error,
    );
    if (outcome !== null) {
      expect(isGraftError(outcome, 'InvalidFile')).toBe(true);
      expect(String(outcome)).toContain(`${name}.safetensors`);
    }
    if (verdict !== 'either') expect(outcome === null ? 'accept' : 'reject').toBe(verdict);
  });
});

describe('what JSON.parse would let through', () => {
  test.each([
    [
      'an escaped duplicate',
      `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
      'twice',
    ],
    ['an exponent', one('a').replace('[1]', '[1e0]'), 'without point or exponent'],
    ['a negative zero', one('a').replace('[0,', '[-0,'), 'whole number'],
    ['a leading zero', one('a').replace('[1]', '[01]'), 'needless 0'],
    ['2^53', one('a').replace('[1]', '[9007199254740992]'), 'above 2^53'],
    ['a lone high surrogate', one('\\ud800'), 'surrogate'],
    ['a lone low surrogate', one('\\udc00'), 'surrogate'],
    ['a raw control character', one('a\u0001b'), 'control character'],
    ['two __metadata__', `{"__metadata__":null,"__metadata__":{},${one('a').slice(1)}`, 'twice'],
    ['a duplicate inside __metadata__', `{"__metadata__":{"x":"1","x":"2"},${one('a').slice(1)}`, 'twice'],
    ['a byte order mark', `\ufeff${one('a')}`, 'expected an object'],
    ['a trailing comma', `${one('a').slice(0, -1)},}`, 'expected a string'],
  ])('%s is refused with its reason', async (_name, json, reason) => {
    const read = readHeader(memorySource(fileOf(json, 4)), 'x.safetensors');
    await expect(read).rejects.toMatchObject({ tag: 'InvalidFile', where: 'x.safetensors' });
    await expect(read).rejects.toThrow(reason);
  });

  test('a surrogate pair, raw or escaped, is one name', async () => {
    const header = await readHeader(memorySource(fileOf(one('\\ud83d\\ude00'), 4)), 'x');
    expect(header.tensors[0]?.name).toBe('\u{1f600}');
  });
});

describe('reading', () => {
  test('offsets are absolute and tensors come in file order', async () => {
    const json =
      '{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
    const header = await readHeader(memorySource(fileOf(json, 8)), 'x');
    expect(header.metadata.get('format')).toBe('pt');
    expect(header.tensors).toEqual([
      { name: 'a', dtype: 'F32', shape: [], start: 8 + json.length, end: 12 + json.length },
      { name: 'b', dtype: 'BF16', shape: [2], start: 12 + json.length, end: 16 + json.length },
    ]);
  });

  test('a small header costs one read, a large one two, and no byte is read twice', async () => {
    const small = memorySource(fileOf(one('a'), 4));
    await readHeader(small, 'x');
    expect(small.reads).toHaveLength(1);
    const large = memorySource(fileOf(one('a').padEnd(200_000, ' '), 4));
    await readHeader(large, 'x');
    expect(large.reads).toEqual([
      [0, 65_536],
      [65_536, 200_008],
    ]);
  });

  test('a header of 300,000 tensors parses', () => {
    const entries = Array.from(
      { length: 300_000 },
      (_, i) =>
        `"model.layers.${i % 61}.mlp.experts.${i}.up_proj.weight":{"dtype":"F8_E4M3","shape":[2,1],"data_offsets":[${2 * i},${2 * i + 2}]}`,
    );
    const json = new TextEncoder().encode(`{${entries.join(',')}}`);
    const header = parseHeader(json, 8 + json.length + 600_000, 'x');
    expect(header.tensors).toHaveLength(300_000);
  });
});
