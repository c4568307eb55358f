import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../model/config-file.ts';
import { type OutputFacts, type OutputStack, outputConfig } from './config.ts';
import { configText } from './config-text.ts';

type Config = Record<string, unknown>;

function stack(
  config: Config,
  layerCount: number,
  picks: readonly number[],
  layerCountKey: readonly string[] | null,
): OutputStack {
  const sourceLayers = picks.map((layer) => ({ config, layer, layerCount }));
  return { isMain: true, layerCount, layerCountKey, sourceLayers };
}

/** Facts that take `picks` of the layers of `config`, which has `layerCount`. */
function facts(
  config: Config,
  layerCount: number,
  picks: readonly number[],
  more: Partial<OutputFacts> = {},
  key: readonly string[] = ['num_hidden_layers'],
): OutputFacts {
  return {
    stacks: [stack(config, layerCount, picks, key)],
    vocabularySize: null,
    tied: null,
    dtype: null,
    ...more,
  };
}

describe('layers', () => {
  test('the count and every list with one entry per layer follow the sources', () => {
    const donor = {
      num_hidden_layers: 3,
      n_layer: 3,
      layer_types: ['full', 'sliding', 'sliding'],
      no_rope_layers: [1, 1, 0],
      eos_token_id: [1, 2, 3],
      architectures: ['A', 'B', 'C'],
    };
    const { config, warnings } = outputConfig(donor, facts(donor, 3, [0, 1, 0, 2]));
    expect(config).toEqual({
      num_hidden_layers: 4,
      n_layer: 4,
      layer_types: ['full', 'sliding', 'full', 'sliding'],
      no_rope_layers: [1, 1, 1, 0],
      eos_token_id: [1, 2, 3],
      architectures: ['A', 'B', 'C'],
    });
    expect(warnings).toEqual([]);
  });

  test('each layer has the entry of its own model, whatever that model calls deep', () => {
    const donor = { num_hidden_layers: 2, layer_types: ['a0', 'a1'] };
    const other = { num_hidden_layers: 3, layer_types: ['b0', 'b1', 'b2'] };
    const listless = { num_hidden_layers: 2 };
    const { config } = outputConfig(donor, {
      ...facts(donor, 2, []),
      stacks: [
        {
          ...stack(donor, 2, [], ['num_hidden_layers']),
          sourceLayers: [
            { config: donor, layer: 1, layerCount: 2 },
            { config: other, layer: 2, layerCount: 3 },
            { config: listless, layer: 0, layerCount: 2 },
          ],
        },
      ],
    });
    expect(config).toEqual({ num_hidden_layers: 3, layer_types: ['a1', 'b2', 'a0'] });
  });

  test('lists of layer numbers are renumbered', () => {
    const donor = { num_hidden_layers: 3, mlp_only_layers: [0, 2], cross_attention_layers: [] };
    const { config } = outputConfig(donor, facts(donor, 3, [0, 1, 2, 2]));
    expect(config).toMatchObject({ mlp_only_layers: [0, 2, 3], cross_attention_layers: [] });
  });

  test('the count of a nested language model is set there and the vision tower is left alone', () => {
    const donor = {
      text_config: { num_hidden_layers: 2, layer_types: ['x', 'y'] },
      vision_config: { num_hidden_layers: 2, layer_types: ['v', 'w'] },
    };
    const { config } = outputConfig(donor, facts(donor, 2, [1], {}, ['text_config', 'num_hidden_layers']));
    expect(config).toEqual({
      text_config: { num_hidden_layers: 1, layer_types: ['y'] },
      vision_config: donor.vision_config,
    });
  });

  test('a tower has its own count and lists, and the decoder its own', () => {
    const donor = {
      num_hidden_layers: 9,
      text_config: { num_hidden_layers: 2, layer_types: ['x', 'y'] },
      vision_config: { depth: 3, fullatt_block_indexes: [0, 2], num_hidden_layers: 7 },
    };
    const tower = { ...stack(donor, 3, [0, 2, 2], ['vision_config', 'depth']), isMain: false };
    const decoder = stack(donor, 2, [1], ['text_config', 'num_hidden_layers']);
    expect(outputConfig(donor, { ...facts(donor, 2, []), stacks: [decoder, tower] }).config).toEqual({
      num_hidden_layers: 9,
      text_config: { num_hidden_layers: 1, layer_types: ['y'] },
      vision_config: { depth: 3, fullatt_block_indexes: [0, 1, 2], num_hidden_layers: 7 },
    });
    // A decoder that is not written leaves its config as it was.
    expect(outputConfig(donor, { ...facts(donor, 2, []), stacks: [tower] }).config).toMatchObject({
      text_config: donor.text_config,
    });
  });

  test('a rule over layer numbers is warned of only when layers moved', () => {
    const donor = { num_hidden_layers: 2, full_attention_interval: 4 };
    expect(outputConfig(donor, facts(donor, 2, [0, 1])).warnings).toEqual([]);
    expect(outputConfig(donor, facts(donor, 2, [1, 0])).warnings).toEqual([
      expect.stringContaining('full_attention_interval: 4'),
    ]);
  });

  test('a count that cannot be set is warned of', () => {
    const donor = { model_type: 'odd' };
    const counted = (picks: readonly number[]) => [stack(donor, 2, picks, null)];
    const warningsOf = (picks: readonly number[]) =>
      outputConfig(donor, { ...facts(donor, 2, []), stacks: counted(picks) }).warnings;
    expect(warningsOf([0, 1])).toEqual([]);
    expect(warningsOf([0, 1, 1])).toEqual([expect.stringContaining('3 layers instead of 2')]);
  });

  test('the donor itself is not changed', () => {
    const donor = Object.freeze({ num_hidden_layers: 1, layer_types: Object.freeze(['a']) });
    outputConfig(donor, facts(donor, 1, [0, 0]));
    expect(donor).toEqual({ num_hidden_layers: 1, layer_types: ['a'] });
  });
});

