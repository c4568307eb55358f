/** What a checkpoint is, known from its config, index and headers alone. */

import type { ModelOrigin } from '../base/bytes.ts';
import type { Dtype } from '../base/dtype.ts';

export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Which of the checkpoint's weight files holds it. */
  readonly file: string;
  /** Absolute byte range in that file, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

export type TensorKind = 'attention' | 'mlp' | 'expert' | 'router' | 'norm' | 'embedding' | 'head' | 'other';

/** How a tensor's name places it: `model.layers.7.mlp.up_proj.weight` -> layer 7 of `model.layers.{}.mlp.up_proj.weight`. */
export interface TensorPlace {
  /** The name with the layer's index replaced by `{}`; the name itself outside layers. */
  readonly template: string;
  readonly layer: number | null;
  /** Where it stands in a stack beside the layers: a vision tower, a UNet's other half. Absent elsewhere. */
  readonly block?: { readonly index: number; readonly count: number };
  /** Outside layers: before (embeddings) or after them (final norm, head); mergekit 0.1.4. */
  readonly zone: 'pre' | 'layer' | 'post';
  readonly kind: TensorKind;
}

export interface ModelStructure {
  readonly architecture: string | null;
  readonly modelType: string | null;
  readonly layerCount: number;
  /** Text before the layer's index, e.g. `model.layers.`; null when no tensor has a layer. */
  readonly layerPrefix: string | null;
  /** Stacks of blocks beside the layers, none inside another: towers, a UNet's other half, single beside double blocks. */
  readonly otherStacks: readonly { readonly prefix: string; readonly count: number }[];
  /** The config key path that holds the layer count, e.g. `['num_hidden_layers']` or `['text_config', 'num_hidden_layers']`. */
  readonly layerCountKey: readonly string[] | null;
  /** Rows of the input embedding; null when there is none to be found. */
  readonly vocabularySize: number | null;
  /** Names of tensors whose first axis is the vocabulary. */
  readonly vocabularyTensors: readonly string[];
  readonly embeddingName: string | null;
  readonly headName: string | null;
  /** True when the head is the embedding (config says so, or no head is stored). */
  readonly tied: boolean;
  readonly hiddenSize: number | null;
  readonly parameterCount: number;
  /** The dtype of most elements. */
  readonly dtype: Dtype;
}

/** What the model card says of itself, as far as we could read it. */
export interface CardFacts {
  readonly license: string | null;
  readonly baseModels: readonly string[];
}

export interface WeightFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  /** As in `FileEntry`. */
  readonly modifiedAtMs?: number;
}

export interface Checkpoint {
  /** The reference it was opened by. */
  readonly ref: string;
  readonly origin: ModelOrigin;
  /** Empty when there is none. */
  readonly config: Readonly<Record<string, unknown>>;
  /** config.json as written, so that `30.0` stays a float when an output's config is made from it. */
  readonly configText?: string;
  /** In file order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly places: ReadonlyMap<string, TensorPlace>;
  readonly structure: ModelStructure;
  readonly weightFiles: readonly WeightFile[];
  /** Every other file: tokenizer, generation config, templates, custom code, and what is not worth carrying over. */
  readonly sideFiles: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly card: CardFacts;
  /** Oddities that do not stop a merge, in plain words (index lists a tensor that no shard has, ...). */
  readonly notes: readonly string[];
}
