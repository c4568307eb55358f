import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../base/limits.ts';
import { decodeRecipeLink, encodeRecipeLink } from './share-link.ts';

const link = (bytes: Uint8Array) => `#recipe=${Buffer.from(deflateRawSync(bytes)).toString('base64url')}`;

test('every text comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      const hash = await encodeRecipeLink(text);
      expect(hash).toMatch(/^#recipe=[\w-]*$/);
      expect(await decodeRecipeLink(hash)).toBe(text);
    }),
    { numRuns: 50 },
  );
  expect(await decodeRecipeLink(await encodeRecipeLink('\uFEFFa: 1'))).toBe('\uFEFFa: 1');
});

test('256 KB pass, more do not, whatever they shrink to', async () => {
  const most = 'x'.repeat(LIMITS.recipeChars);
  expect(await decodeRecipeLink(await encodeRecipeLink(most))).toBe(most);
  await expect(encodeRecipeLink(`${most}x`)).rejects.toMatchObject({ tag: 'RecipeRefused' });
  expect(await decodeRecipeLink(link(new Uint8Array(LIMITS.recipeChars + 1).fill(120)))).toBeNull();
  expect(await decodeRecipeLink(link(new Uint8Array(50_000_000)))).toBeNull();
});

test('broken links are null', async () => {
  const whole = await encodeRecipeLink('merge_method: linear\nmodels: []\n');
  const notUtf8 = link(Uint8Array.of(0xff, 0xfe));
  const hashes = [
    '',
    '#',
    '#other=1',
    '#recipe=',
    '#recipe=%%%',
    '#recipe=AAAA',
    whole.slice(0, -4),
    notUtf8,
  ];
  for (const hash of hashes) expect(await decodeRecipeLink(hash), hash).toBeNull();
});
