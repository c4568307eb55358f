import { expect, test } from 'vitest';
import { isRecipeFile, looksLikeRecipe, readRecipeFile } from './recipe-file.ts';

test('recipe files are told by their ending', () => {
  expect(isRecipeFile({ name: 'Merge.YAML' })).toBe(true);
  expect(isRecipeFile({ name: 'model.safetensors' })).toBe(false);
});

test('a pasted text is a recipe when it names a method', () => {
  expect(looksLikeRecipe('# x\nmerge_method: ties\n')).toBe(true);
  expect(looksLikeRecipe('I like merge_method: ties')).toBe(false);
  expect(looksLikeRecipe(`merge_method: ties\n${'x'.repeat(300_000)}`)).toBe(false);
});

test('a file gives its text and the recipe its name', async () => {
  const file = new File(['merge_method: ties\n'], 'my merge.yml');
  expect(await readRecipeFile(file)).toEqual({ text: 'merge_method: ties\n', name: 'my merge' });
});
