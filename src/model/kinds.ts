/**
 * What a tensor is for, told from its name. Names are those of the checkpoints of the families in mergekit's architecture
 * files and of later ones; a name no rule knows is `other`, never an error.
 */

import type { TensorKind } from './types.ts';

/** Modules beside the decoder (vision and audio towers, encoders): their tensors are merged as unlayered ones. */
const FOREIGN =
  /(^|[._])(vision|visual|vit|image|video|audio|speech|siglip|clip)([._]|$)|vision_|_vision|visual_|audio_/;

const HEAD_NAMES: ReadonlySet<string> = new Set([
  'lm_head',
  'embed_out',
  'output',
  'output_layer',
  'head',
  'score',
  'classifier',
  'classification_head',
  'qa_outputs',
  'v_head',
  'final_logits_bias',
]);
const NORM = /norm|^ln(_|\d|$)|_ln\d?$/i;
const EMBEDDING = /embed|^(wte|wpe|emb|shared)$|^word_emb/;
const ROUTER: ReadonlySet<string> = new Set(['gate', 'router', 'gating', 'shared_expert_gate', 'wg']);
const EXPERT = /^(shared_)?experts?$|^expert_\d+$/;
const ATTENTION = /att(n|ention)|^att$|^(q|k|v|o|qkv)_proj$|query_key_value/i;
const MLP =
  /mlp|ffn|feed_?forward|(^|_)ff(_|$)|^dense_(h_to_4h|4h_to_h)$|densereludense|^fc\d?$|^c_fc$|^(gate|up|down|gate_up)_proj$|^w[123]$|^intermediate$/i;

/** True for the towers beside the decoder. */
export function isForeign(name: string): boolean {
  return FOREIGN.test(name);
}

/**
 * @param name the tensor's name
 * @param inLayer whether it lies in one of the decoder's layers (there is no head inside a layer)
 */
export function tensorKind(name: string, inLayer: boolean): TensorKind {
  const segments = name.split('.');
  const last = segments.at(-1) ?? '';
  const modules = last === 'weight' || last === 'bias' ? segments.slice(0, -1) : segments;
  const some = (pattern: RegExp) => modules.some((segment) => pattern.test(segment));
  if (modules.slice(-2).some((segment) => NORM.test(segment))) return 'norm';
  if (modules.some((segment) => EXPERT.test(segment))) return 'expert';
  if (!inLayer && isHead(modules)) return 'head';
  if (some(ATTENTION)) return 'attention';
  if (modules.some((segment) => ROUTER.has(segment))) return 'router';
  if (some(EMBEDDING)) return 'embedding';
  if (some(MLP)) return 'mlp';
  // BERT's second feed-forward matrix is `layer.N.output.dense`.
  return inLayer && modules.includes('output') ? 'mlp' : 'other';
}

function isHead(modules: readonly string[]): boolean {
  return (
    modules.some((segment, i) => HEAD_NAMES.has(segment) && (i === 0 || i >= modules.length - 2)) ||
    modules[0] === 'cls'
  );
}
