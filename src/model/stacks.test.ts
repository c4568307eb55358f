import { describe, expect, test } from 'vitest';
import { inferStructure } from './structure.ts';

type Shapes = Record<string, readonly number[]>;

const infer = (shapes: Shapes, config: Record<string, unknown> = {}) =>
  inferStructure(
    Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'F16' as const })),
    config,
  );

function blocks(prefix: string, count: number, size: number, ...names: readonly string[]): Shapes {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => names.map((name) => [`${prefix}${i}${name}`, [size, 8]])).flat(),
  );
}

/** A latent diffusion checkpoint as ComfyUI and A1111 share them: UNet, VAE and text encoder in one file. */
const LDM: Shapes = {
  'model.diffusion_model.time_embed.0.weight': [32, 8],
  'model.diffusion_model.time_embed.2.weight': [32, 32],
  ...blocks(
    'model.diffusion_model.input_blocks.',
    12,
    20,
    '.0.in_layers.2.weight',
    '.1.transformer_blocks.0.ff.net.0.proj.weight',
  ),
  'model.diffusion_model.middle_block.0.in_layers.2.weight': [8, 8],
  'model.diffusion_model.middle_block.1.norm.weight': [8],
  ...blocks(
    'model.diffusion_model.output_blocks.',
    12,
    40,
    '.0.in_layers.2.weight',
    '.1.transformer_blocks.0.attn1.to_q.weight',
  ),
  'model.diffusion_model.out.2.weight': [4, 8],
  ...blocks(
    'first_stage_model.decoder.up.',
    4,
    4,
    '.block.0.conv1.weight',
    '.block.1.conv1.weight',
    '.block.2.conv1.weight',
  ),
  'cond_stage_model.transformer.text_model.embeddings.token_embedding.weight': [100, 8],
  ...blocks(
    'cond_stage_model.transformer.text_model.encoder.layers.',
    6,
    8,
    '.self_attn.q_proj.weight',
    '.mlp.fc1.weight',
  ),
};

const FLUX: Shapes = {
  'img_in.weight': [8, 8],
  ...blocks('double_blocks.', 19, 60, '.img_attn.qkv.weight', '.img_mlp.0.weight', '.img_mlp.2.weight'),
  ...blocks('single_blocks.', 38, 20, '.linear1.weight', '.modulation.lin.weight'),
  'final_layer.linear.weight': [4, 8],
};

const KOHYA: Shapes = {
  ...blocks(
    'lora_unet_double_blocks_',
    19,
    4,
    '_img_attn_proj.lora_down.weight',
    '_img_mlp_0.lora_up.weight',
  ),
  ...blocks('lora_unet_single_blocks_', 38, 1, '_linear1.lora_down.weight'),
  ...blocks('lora_te1_text_model_encoder_layers_', 12, 1, '_mlp_fc1.lora_down.weight'),
};

