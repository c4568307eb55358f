import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Checker } from './checker.ts';
import type { LocalModel, RunSettings, SourceSettings } from './protocol.ts';

const QUILL = new URL('../../public/demo/quill/', import.meta.url);

function folder(name: string): LocalModel {
  const files = ['config.json', 'model.safetensors', 'tokenizer.json'].map((path) => ({
    path,
    file: new File([readFileSync(new URL(`${name}/${path}`, QUILL))], path),
  }));
  return { name: `local/${name}`, content: { kind: 'files', files } };
}

const SOURCES: SourceSettings = {
  endpoint: 'http://hub.invalid',
  token: null,
  demo: false,
  locals: [folder('base'), folder('add')],
};
const RUN: RunSettings = { engine: 'auto', budgetBytes: 2 ** 30 };

test('a value that cannot be read hides neither the models nor the other problems', async () => {
  const text = `merge_method: tise
base_model: local/base
models:
  - model: local/add
    wieght: 0.4
    parameters:
      weight: [0.2, 'x']
      densty: 2
  - model: local/nothing-here
dtype: bf16
`;
  const { report, plan } = await new Checker().check(
    { text, sources: SOURCES, run: RUN },
    new AbortController().signal,
    () => undefined,
  );
  expect(report.problems.map(({ span, code }) => `${span.line} ${code}`)).toEqual([
    '1 unknown-method',
    '5 misplaced-parameter',
    '7 invalid-parameter',
    '8 unknown-parameter',
    '9 model-failed',
    '10 unknown-dtype',
  ]);
  expect(report.models.map(({ ref, state }) => [ref, state])).toEqual([
    ['local/add', 'ready'],
    ['local/nothing-here', 'failed'],
    ['local/base', 'ready'],
  ]);
  expect(report.models.find(({ isBase }) => isBase)?.ref).toBe('local/base');
  expect(report.cost).toBeNull();
  expect(plan).toBeNull();
});

test('a recipe is exported for mergekit, or the reason why not is told', async () => {
  const ask = (text: string) =>
    new Checker().exportForMergekit(
      { text, sources: SOURCES, run: RUN },
      new AbortController().signal,
      () => undefined,
    );
  const text = `merge_method: linear
models:
  - { model: local/base, parameters: { weight: 1 } }
  - { model: local/add, parameters: { weight: [{ kind: norm, value: 0.5 }, { value: 1 }] } }
`;
  const { text: exported, notes } = await ask(text);
  expect(exported).toMatch(/^# Put the paths of the folders/);
  expect(exported).not.toContain('kind');
  expect(notes[0]).toContain('`local/base`, `local/add`');
  await expect(ask(text.replace('linear', 'linaer'))).rejects.toMatchObject({
    tag: 'RecipeRefused',
    message: expect.stringContaining('no merge method'),
  });
  await expect(ask(`${text}out_dtype: float8_e4m3fn\n`)).rejects.toMatchObject({
    tag: 'RecipeRefused',
    message: expect.stringContaining('float8_e4m3fn'),
  });
  await expect(ask('')).rejects.toMatchObject({ tag: 'RecipeRefused' });
});
