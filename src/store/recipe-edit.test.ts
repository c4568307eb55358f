import { expect, test } from 'vitest';
import { addModel, formatRecipe, setBaseModel } from './recipe-edit.ts';

const TIES = `# from a model card
merge_method: ties # keep
base_model: quill/base
models:
  - model: quill/add
    parameters:
      weight: 1
      density: 0.5 # half
dtype: float32
`;

test('a model is added after the others, comments and order survive', () => {
  const edited = addModel(TIES, 'quill/upper');
  expect(edited).toBe(
    TIES.replace(
      'dtype: float32',
      `  - model: quill/upper
    parameters:
      weight: 1
      density: 0.5
dtype: float32`,
    ),
  );
});

test('a recipe without models gets its first one', () => {
  expect(addModel('merge_method: linear\n', 'a/b')).toBe('merge_method: linear\nmodels:\n  - model: a/b\n');
  expect(addModel('', 'a/b')).toBe('models:\n  - model: a/b\n');
  expect(addModel('# mine\n', 'a/b')).toBe('# mine\n\nmodels:\n  - model: a/b\n');
  expect(addModel('models:\n', 'a/b')).toBe('models:\n  - model: a/b\n');
});

test('slices and broken text are left for the person', () => {
  expect(addModel('slices:\n  - sources: []\n', 'a/b')).toBeNull();
  expect(addModel('models: [', 'a/b')).toBeNull();
  expect(addModel('- a\n', 'a/b')).toBeNull();
  expect(addModel('['.repeat(100_000), 'a/b')).toBeNull();
  expect(addModel('models: all of them\n', 'a/b')).toBeNull();
});

test('the base model is replaced in place', () => {
  expect(setBaseModel(TIES, 'x/y')).toBe(TIES.replace('quill/base', 'x/y'));
});

test('formatting keeps meaning and comments', () => {
  expect(formatRecipe('merge_method:   ties\nmodels:\n- model: a/b   # here\n')).toBe(
    'merge_method: ties\nmodels:\n  - model: a/b # here\n',
  );
  expect(formatRecipe('a: [')).toBeNull();
});

test('scalars keep their spelling', () => {
  const text = 'seed: 0x10\ndtype: "float32"\nname: no\nparameters: {t: [0, 1.50, 1e-3]}\n';
  expect(setBaseModel(text, 'a/b')).toBe(`${text}base_model: a/b\n`);
});

test('sequences flush with their key stay so', () => {
  const text = 'models:\n- model: a/b\n';
  expect(addModel(text, 'c/d')).toBe(`${text}- model: c/d\n`);
});

test('every document of a text is laid out, and what stands between them is kept', () => {
  const text = 'name:   first\nmodels:\n- model: a/b\n---\n# the output\nmerge_method:  linear\n';
  expect(formatRecipe(text)).toBe(
    'name: first\nmodels:\n  - model: a/b\n---\n# the output\nmerge_method: linear\n',
  );
  expect(formatRecipe('a: 1\n---\nb: [\n')).toBeNull();
});
