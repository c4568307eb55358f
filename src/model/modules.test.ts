import { describe, expect, test } from 'vitest';
import { findModule, modulesOf } from './modules.ts';
import { inferStructure } from './structure.ts';

/** `layers` layers of four tensors each below `prefix`. */
function stack(prefix: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => `${prefix}${layer}.`).flatMap((at) => [
    `${at}self_attn.q_proj.weight`,
    `${at}self_attn.o_proj.weight`,
    `${at}mlp.fc1.weight`,
    `${at}layer_norm1.weight`,
  ]);
}

function modules(names: readonly string[], config: Record<string, unknown> = {}) {
  const tensors = names.map((name) => ({ name, shape: [8, 8], dtype: 'BF16' as const }));
  const { structure, places } = inferStructure(tensors, config);
  return modulesOf({ config, structure, places });
}

function summary(found: ReturnType<typeof modules>): string[] {
  return found.map(({ name, layerCount, layerCountKey, places }) => {
    return `${name} ${layerCount} ${layerCountKey?.join('.') ?? '-'} ${places.size}`;
  });
}

describe('modules of published layouts', () => {
  test('a plain decoder is one module, whatever stands beside its layers', () => {
    const names = [
      'model.embed_tokens.weight',
      ...stack('model.layers.', 3),
      'model.norm.weight',
      'lm_head.weight',
      'mtp.layers.0.self_attn.q_proj.weight',
      'medusa_head.0.0.linear.weight',
      'medusa_head.1.0.linear.weight',
      'medusa_head.2.0.linear.weight',
      'medusa_head.3.0.linear.weight',
    ];
    expect(summary(modules(names, { num_hidden_layers: 3 }))).toEqual([
      `default 3 num_hidden_layers ${names.length}`,
    ]);
  });

  test('llava-like: three parts under their own prefixes', () => {
    const found = modules(
      [
        'vision_tower.vision_model.embeddings.patch_embedding.weight',
        ...stack('vision_tower.vision_model.encoder.layers.', 3),
        'vision_tower.vision_model.post_layernorm.weight',
        'multi_modal_projector.linear_1.weight',
        'language_model.model.embed_tokens.weight',
        ...stack('language_model.model.layers.', 4),
        'language_model.model.norm.weight',
        'language_model.lm_head.weight',
      ],
      { text_config: { num_hidden_layers: 4 }, vision_config: { num_hidden_layers: 3 } },
    );
    expect(summary(found)).toEqual([
      'text_decoder 4 text_config.num_hidden_layers 19',
      'vision_tower 3 vision_config.num_hidden_layers 14',
      'multi_modal_projector 0 - 1',
    ]);
    const zones = [...(found[1]?.places.values() ?? [])].map(({ zone }) => zone);
    expect([zones[0], zones[1], zones.at(-1)]).toEqual(['pre', 'layer', 'post']);
  });

  test('newer layouts keep everything below `model`, and the head outside', () => {
    const found = modules(
      [
        'model.visual.patch_embed.proj.weight',
        ...stack('model.visual.blocks.', 3),
        'model.visual.merger.mlp.0.weight',
        'model.visual.merger.mlp.2.weight',
        'model.language_model.embed_tokens.weight',
        ...stack('model.language_model.layers.', 4),
        'model.language_model.norm.weight',
        'model.multi_modal_projector.linear.weight',
        'lm_head.weight',
      ],
      { text_config: { num_hidden_layers: 4 }, vision_config: { depth: 3 } },
    );
    expect(summary(found)).toEqual([
      'text_decoder 4 text_config.num_hidden_layers 19',
      'visual 3 vision_config.depth 15',
      'multi_modal_projector 0 - 1',
    ]);
  });

  test('an encoder beside a decoder', () => {
    const found = modules(
      ['shared.weight', ...stack('encoder.block.', 3), ...stack('decoder.block.', 3), 'lm_head.weight'],
      { num_layers: 3, num_decoder_layers: 3 },
    );
    expect(summary(found)).toEqual(['text_decoder 3 num_layers 14', 'encoder 3 num_layers 12']);
  });

  test('parts that end alike are told apart by their paths', () => {
    const found = modules([
      ...stack('thinker.model.layers.', 4),
      ...stack('thinker.visual.blocks.', 3),
      ...stack('talker.model.layers.', 3),
      ...stack('other.visual.blocks.', 3),
    ]);
    expect(found.map(({ name }) => name)).toEqual(['text_decoder', 'visual', 'talker', 'other']);
  });

  test('no layers, no modules', () => {
    expect(summary(modules(['a.weight', 'vision.weight']))).toEqual(['default 0 - 2']);
  });
});

describe('names', () => {
  const found = modules([
    ...stack('language_model.model.layers.', 4),
    ...stack('vision_model.model.layers.', 3),
    'multi_modal_projector.linear_1.weight',
  ]);
  test.each([
    ['vision_model', 'vision_model'],
    ['vision_tower', 'vision_model'],
    ['text_decoder', 'text_decoder'],
    ['language_model', 'text_decoder'],
    ['projector', 'multi_modal_projector'],
    ['audio_tower', undefined],
    ['', undefined],
  ])('%s means %s', (name, expected) => {
    expect(findModule(found, name)?.name).toBe(expected);
  });

  test('an alias that fits two modules means neither', () => {
    const two = modules([
      ...stack('model.layers.', 3),
      'vision_tower.a.weight',
      'image_newline_model.b.weight',
    ]);
    expect(findModule(two, 'visual')).toBeNull();
    expect(findModule(two, 'vision_tower')?.name).toBe('vision_tower');
  });
});