describe('without a config', () => {
  test('a UNet has its larger half as layers, the other one and the encoders beside it', () => {
    const { structure, places, notes } = infer(LDM);
    expect(structure).toMatchObject({
      architecture: null,
      layerCount: 12,
      layerPrefix: 'model.diffusion_model.output_blocks.',
      embeddingName: 'cond_stage_model.transformer.text_model.embeddings.token_embedding.weight',
      headName: null,
      otherStacks: [
        { prefix: 'first_stage_model.decoder.up.', count: 4 },
        { prefix: 'model.diffusion_model.input_blocks.', count: 12 },
        { prefix: 'cond_stage_model.transformer.text_model.encoder.layers.', count: 6 },
      ],
    });
    expect(notes).toEqual([]);
    expect(
      places.get('model.diffusion_model.output_blocks.11.1.transformer_blocks.0.attn1.to_q.weight'),
    ).toEqual({
      template: 'model.diffusion_model.output_blocks.{}.1.transformer_blocks.0.attn1.to_q.weight',
      layer: 11,
      zone: 'layer',
      kind: 'attention',
    });
    const ff = 'model.diffusion_model.input_blocks.3.1.transformer_blocks.0.ff.net.0.proj.weight';
    expect(places.get(ff)).toEqual({
      template: ff,
      layer: null,
      block: { index: 3, count: 12 },
      zone: 'pre',
      kind: 'mlp',
    });
    expect(places.get('model.diffusion_model.middle_block.1.norm.weight')?.block).toBeUndefined();
  });

  test('a DiT: double blocks are the layers, single blocks stand beside them', () => {
    const { structure, places } = infer(FLUX);
    expect(structure).toMatchObject({
      layerCount: 19,
      layerPrefix: 'double_blocks.',
      otherStacks: [{ prefix: 'single_blocks.', count: 38 }],
      embeddingName: null,
      headName: null,
    });
    expect(places.get('single_blocks.37.linear1.weight')?.block).toEqual({ index: 37, count: 38 });
  });

  test('an adapter with indexes between underscores', () => {
    const { structure, places } = infer(KOHYA);
    expect(structure).toMatchObject({
      layerCount: 19,
      layerPrefix: 'lora_unet_double_blocks_',
      otherStacks: [
        { prefix: 'lora_unet_single_blocks_', count: 38 },
        { prefix: 'lora_te1_text_model_encoder_layers_', count: 12 },
      ],
    });
    expect(places.get('lora_unet_double_blocks_7_img_mlp_0.lora_up.weight')).toEqual({
      template: 'lora_unet_double_blocks_{}_img_mlp_0.lora_up.weight',
      layer: 7,
      zone: 'layer',
      kind: 'mlp',
    });
  });

  test('an adapter of a language model', () => {
    const names = ['.self_attn.q_proj.lora_A.weight', '.self_attn.q_proj.lora_B.weight'];
    const { structure } = infer(blocks('base_model.model.model.layers.', 5, 8, ...names));
    expect(structure).toMatchObject({
      layerCount: 5,
      layerPrefix: 'base_model.model.model.layers.',
      tied: false,
    });
  });

  test('equal stacks: the deeper one, then the first by name, whatever the order in the file', () => {
    const deeper = { ...blocks('a.', 3, 8, '.w'), ...blocks('b.', 6, 4, '.w') };
    expect(infer(deeper).structure.layerPrefix).toBe('b.');
    const equal = { ...blocks('up.', 3, 8, '.w'), ...blocks('down.', 3, 8, '.w') };
    expect(infer(equal).structure.layerPrefix).toBe('down.');
  });

  test('nothing numbered', () => {
    const { structure, places } = infer({ emb_params: [8, 8] });
    expect(structure).toMatchObject({
      layerCount: 0,
      layerPrefix: null,
      otherStacks: [],
      vocabularySize: null,
    });
    expect(places.get('emb_params')).toMatchObject({ zone: 'pre', layer: null });
  });
});

test('the config of a diffusers module names its class', () => {
  const { structure } = infer(blocks('transformer_blocks.', 4, 8, '.attn.to_q.weight'), {
    _class_name: 'SD3Transformer2DModel',
    num_layers: 4,
  });
  expect(structure).toMatchObject({
    architecture: 'SD3Transformer2DModel',
    layerCount: 4,
    layerCountKey: ['num_layers'],
  });
});

test('the tower of a vision-language model stands beside its layers, its experts do not', () => {
  const { structure } = infer(
    {
      ...blocks(
        'model.language_model.layers.',
        4,
        8,
        ...[0, 1, 2, 3].map((e) => `.mlp.experts.${e}.up_proj.weight`),
      ),
      ...blocks('model.visual.blocks.', 6, 8, '.attn.qkv.weight'),
      ...blocks('model.visual.merger.mlp.', 2, 8, '.weight'),
    },
    { model_type: 'qwen3_vl_moe', text_config: { num_hidden_layers: 4 } },
  );
  expect(structure).toMatchObject({
    layerPrefix: 'model.language_model.layers.',
    otherStacks: [{ prefix: 'model.visual.blocks.', count: 6 }],
  });
});

test('a header of thousands of stacks is not searched for all of them in every name', () => {
  const stacks = Array.from({ length: 500 }, (_, i) => blocks(`part${i}.blocks.`, 3, 8, '.weight'));
  const { structure } = infer(Object.assign({}, ...stacks));
  expect(structure.otherStacks).toHaveLength(100);
});
