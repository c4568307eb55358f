/** Checkpoints without weights: those of e2e/data/skeletons, and llama-like ones made to measure. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configDtypeName, dtypeBytes, type MergeDtype } from '../../src/base/dtype.ts';
import type { VirtualSpec } from './types.ts';

export interface Skeleton {
  readonly config: Readonly<Record<string, unknown>>;
  readonly dtype: MergeDtype;
  /** File name to tensor names in file order. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

const FOLDER = new URL('../data/skeletons/', import.meta.url);

/** Names of the skeletons on disk, for example `mistral-7b-v0.1`. */
export function skeletonNames(): readonly string[] {
  return readdirSync(fileURLToPath(FOLDER))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export function loadSkeleton(name: string): Skeleton {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Skeleton;
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * A llama-like skeleton whose weights take `totalBytes` within 1 %: hidden size and layer count grow with the size as
 * in published families, and the feed-forward width takes up the remainder. Throws below about 2 MB.
 */
export function makeSkeleton(spec: VirtualSpec): Skeleton {
  const width = dtypeBytes(spec.dtype);
  const budget = spec.totalBytes / width;
  const hidden =
    [128, 256, 512, 768, 1024, 1536, 2048, 3072, 4096].findLast((h) => 150 * h * h <= budget) ?? 64;
  const vocabulary = Math.min(32000, Math.max(256, Math.floor(budget / 8 / hidden / 64) * 64));
  const outside = 2 * vocabulary * hidden + hidden;
  const layers = Math.max(1, Math.round((budget - outside) / (12.25 * hidden * hidden)));
  const perLayer = (budget - outside) / layers;
  const feedForward = Math.round((perLayer - 4 * hidden * hidden - 2 * hidden) / (3 * hidden));
  if (feedForward < 1) throw new Error(`${spec.name}: ${spec.totalBytes} bytes are too few for a model`);

  const shapes: Record<string, readonly number[]> = { 'model.embed_tokens.weight': [vocabulary, hidden] };
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'o_proj']) {
      shapes[`${prefix}.self_attn.${name}.weight`] = [hidden, hidden];
    }
    shapes[`${prefix}.mlp.gate_proj.weight`] = [feedForward, hidden];
    shapes[`${prefix}.mlp.up_proj.weight`] = [feedForward, hidden];
    shapes[`${prefix}.mlp.down_proj.weight`] = [hidden, feedForward];
    shapes[`${prefix}.input_layernorm.weight`] = [hidden];
    shapes[`${prefix}.post_attention_layernorm.weight`] = [hidden];
  }
  shapes['model.norm.weight'] = [hidden];
  shapes['lm_head.weight'] = [vocabulary, hidden];

  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: feedForward,
    num_hidden_layers: layers,
    vocab_size: vocabulary,
    num_attention_heads: hidden / 64,
    num_key_value_heads: hidden / 64,
    tie_word_embeddings: false,
    torch_dtype: configDtypeName(spec.dtype),
  };
  return {
    config,
    dtype: spec.dtype,
    shapes,
    files: split(shapes, width, spec.shardBytes ?? Number.POSITIVE_INFINITY),
  };
}

/** Tensors in order, a new file whenever the next one would pass the limit. */
function split(
  shapes: Readonly<Record<string, readonly number[]>>,
  width: number,
  shardBytes: number,
): Record<string, readonly string[]> {
  const shards: string[][] = [[]];
  let used = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const sizeBytes = elements(shape) * width;
    if (used > 0 && used + sizeBytes > shardBytes) {
      shards.push([]);
      used = 0;
    }
    shards.at(-1)?.push(name);
    used += sizeBytes;
  }
  const pad = (n: number): string => String(n).padStart(5, '0');
  return Object.fromEntries(
    shards.map((names, i) => [
      shards.length === 1 ? 'model.safetensors' : `model-${pad(i + 1)}-of-${pad(shards.length)}.safetensors`,
      names,
    ]),
  );
}

/** One weight file's header (8 length bytes, JSON, space padding to 8) and the size of the data behind it. */
export function skeletonHeader(skeleton: Skeleton, file: string): { header: Uint8Array; dataBytes: number } {
  const width = dtypeBytes(skeleton.dtype);
  const entries: [string, unknown][] = [['__metadata__', { format: 'pt' }]];
  let at = 0;
  for (const name of skeleton.files[file] ?? []) {
    const shape = skeleton.shapes[name] ?? [];
    const end = at + elements(shape) * width;
    entries.push([name, { dtype: skeleton.dtype, shape, data_offsets: [at, end] }]);
    at = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(header, 8);
  return { header, dataBytes: at };
}
