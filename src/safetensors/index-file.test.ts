import { expect, test } from 'vitest';
import { isGraftError } from '../base/errors.ts';
import { isSafeShardName, parseIndex } from './index-file.ts';

const parse = (text: string) => parseIndex(new TextEncoder().encode(text), 'model.safetensors.index.json');

test('the weight map is read and the rest ignored', () => {
  const map = parse('{"metadata":{"total_size":1e9},"weight_map":{"__proto__":"a.safetensors"},"x":[{}]}');
  expect([...map]).toEqual([['__proto__', 'a.safetensors']]);
});

test.each([
  ['no weight_map', '{"metadata":{}}', 'no weight_map'],
  ['not an object', '[]', 'an object'],
  ['a number as shard', '{"weight_map":{"a":1}}', 'expected a string'],
  ['a tensor twice', '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}', 'twice'],
  ['a path as shard', '{"weight_map":{"a":"../x.safetensors"}}', 'unsafe shard name'],
  ['deep nesting', `{"x":${'['.repeat(1000)}`, 'nested deeper'],
])('%s is refused', (_name, text, reason) => {
  let thrown: unknown;
  try {
    parse(text);
  } catch (error) {
    thrown = error;
  }
  expect(isGraftError(thrown, 'InvalidFile')).toBe(true);
  expect(String(thrown)).toContain(reason);
});

test.each([
  '../a.safetensors',
  'a/b.safetensors',
  'https://x/a.safetensors',
  'a..safetensors',
  'a.bin',
  '.safetensors\n',
])('the shard name %j is unsafe', (name) => expect(isSafeShardName(name)).toBe(false));

test('usual shard names are safe', () => {
  expect(isSafeShardName('model-00001-of-00003.safetensors')).toBe(true);
});
