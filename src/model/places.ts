/** Where a tensor's name puts it: in which layer, or before or after them. */

import { isForeign, tensorKind } from './kinds.ts';
import { indexIn, type LayerStack } from './layers.ts';
import type { TensorKind, TensorPlace } from './types.ts';

const LAYER_MARK = '{}';

/**
 * The place of `name` in a model whose layers are `stack` (null: it has none) and that has `others` beside them. Unknown
 * names outside layers come before.
 */
export function placeTensor(
  name: string,
  stack: LayerStack | null,
  others: readonly LayerStack[],
): TensorPlace {
  const layer = layerOf(name, stack);
  if (stack !== null && layer !== null) {
    const template = `${stack.prefix}${LAYER_MARK}${name.slice(stack.prefix.length + String(layer).length)}`;
    return { template, layer, zone: 'layer', kind: tensorKind(name, true) };
  }
  const block = blockOf(name, others);
  if (block !== null)
    return { template: name, layer: null, block, zone: 'pre', kind: tensorKind(name, true) };
  const kind = tensorKind(name, false);
  const zone = !isForeign(name) && (kind === 'head' || isFinalNorm(name, kind)) ? 'post' : 'pre';
  return { template: name, layer: null, zone, kind };
}

/** `model.layers.{}.mlp.up_proj.weight`, 12 -> `model.layers.12.mlp.up_proj.weight`; a name without a mark stays. */
export function renameLayer(template: string, layer: number): string {
  return template.replace(LAYER_MARK, String(layer));
}

function layerOf(name: string, stack: LayerStack | null): number | null {
  const layer = stack === null ? null : indexIn(name, stack);
  return stack !== null && layer !== null && layer < stack.count ? layer : null;
}

function blockOf(name: string, stacks: readonly LayerStack[]): NonNullable<TensorPlace['block']> | null {
  for (const stack of stacks) {
    const index = layerOf(name, stack);
    if (index !== null) return { index, count: stack.count };
  }
  return null;
}

/** Norms of embeddings (`word_embeddings_layernorm`) stand before the layers; a numbered one is another stack's. */
function isFinalNorm(name: string, kind: TensorKind): boolean {
  return kind === 'norm' && !/emb/i.test(name) && !/\.\d+\./.test(name);
}
