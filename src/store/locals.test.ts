import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseModelRef } from '../recipe/model-ref.ts';
import { folderName } from './locals.ts';

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
  expect(folderName(folder)).toBe(name);
});

test('a recipe can name every folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (folder) => {
      const repo = folderName(folder);
      expect(parseModelRef(repo)).toMatchObject({ ok: true, ref: { repo, revision: null } });
    }),
  );
});