describe('vocabulary, ties and dtype', () => {
  const written = { vocabularySize: 99, tied: true, dtype: 'F16' } as const;

  test('are set where the donor has them', () => {
    const donor = {
      num_hidden_layers: 1,
      vocab_size: 1,
      tie_word_embeddings: false,
      dtype: 'bfloat16',
      torch_dtype: 'bfloat16',
    };
    expect(outputConfig(donor, facts(donor, 1, [0], written)).config).toEqual({
      num_hidden_layers: 1,
      vocab_size: 99,
      tie_word_embeddings: true,
      dtype: 'float16',
      torch_dtype: 'float16',
    });
  });

  test('are added where the donor is silent', () => {
    const donor = { num_hidden_layers: 1 };
    expect(outputConfig(donor, facts(donor, 1, [0], written)).config).toEqual({
      num_hidden_layers: 1,
      vocab_size: 99,
      tie_word_embeddings: true,
      torch_dtype: 'float16',
    });
  });

  test('reach a nested language model', () => {
    const donor = {
      tie_word_embeddings: false,
      dtype: 'bfloat16',
      text_config: { num_hidden_layers: 1, vocab_size: 5, torch_dtype: 'bfloat16' },
    };
    const nested = facts(donor, 1, [0], written, ['text_config', 'num_hidden_layers']);
    expect(outputConfig(donor, nested).config).toEqual({
      tie_word_embeddings: true,
      dtype: 'float16',
      text_config: {
        num_hidden_layers: 1,
        vocab_size: 99,
        torch_dtype: 'float16',
        tie_word_embeddings: true,
      },
    });
  });

  test('are left when they are not known', () => {
    const donor = { num_hidden_layers: 1, vocab_size: 7, torch_dtype: 'bfloat16' };
    expect(outputConfig(donor, facts(donor, 1, [0])).config).toEqual(donor);
  });
});

describe('text', () => {
  test('floats, large numbers and infinities keep their spelling; changed numbers do not', () => {
    const text =
      '{"cap": 30.0, "eps": 1e-05, "limit": [0.0, Infinity], "n": 3.0, "empty": {}, "none": [], "big": 1E3, "__proto__": 1.0}';
    const donor = parseConfig(text, 'config.json');
    const { config } = outputConfig({ ...donor, n: 4 }, facts({}, 0, [], { stacks: [] }));
    expect(configText(config, text)).toBe(
      '{\n  "cap": 30.0,\n  "eps": 1e-05,\n  "limit": [\n    0.0,\n    Infinity\n  ],\n  "n": 4,\n  "empty": {},\n  "none": [],\n  "big": 1E3,\n  "__proto__": 1.0\n}\n',
    );
  });

  test('without a donor text it is plain JSON', () => {
    const config = { a: [1.5, 'x', null, true, { b: 1e21 }] };
    expect(configText(config, undefined)).toBe(`${JSON.stringify(config, null, 2)}\n`);
  });

  test('a golden model: what mergekit wrote for a stack of its layers', () => {
    const at = (path: string) =>
      readFileSync(new URL(`../../../e2e/data/golden/${path}`, import.meta.url), 'utf8');
    const text = at('models/golden/base/config.json');
    const donor = parseConfig(text, 'config.json');
    const expected = JSON.parse(at('expected/passthrough-stack/config.json'));
    const { config } = outputConfig(
      donor,
      facts(donor, 3, [0, 1, 1, 2], { vocabularySize: 97, tied: false, dtype: 'F32' }),
    );
    const written = JSON.parse(configText(config, text));
    for (const key of [
      'num_hidden_layers',
      'vocab_size',
      'tie_word_embeddings',
      'hidden_size',
      'architectures',
    ]) {
      expect(written[key], key).toEqual(expected[key]);
    }
    expect(written.torch_dtype).toBe(expected.dtype);
  });
});
