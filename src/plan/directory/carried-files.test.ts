import { expect, test } from 'vitest';
import { chooseSideFiles } from './carried-files.ts';

const choose = (...paths: string[]) =>
  chooseSideFiles(paths.map((path) => ({ path, sizeBytes: 10 }))).carried.map(({ path }) => path);

test('what a loader may ask for is carried', () => {
  const wanted = [
    'tokenizer.json',
    'tokenizer.model',
    'tokenizer_config.json',
    'tokenizer.model.v3',
    'special_tokens_map.json',
    'added_tokens.json',
    'vocab.json',
    'merges.txt',
    'spiece.model',
    'qwen.tiktoken',
    'tekken.json',
    'chat_template.jinja',
    'chat_template.json',
    'additional_chat_templates/tool_use.jinja',
    'generation_config.json',
    'preprocessor_config.json',
    'processor_config.json',
    'modeling_phi3.py',
    'configuration_phi3.py',
    'code/modeling.py',
  ];
  expect(choose(...wanted)).toEqual(wanted);
});

test("weights, cards, pictures, other merges' files and odd paths are not", () => {
  expect(
    choose(
      'README.md',
      '.gitattributes',
      'LICENSE',
      'logo.png',
      'model.safetensors',
      'pytorch_model.bin',
      'training_args.bin',
      'mergekit_config.yml',
      'graft.lock.json',
      'config.json',
      '../modeling.py',
      'a/b/c.py',
      'checkpoint-1/tokenizer.json',
    ),
  ).toEqual([]);
});

test('a file that is too large is told of', () => {
  const { carried, warnings } = chooseSideFiles([{ path: 'tokenizer.json', sizeBytes: 1e9 }]);
  expect(carried).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('tokenizer.json')]);
});
