import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renameLayer } from './places.ts';
import { inferStructure } from './structure.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function infer(shapes: Shapes, config: Record<string, unknown>) {
  return inferStructure(
    Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'BF16' as const })),
    config,
  );
}

/** `names` for each of `count` layers under `prefix`, all of `shape`. */
function layers(
  prefix: string,
  count: number,
  names: readonly string[],
  shape: readonly number[] = [8, 8],
): Shapes {
  const entries = Array.from({ length: count }, (_, i) =>
    names.map((name) => [`${prefix}${i}.${name}`, shape] as const),
  );
  return Object.fromEntries(entries.flat());
}

const DATA = new URL('../../e2e/data/skeletons/', import.meta.url);
const SKELETONS = readdirSync(DATA).filter((name) => name.endsWith('.json'));

describe('well-known checkpoints', () => {
  test.each(SKELETONS)('%s', (file) => {
    const skeleton = JSON.parse(readFileSync(new URL(file, DATA), 'utf8'));
    const { config, shapes, parameters } = skeleton;
    const { structure, places, notes } = infer(shapes, config);
    const isGpt2 = file === 'gpt2.json';
    const isTied = isGpt2 || config.tie_word_embeddings;
    expect(structure).toMatchObject({
      architecture: config.architectures[0],
      modelType: config.model_type,
      layerCount: config.num_hidden_layers ?? config.n_layer,
      layerPrefix: isGpt2 ? 'h.' : 'model.layers.',
      layerCountKey: [isGpt2 ? 'n_layer' : 'num_hidden_layers'],
      vocabularySize: config.vocab_size,
      embeddingName: isGpt2 ? 'wte.weight' : 'model.embed_tokens.weight',
      headName: isTied ? null : 'lm_head.weight',
      tied: isTied,
      hiddenSize: config.hidden_size ?? config.n_embd,
      parameterCount: parameters,
      dtype: 'BF16',
    });
    expect(structure.vocabularyTensors.length).toBe(isTied ? 1 : 2);
    expect(notes).toEqual([]);
    for (const [name, place] of places) {
      expect(place.layer === null ? place.template : renameLayer(place.template, place.layer)).toBe(name);
      expect(place.kind, name).not.toBe('other');
      expect(place.zone === 'layer', name).toBe(/(^|\.)(h|layers)\.\d+\./.test(name));
    }
    expect(places.size).toBe(Object.keys(shapes).length);
  });
});

