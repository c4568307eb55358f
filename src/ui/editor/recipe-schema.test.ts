import { expect, test } from 'vitest';
import { methodNamed, schemaFor } from './recipe-schema.ts';
import { completionsAt, hoverAt } from './schema-walk.ts';

function labels(marked: string) {
  const text = marked.replace('|', '');
  return completionsAt(schemaFor(text), text, marked.indexOf('|')).map((each) => each.label);
}

test('the method is read from its line, however it is quoted', () => {
  expect(methodNamed('# x\nmerge_method: "ties" # best\n')).toBe('ties');
  expect(methodNamed('models: []\n  merge_method: ties')).toBeNull();
});

test('every method can be chosen, with its documentation, whatever is named now', () => {
  expect(labels('merge_method: |')).toEqual(
    expect.arrayContaining(['ties', 'linear', 'slerp', 'passthrough']),
  );
  const text = 'merge_method: ties\n';
  expect(hoverAt(schemaFor(text), text, 15)?.documentation).toContain('**TIES**');
});

test('parameters are those of the named method', () => {
  expect(labels('merge_method: slerp\nparameters:\n  |')).toEqual(['t']);
  const ties = labels('merge_method: ties\nmodels:\n  - model: a/b\n    parameters:\n      |');
  expect(ties).toEqual(expect.arrayContaining(['weight', 'density']));
  expect(ties).not.toContain('lambda');
});

test('a recipe without a method is offered the keys of a recipe', () => {
  expect(labels('|')).toEqual(
    expect.arrayContaining(['merge_method', 'models', 'slices', 'base_model', 'dtype']),
  );
});
