/** Where a tensor's name puts it: in which layer, or before or after them. */

import { isForeign, tensorKind } from './kinds.ts';
import type { LayerStack } from './layers.ts';
import type { TensorKind, TensorPlace } from './types.ts';

const LAYER_MARK = '{}';

/** The place of `name` in a model whose layers are `stack` (null: it has none). Unknown names outside layers come before. */
export function placeTensor(name: string, stack: LayerStack | null): TensorPlace {
  const layer = layerOf(name, stack);
  if (stack !== null && layer !== null) {
    const template = `${stack.prefix}${LAYER_MARK}${name.slice(stack.prefix.length + String(layer).length)}`;
    return { template, layer, zone: 'layer', kind: tensorKind(name, true) };
  }
  const kind = tensorKind(name, false);
  const zone = !isForeign(name) && (kind === 'head' || isFinalNorm(name, kind)) ? 'post' : 'pre';
  return { template: name, layer: null, zone, kind };
}

/** `model.layers.{}.mlp.up_proj.weight`, 12 -> `model.layers.12.mlp.up_proj.weight`; a name without a mark stays. */
export function renameLayer(template: string, layer: number): string {
  return template.replace(LAYER_MARK, String(layer));
}

function layerOf(name: string, stack: LayerStack | null): number | null {
  if (stack === null || !name.startsWith(stack.prefix)) return null;
  const end = name.indexOf('.', stack.prefix.length);
  const digits = name.slice(stack.prefix.length, end === -1 ? undefined : end);
  if (end === -1 || !/^(?:0|[1-9]\d{0,8})$/.test(digits)) return null;
  const layer = Number(digits);
  return layer < stack.count ? layer : null;
}

/** Norms of embeddings (`word_embeddings_layernorm`) stand before the layers; a numbered one is another stack's. */
function isFinalNorm(name: string, kind: TensorKind): boolean {
  return kind === 'norm' && !/emb/i.test(name) && !/\.\d+\./.test(name);
}
