/** Models made up for tests of the engine: larger than the golden ones, so that tensors span many small tiles. */

import { weightsLike } from '../kernels/test-tensors.ts';
import { layOut, type OutputTensor } from '../safetensors/layout.ts';
import type { LocalModel } from '../sources/types.ts';

const HIDDEN = 64;
const INNER = 256;
const VOCABULARY = 512;
const LAYERS = 2;

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: HIDDEN,
  intermediate_size: INNER,
  num_hidden_layers: LAYERS,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  vocab_size: VOCABULARY,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
};

/** An opened folder `name` with about 0.4 MB of weights, a function of `seed`. */
export function madeModel(name: string, seed: number): LocalModel {
  const tensors = tensorsOfModel();
  const { shards, placements } = layOut(tensors, 0);
  const bytes = new Uint8Array(shards[0]?.sizeBytes ?? 0);
  bytes.set(shards[0]?.headerBytes ?? []);
  for (const [index, { offset, sizeBytes }] of placements.entries()) {
    bytes.set(weightsLike('BF16', sizeBytes / 2, seed * 1000 + index).bytes, offset);
  }
  const file = (path: string, content: BlobPart) => ({ path, file: new File([content], path) });
  return {
    name,
    content: {
      kind: 'files',
      files: [file('config.json', JSON.stringify(CONFIG)), file('model.safetensors', bytes)],
    },
  };
}

function tensorsOfModel(): OutputTensor[] {
  const tensor = (name: string, ...shape: number[]): OutputTensor => ({ name, dtype: 'BF16', shape });
  const layers = Array.from({ length: LAYERS }, (_, layer) => {
    const prefix = `model.layers.${layer}`;
    return [
      tensor(`${prefix}.input_layernorm.weight`, HIDDEN),
      tensor(`${prefix}.self_attn.q_proj.weight`, HIDDEN, HIDDEN),
      tensor(`${prefix}.mlp.up_proj.weight`, INNER, HIDDEN),
      tensor(`${prefix}.mlp.down_proj.weight`, HIDDEN, INNER),
    ];
  });
  return [
    tensor('model.embed_tokens.weight', VOCABULARY, HIDDEN),
    ...layers.flat(),
    tensor('model.norm.weight', HIDDEN),
    tensor('lm_head.weight', VOCABULARY, HIDDEN),
  ];
}
