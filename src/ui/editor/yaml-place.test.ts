import { expect, test } from 'vitest';
import { placeAt } from './yaml-place.ts';

/** The place of `|` in the text without it. */
function place(marked: string) {
  const offset = marked.indexOf('|');
  return placeAt(marked.replace('|', ''), offset);
}

test('a key at the root', () => {
  expect(place('merge_method: ties\nba|\ndtype: float32\n')).toEqual({
    path: [],
    role: 'key',
    typed: 'ba',
    start: 19,
    siblings: ['merge_method', 'dtype'],
  });
});

test('a value after its colon', () => {
  expect(place('merge_method: sl|')).toMatchObject({
    path: ['merge_method'],
    role: 'value',
    typed: 'sl',
    start: 14,
  });
  expect(place('dtype:|')).toMatchObject({ path: ['dtype'], role: 'value', typed: '' });
});

test('keys inside sequence entries, indented or flush', () => {
  const indented = 'models:\n  - model: a/b\n    par|\n';
  const flush = 'models:\n- model: a/b\n  par|\n';
  for (const text of [indented, flush]) {
    expect(place(text)).toMatchObject({
      path: ['models', 0],
      role: 'key',
      typed: 'par',
      siblings: ['model'],
    });
  }
});

test('the first key of a new entry has no siblings yet', () => {
  expect(place('models:\n  - model: a/b\n  - mo|\n')).toMatchObject({
    path: ['models', 0],
    typed: 'mo',
    siblings: [],
  });
  expect(place('models:\n  - |\n')).toMatchObject({ path: ['models', 0], role: 'key', typed: '' });
});

test('parameters of one model', () => {
  const text = 'models:\n  - model: a/b\n    parameters:\n      weight: 1\n      den|\n  - model: c/d\n';
  expect(place(text)).toMatchObject({
    path: ['models', 0, 'parameters'],
    typed: 'den',
    siblings: ['weight'],
  });
});

test('nested sequences of slices', () => {
  const text = 'slices:\n  - sources:\n      - model: a/b\n        layer_range: [0, |\n';
  expect(place(text)).toMatchObject({
    path: ['slices', 0, 'sources', 0, 'layer_range'],
    role: 'value',
    typed: '[0, ',
  });
});

test('dashes on one line are all entered', () => {
  expect(place('a:\n- - b|')).toMatchObject({ path: ['a', 0, 0], typed: 'b' });
});

test('blank lines and comments in between do not matter', () => {
  expect(place('parameters:\n  # how strong\n\n  we|\n')).toMatchObject({
    path: ['parameters'],
    typed: 'we',
  });
});

test('there is no place in a comment', () => {
  expect(place('# merge|')).toBeNull();
  expect(place('dtype: float32 # or b|')).toBeNull();
});

test('a number in a list is a value', () => {
  expect(place('parameters:\n  t:\n    - 0.|')).toMatchObject({
    path: ['parameters', 't', 0],
    role: 'value',
  });
});