describe('other families', () => {
  test('gpt_neox', () => {
    const { structure, places } = infer(
      {
        'gpt_neox.embed_in.weight': [100, 8],
        ...layers('gpt_neox.layers.', 6, [
          'attention.query_key_value.weight',
          'attention.bias',
          'attention.rotary_emb.inv_freq',
          'mlp.dense_h_to_4h.weight',
          'input_layernorm.weight',
        ]),
        'gpt_neox.final_layer_norm.weight': [8],
        'embed_out.weight': [100, 8],
      },
      { model_type: 'gpt_neox', num_hidden_layers: 6, hidden_size: 8, vocab_size: 100 },
    );
    expect(structure).toMatchObject({
      layerCount: 6,
      layerPrefix: 'gpt_neox.layers.',
      embeddingName: 'gpt_neox.embed_in.weight',
      headName: 'embed_out.weight',
      tied: false,
    });
    expect(places.get('gpt_neox.final_layer_norm.weight')).toMatchObject({ zone: 'post', kind: 'norm' });
    expect(places.get('embed_out.weight')).toMatchObject({ zone: 'post', kind: 'head' });
    expect(places.get('gpt_neox.layers.5.attention.bias')).toEqual({
      template: 'gpt_neox.layers.{}.attention.bias',
      layer: 5,
      zone: 'layer',
      kind: 'attention',
    });
  });

  test('an expert has two indexes, and the first is its layer', () => {
    const experts = Array.from({ length: 4 }, (_, i) => `block_sparse_moe.experts.${i}.w1.weight`);
    const { structure, places } = infer(
      layers('model.layers.', 4, [...experts, 'block_sparse_moe.gate.weight', 'self_attn.q_proj.weight']),
      { num_hidden_layers: 4, num_local_experts: 4 },
    );
    expect(structure.layerCount).toBe(4);
    expect(places.get('model.layers.2.block_sparse_moe.experts.3.w1.weight')).toMatchObject({
      template: 'model.layers.{}.block_sparse_moe.experts.3.w1.weight',
      layer: 2,
      kind: 'expert',
    });
    expect(places.get('model.layers.2.block_sparse_moe.gate.weight')?.kind).toBe('router');
  });

  test('a vision tower of more elements and equal depth stays outside the layers', () => {
    const { structure, places } = infer(
      {
        'language_model.model.embed_tokens.weight': [50, 8],
        ...layers('language_model.model.layers.', 4, ['mlp.up_proj.weight']),
        'language_model.model.norm.weight': [8],
        'language_model.lm_head.weight': [50, 8],
        ...layers('vision_tower.vision_model.encoder.layers.', 4, ['mlp.fc1.weight'], [64, 64]),
        'vision_tower.vision_model.post_layernorm.weight': [8],
        'multi_modal_projector.linear_1.weight': [8, 8],
      },
      {
        text_config: { num_hidden_layers: 4, hidden_size: 8, vocab_size: 50 },
        vision_config: { num_hidden_layers: 4 },
      },
    );
    expect(structure).toMatchObject({
      layerPrefix: 'language_model.model.layers.',
      layerCountKey: ['text_config', 'num_hidden_layers'],
      headName: 'language_model.lm_head.weight',
      hiddenSize: 8,
    });
    for (const name of [
      'vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight',
      'vision_tower.vision_model.post_layernorm.weight',
      'multi_modal_projector.linear_1.weight',
    ]) {
      expect(places.get(name)).toMatchObject({ layer: null, zone: 'pre', template: name });
    }
  });

  test('T5 is layered by its decoder', () => {
    const names = ['layer.0.SelfAttention.q.weight', 'layer.1.DenseReluDense.wi.weight'];
    const { structure, places } = infer(
      {
        'shared.weight': [32, 8],
        ...layers('encoder.block.', 3, names),
        ...layers('decoder.block.', 3, names),
      },
      { model_type: 't5', num_layers: 3, num_decoder_layers: 3, d_model: 8, vocab_size: 32 },
    );
    expect(structure).toMatchObject({
      layerPrefix: 'decoder.block.',
      embeddingName: 'shared.weight',
      hiddenSize: 8,
    });
    expect(places.get('encoder.block.1.layer.0.SelfAttention.q.weight')).toMatchObject({
      layer: null,
      zone: 'pre',
    });
    expect(places.get('decoder.block.1.layer.0.SelfAttention.q.weight')).toMatchObject({
      layer: 1,
      kind: 'attention',
    });
  });

  test.each([
    ['bloom', 'h.', ['self_attention.query_key_value.weight'], 'n_layer', 'word_embeddings.weight'],
    [
      'falcon',
      'transformer.h.',
      ['mlp.dense_h_to_4h.weight'],
      'num_hidden_layers',
      'transformer.word_embeddings.weight',
    ],
    ['mpt', 'transformer.blocks.', ['attn.Wqkv.weight'], 'n_layers', 'transformer.wte.weight'],
    [
      'opt',
      'model.decoder.layers.',
      ['fc1.weight'],
      'num_hidden_layers',
      'model.decoder.embed_tokens.weight',
    ],
    [
      'chatglm',
      'transformer.encoder.layers.',
      ['mlp.dense_h_to_4h.weight'],
      'num_layers',
      'transformer.embedding.word_embeddings.weight',
    ],
    [
      'internlm2',
      'model.layers.',
      ['attention.wqkv.weight'],
      'num_hidden_layers',
      'model.tok_embeddings.weight',
    ],
    [
      'mamba',
      'backbone.layers.',
      ['mixer.in_proj.weight'],
      'num_hidden_layers',
      'backbone.embeddings.weight',
    ],
    [
      'bert',
      'bert.encoder.layer.',
      ['attention.self.query.weight'],
      'num_hidden_layers',
      'bert.embeddings.word_embeddings.weight',
    ],
  ])('%s', (modelType, layerPrefix, names, key, embeddingName) => {
    const { structure } = infer(
      { [embeddingName]: [40, 8], ...layers(layerPrefix, 5, names) },
      { model_type: modelType, [key]: 5, vocab_size: 40 },
    );
    expect(structure).toMatchObject({
      layerCount: 5,
      layerPrefix,
      layerCountKey: [key],
      embeddingName,
      vocabularySize: 40,
      headName: null,
      tied: true,
      hiddenSize: 8,
    });
  });

  test.each([
    ['model.layers.0.mlp.shared_expert_gate.weight', 'router'],
    ['model.layers.0.mlp.gate.e_score_correction_bias', 'router'],
    ['model.layers.0.mlp.experts.gate_up_proj', 'expert'],
    ['model.layers.0.mlp.shared_experts.up_proj.weight', 'expert'],
    ['model.layers.0.mlp.gate_proj.weight', 'mlp'],
    ['model.layers.0.self_attn.q_norm.weight', 'norm'],
    ['model.layers.0.self_attn.qkv_proj.weight', 'attention'],
    ['model.layers.0.feed_forward.w2.weight', 'mlp'],
    ['model.layers.0.output.LayerNorm.weight', 'norm'],
    ['model.layers.0.output.dense.weight', 'mlp'],
    ['model.layers.0.mixer.conv1d.weight', 'other'],
    ['output.weight', 'head'],
    ['transformer.output_layer.weight', 'head'],
    ['score.weight', 'head'],
    ['model.embedding_norm.weight', 'norm'],
    ['transformer.wpe.weight', 'embedding'],
  ])('%s is of kind %s', (name, kind) => {
    const { places } = infer({ [name]: [8, 8] }, { num_hidden_layers: 1 });
    expect(places.get(name)?.kind).toBe(kind);
  });

  test('positions are no vocabulary even when they are as many', () => {
    const { structure } = infer({ 'wpe.weight': [64, 8], 'wte.weight': [64, 8] }, { vocab_size: 64 });
    expect(structure.vocabularyTensors).toEqual(['wte.weight']);
  });
});

