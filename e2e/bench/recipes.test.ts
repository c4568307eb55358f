import { expect, test } from 'vitest';
import { METHODS } from '../../src/methods/registry.ts';
import { parseRecipe } from '../../src/recipe/parse-recipe.ts';
import { benchRecipes } from './recipes.ts';

test('every method is measured, by a recipe without problems', () => {
  const recipes = benchRecipes('virtual/bench');
  expect(recipes.map(({ method }) => method).sort()).toEqual([...METHODS.keys()].sort());
  for (const { text } of recipes) expect(parseRecipe(text).problems).toEqual([]);
});
