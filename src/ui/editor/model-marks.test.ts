import { expect, test } from 'vitest';
import { modelMarks } from './model-marks.ts';

test('names are found as values of model keys, quoted or not, and nowhere else', () => {
  const text = [
    '# model: a/b',
    'base_model: "a/b" # the base',
    'models:',
    '  - model: c/d',
    '  - model: unknown/x',
    'name: a/b',
  ].join('\n');
  const marks = modelMarks(text, new Set(['a/b', 'c/d']));
  expect(marks.map(({ ref }) => ref)).toEqual(['a/b', 'c/d']);
  for (const { ref, start, end } of marks) expect(text.slice(start, end)).toBe(ref);
});