describe('oddities', () => {
  test('multi-token-prediction layers are not layers of the model', () => {
    const { structure, places } = infer(layers('model.layers.', 5, ['mlp.up_proj.weight']), {
      num_hidden_layers: 4,
      num_nextn_predict_layers: 1,
    });
    expect(structure.layerCount).toBe(4);
    expect(places.get('model.layers.4.mlp.up_proj.weight')).toMatchObject({ layer: null, zone: 'pre' });
  });

  test('a config that disagrees with the weights is noted and its key kept', () => {
    const { structure, notes } = infer(layers('model.layers.', 5, ['mlp.up_proj.weight']), {
      num_hidden_layers: 7,
    });
    expect(structure).toMatchObject({ layerCount: 5, layerCountKey: ['num_hidden_layers'] });
    expect(notes).toEqual(['config.json says num_hidden_layers: 7, but the weights have 5 layers.']);
  });

  test('a layer that stores nothing counts when the config vouches for it', () => {
    const { 'model.layers.1.a.weight': _gone, ...rest } = layers('model.layers.', 4, ['a.weight']);
    expect(infer(rest, { num_hidden_layers: 4 }).structure.layerCount).toBe(4);
  });

  test('a huge index makes no huge model', () => {
    const { structure } = infer(
      { 'model.layers.999999999.x': [1], 'model.layers.0.x': [1] },
      { num_hidden_layers: 1e9 },
    );
    expect(structure.layerCount).toBe(1);
  });

  test('nothing but loose tensors', () => {
    const { structure, places } = infer({ a: [2], 'b.weight': [2, 2] }, {});
    expect(structure).toMatchObject({
      layerCount: 0,
      layerPrefix: null,
      layerCountKey: null,
      embeddingName: null,
    });
    expect([...places.values()].every(({ zone }) => zone === 'pre')).toBe(true);
  });

  test('a head beside a tied config is noted', () => {
    const shapes = { 'model.embed_tokens.weight': [9, 2], 'lm_head.weight': [9, 2] };
    const { structure, notes } = infer(shapes, { tie_word_embeddings: true });
    expect(structure).toMatchObject({ tied: true, headName: 'lm_head.weight' });
    expect(notes).toHaveLength(1);
    expect(infer(shapes, {}).structure.tied).toBe(false);
  });
});
