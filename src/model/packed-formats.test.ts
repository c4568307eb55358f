import { describe, expect, test } from 'vitest';
import { packedWeights, unpackedModel } from './packed-formats.ts';
import type { TensorInfo } from './types.ts';

const P = 'model.layers.0.self_attn.q_proj';

function tensorsOf(names: readonly string[]): Map<string, TensorInfo> {
  return new Map(names.map((name) => [name, { name, dtype: 'U8', shape: [1], file: 'x', start: 0, end: 1 }]));
}

const found = (config: Record<string, unknown>, ...names: string[]) =>
  packedWeights({ config, tensors: tensorsOf([...names, 'model.norm.weight']) });

const method = (name: string) => ({ quantization_config: { quant_method: name } });

describe('from headers alone', () => {
  test.each([
    ['GPTQ', [`${P}.qweight`, `${P}.qzeros`, `${P}.scales`, `${P}.g_idx`]],
    ['AWQ', [`${P}.qweight`, `${P}.qzeros`, `${P}.scales`]],
    [
      'bitsandbytes (4 bit)',
      [
        `${P}.weight`,
        `${P}.weight.absmax`,
        `${P}.weight.quant_map`,
        `${P}.weight.quant_state.bitsandbytes__nf4`,
      ],
    ],
    ['bitsandbytes (8 bit)', [`${P}.weight`, `${P}.SCB`, `${P}.weight_format`]],
    ['MXFP4', ['model.layers.0.mlp.experts.down_proj_blocks', 'model.layers.0.mlp.experts.down_proj_scales']],
    ['compressed-tensors', [`${P}.weight_packed`, `${P}.weight_scale`, `${P}.weight_shape`]],
    ['ModelOpt', [`${P}.weight`, `${P}.weight_scale`, `${P}.weight_scale_2`, `${P}.input_scale`]],
    ['FP8 with scales', [`${P}.weight`, `${P}.weight_scale_inv`]],
    ['FP8 with scales', [`${P}.weight`, `${P}.weight_scale`]],
    ['FP8 with scales', ['double_blocks.0.img_attn.qkv.weight', 'double_blocks.0.img_attn.qkv.scale_weight']],
    ['MLX', [`${P}.weight`, `${P}.scales`, `${P}.biases`]],
    ['HQQ', [`${P}.W_q`, `${P}.scale`, `${P}.zero`]],
    ['AQLM', [`${P}.codes`, `${P}.codebooks`, `${P}.scales`]],
  ])('%s', (format, names) => {
    const packed = found({}, ...names);
    expect(packed?.format).toBe(format);
    expect(names).toContain(packed?.tensor);
  });

  test.each([
    ['plain float8', [`${P}.weight`]],
    ['blocks that are modules', ['transformer.blocks.0.attn.weight', 'double_blocks.0.scale']],
    ['a tensor called scales', ['decoder.scales', 'bins']],
  ])('%s is not packed', (_name, names) => {
    expect(found({}, ...names)).toBeNull();
  });
});

describe('with a config', () => {
  test('that names the tool behind shared endings', () => {
    expect(found(method('compressed-tensors'), `${P}.weight`, `${P}.weight_scale`)).toEqual({
      format: 'compressed-tensors',
      tensor: `${P}.weight_scale`,
    });
    expect(found(method('gptq'), `${P}.qweight`, `${P}.qzeros`, `${P}.scales`)?.format).toBe('GPTQ');
  });

  test.each([
    [method('bitsandbytes'), 'bitsandbytes'],
    [method('AWQ'), 'AWQ'],
    [method('brand_new'), 'brand_new'],
    [{ quantization_config: {} }, 'an unnamed method'],
    [{ text_config: method('fp8') }, 'FP8 with scales'],
    [{ quantization: { group_size: 64, bits: 4 } }, 'MLX'],
  ])('%j and plain tensors', (config, format) => {
    expect(found(config, `${P}.weight`)).toEqual({ format, tensor: null });
  });

  test('that says nothing', () => {
    expect(found({ quantization_config: null, model_type: 'llama' }, `${P}.weight`)).toBeNull();
  });
});

describe('what to name instead', () => {
  const of = (repo: string, ...baseModels: string[]) =>
    unpackedModel({
      ref: repo,
      origin: { kind: 'hub', endpoint: 'https://hub', repo, revision: 'main', sha: 'a' },
      card: { license: null, baseModels },
    });

  test.each([
    ['org/Model-7B-AWQ', [], { ref: 'org/Model-7B', saidBy: 'name' }],
    ['org/model-bnb-4bit', [], { ref: 'org/model', saidBy: 'name' }],
    ['org/model-GPTQ-Int4', [], { ref: 'org/model', saidBy: 'name' }],
    ['org/model-FP8-dynamic', [], { ref: 'org/model', saidBy: 'name' }],
    ['org/model-GPTQ', ['maker/model'], { ref: 'maker/model', saidBy: 'card' }],
    ['org/merge-AWQ', ['a/a', 'b/b'], { ref: 'org/merge', saidBy: 'name' }],
    ['org/model', ['org/model'], null],
    ['org/awquard', [], null],
    ['org/-AWQ', [], null],
  ])('%s made from %j', (repo, bases, plain) => {
    expect(of(repo, ...bases)).toEqual(plain);
  });

  test('a folder without a card says nothing', () => {
    const origin = { kind: 'local', name: 'local/model-AWQ' } as const;
    expect(
      unpackedModel({ ref: 'local/model-AWQ', origin, card: { license: null, baseModels: [] } }),
    ).toBeNull();
  });
});
