import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionMatches, filterMatches, matchesAll } from './conditions.ts';
import { parseRecipe } from './parse-recipe.ts';
import type { ConditionalValue } from './types.ts';

const MLP = 'model.layers.7.mlp.up_proj.weight';

/** The entries of a parameter as a recipe writes it. */
function entriesOf(value: string): readonly ConditionalValue[] {
  const { recipe, problems } = parseRecipe(
    `merge_method: linear\nmodels: [{model: a/b}]\nparameters:\n  t: ${value}\n`,
  );
  expect(problems).toEqual([]);
  return recipe?.parameters.get('t') ?? [];
}

test('text without a star is a part of the name, a star alone is every name', () => {
  expect(filterMatches('mlp.up', MLP)).toBe(true);
  expect(filterMatches('MLP', MLP)).toBe(false);
  for (const filter of [null, '*', '']) expect(filterMatches(filter, MLP)).toBe(true);
});

test.each([
  ['*.mlp.*', true],
  ['model.layers.*.mlp.*_proj.weight', true],
  ['*up_proj.weight', true],
  ['model*', true],
  ['**', true],
  ['*7*7*', false],
  ['mlp*', false],
  ['*mlp', false],
  ['*.weight.*', false],
  // Both ends fit, but not beside each other.
  ['model.layers.7.mlp.up_proj*proj.weight', false],
  ['*.ml?.*', false],
  ['.*mlp.*', false],
])('the glob %s matches the whole of a name: %s', (glob, expected) => {
  expect(filterMatches(glob, MLP)).toBe(expected);
});

test('globs agree with the regular expression they stand for', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 12 }).map((each) => each.join(''));
  const glob = fc
    .array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 8 })
    .map((each) => `${each.join('')}*`)
    .filter((each) => each !== '*');
  fc.assert(
    fc.property(glob, text, (pattern, name) => {
      const source = pattern
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('.*');
      expect(filterMatches(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
    }),
  );
});

test('a glob made to be undone over and over is not', () => {
  const name = 'a'.repeat(20_000);
  expect(filterMatches(`${'*a'.repeat(9_000)}*b`, name)).toBe(false);
  expect(filterMatches(`${'*a'.repeat(9_000)}*`, name)).toBe(true);
});

test('layers are read in every form', () => {
  const layersOf = (text: string) => entriesOf(`{layers: ${text}, value: 1}`)[0]?.layers;
  expect(layersOf('7')).toEqual([[7, 7]]);
  expect(layersOf('4-12')).toEqual([[4, 12]]);
  expect(layersOf("'0, 4 - 12,14'")).toEqual([
    [0, 0],
    [4, 12],
    [14, 14],
  ]);
  expect(layersOf('[0, 4-12]')).toEqual([
    [0, 0],
    [4, 12],
  ]);
});

test('an entry matches when all its conditions hold', () => {
  const [both] = entriesOf('{filter: up, layers: 4-12, kind: mlp, value: 1}');
  const [outside] = entriesOf('{kind: norm, value: 1}');
  if (both === undefined || outside === undefined) throw new Error('no entries');
  const subject = { name: MLP, layer: 7, kind: 'mlp' } as const;
  expect(conditionMatches(both, subject)).toBe(true);
  expect(conditionMatches(both, { ...subject, layer: 12 })).toBe(true);
  expect(conditionMatches(both, { ...subject, layer: 13 })).toBe(false);
  expect(conditionMatches(both, { ...subject, layer: null })).toBe(false);
  expect(conditionMatches(both, { ...subject, kind: 'attention' })).toBe(false);
  expect(conditionMatches(both, { ...subject, name: 'model.layers.7.mlp.down_proj.weight' })).toBe(false);
  expect(conditionMatches(outside, { name: 'model.norm.weight', layer: null, kind: 'norm' })).toBe(true);
});

test('only entries without any condition are for every tensor', () => {
  expect(entriesOf('[{value: 1}]').map(matchesAll)).toEqual([true]);
  expect(entriesOf("[{filter: '*', layers: 1, value: 1}, {filter: '**', value: 2}]").map(matchesAll)).toEqual(
    [false, true],
  );
});
