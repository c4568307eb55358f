import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localName, parseModelRef, printModelRef } from './model-ref.ts';

test.each([
  ['a/b', { repo: 'a/b', revision: null, adapter: null }],
  ['a/b@v1.0', { repo: 'a/b', revision: 'v1.0', adapter: null }],
  ['a/b@refs/pr/1', { repo: 'a/b', revision: 'refs/pr/1', adapter: null }],
  ['my folder (2)', { repo: 'my folder (2)', revision: null, adapter: null }],
  ['a/b@1+c/d', { repo: 'a/b', revision: '1', adapter: { repo: 'c/d', revision: null } }],
  ['a/b+c/d@2', { repo: 'a/b', revision: null, adapter: { repo: 'c/d', revision: '2' } }],
  ['a/b/c.safetensors', { repo: 'a/b', file: 'c.safetensors', revision: null, adapter: null }],
  [
    'a/b/split files/vae/c d.safetensors@refs/pr/1',
    { repo: 'a/b', file: 'split files/vae/c d.safetensors', revision: 'refs/pr/1', adapter: null },
  ],
  ['local/b/c.safetensors', { repo: 'local/b', file: 'c.safetensors', revision: null, adapter: null }],
  ['local/モデル-हिन्दी', { repo: 'local/モデル-हिन्दी', revision: null, adapter: null }],
  ['b.safetensors', { repo: 'b.safetensors', revision: null, adapter: null }],
  ['a/b.safetensors', { repo: 'a/b.safetensors', revision: null, adapter: null }],
])('%s is a reference, printed as it was', (text, parts) => {
  const result = parseModelRef(text);
  expect(result).toEqual({ ok: true, ref: { text, ...parts } });
  expect(printModelRef(parts)).toBe(text);
});

test.each([
  ['', 'invalid-model', null],
  ['a/b@', 'invalid-model', 'a/b'],
  ['@v1', 'invalid-model', null],
  ['a/b@1@2', 'invalid-model', null],
  ['a/b+c/d+e/f', 'invalid-model', null],
  ['a/b+', 'invalid-model', null],
  ['a/b@x y', 'invalid-model', null],
  ['a/b@../c', 'invalid-model', null],
  [' a/b', 'invalid-model', 'a/b'],
  ['..', 'invalid-model', null],
  ['a\u0000b', 'invalid-model', null],
  ['a\u2028b', 'invalid-model', null],
  ['a/モデル', 'local-path', 'local/モデル'],
  ['/home/me/models/mine', 'local-path', 'local/mine'],
  ['~/mine@v1', 'local-path', 'local/mine'],
  ['C:\\models\\mine', 'local-path', 'local/mine'],
  ['a/../b', 'local-path', 'local/b'],
  ['a/b/c', 'local-path', 'local/c'],
  ['a/b/../c.safetensors', 'local-path', 'local/c'],
  ['a/b/./c.safetensors', 'local-path', 'local/c'],
  ['a/b/c.ckpt', 'local-path', 'local/c.ckpt'],
  ['/a/b/c.safetensors', 'local-path', 'local/c'],
  ['a/b@v1/c.safetensors', 'invalid-model', 'a/b/c.safetensors@v1'],
  ['a/b@refs/pr/2/sub/c.safetensors', 'invalid-model', 'a/b/sub/c.safetensors@refs/pr/2'],
  ['a/b/c.safetensors@', 'invalid-model', 'a/b/c.safetensors'],
  ['https://huggingface.co/a/b', 'model-url', 'a/b'],
  ['https://huggingface.co/a/b/blob/main/sub/c.safetensors', 'model-url', 'a/b/sub/c.safetensors'],
  ['https://huggingface.co/a/b/resolve/v2/c.safetensors?download=true', 'model-url', 'a/b/c.safetensors@v2'],
  ['hf.co/a/b/tree/v2', 'model-url', 'a/b@v2'],
  ['huggingface.co/a/b/blob/main/config.json?x=1', 'model-url', 'a/b'],
  ['https://hf.co/hf.co/x', 'model-url', null],
])('%j is refused', (text, code, replacement) => {
  expect(parseModelRef(text)).toMatchObject({ ok: false, error: { code, replacement } });
});

test.each([
  ['mine', 'local/mine'],
  ['my model (2)', 'local/my-model-2'],
  ['モデル v1', 'local/モデル-v1'],
  ['हिन्दी', 'local/हिन्दी'],
  ['a..b@c+d', 'local/a.b-c-d'],
  ['.hidden', 'local/hidden'],
  ['@@', 'local/model'],
  ['𠮷'.repeat(200), `local/${'𠮷'.repeat(96)}`],
])('the folder %j is named %s', (folder, name) => {
  expect(localName(folder)).toBe(name);
});

test('a recipe can name every folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (folder) => {
      const repo = localName(folder);
      expect(parseModelRef(repo)).toMatchObject({ ok: true, ref: { repo, revision: null } });
    }),
  );
});
