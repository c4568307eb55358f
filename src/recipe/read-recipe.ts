/** A recipe's tree as a recipe, with every problem on the way. */

import type { RecipeDtype } from '../base/dtype.ts';
import { LIMITS } from '../base/limits.ts';
import { checkKeys } from './check-keys.ts';
import { DTYPE, SEED, SHARD_SIZE } from './definitions.ts';
import { replaceValue } from './fixes.ts';
import { nearestName } from './nearest-name.ts';
import type { ProblemList } from './problem-list.ts';
import { readContents } from './read-contents.ts';
import { readLeaf, readText } from './read-leaf.ts';
import { readModelRef } from './read-model-ref.ts';
import { readParameters } from './read-parameters.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { describeNode, type MapNode, presentEntry, type TreeNode } from './tree.ts';
import type { RecipeDraft, RecipeGap } from './types.ts';

const ALL_GAPS: readonly RecipeGap[] = ['base', 'sources', 'layers'];

/** As much of the recipe in `root` as can be read; null, with a problem, when it is not made of keys. */
export function readRecipe(root: TreeNode, problems: ProblemList): RecipeDraft | null {
  if (root.kind !== 'map') {
    const message = `A recipe is made of keys, such as \`merge_method: linear\`; this is ${describeNode(root)}.`;
    problems.add('invalid-type', root.span, message);
    return null;
  }
  // A merge, alias or tag that failed while the tree was built may stand for anything.
  if (!problems.keepsMeaning) for (const gap of ALL_GAPS) problems.gaps.add(gap);
  checkKeys(root, 'recipe', problems, ['tokenizer', 'chat_template']);
  const method = presentEntry(root, 'merge_method');
  const mergeMethod = method ? readText('`merge_method`', method.value, 'invalid-type', problems) : null;
  const base = presentEntry(root, 'base_model');
  const baseModel = base ? readModelRef(base, problems) : null;
  if (base && baseModel === null) problems.gaps.add('base');
  const contents = readContents(root, problems);
  const parameters = readParameters(root, problems);
  const dtype = readDtype(root, 'dtype', problems);
  const outDtype = readDtype(root, 'out_dtype', problems);
  const seed = presentEntry(root, 'seed');
  const shardSize = presentEntry(root, 'out_shard_size');
  const name = presentEntry(root, 'name');
  const rest = {
    name: name ? readText('`name`', name.value, 'invalid-type', problems) : null,
    baseModel,
    parameters,
    dtype,
    outDtype,
    seed: (seed && readLeaf(seed, SEED, 'invalid-seed', problems)) ?? 0,
    outShardSizeBytes:
      (shardSize && readLeaf(shardSize, SHARD_SIZE, 'invalid-shard-size', problems)) ?? LIMITS.shardBytes,
  };
  readTokenizer(root, baseModel, problems);
  return { mergeMethod, ...contents, ...rest, gaps: problems.gaps };
}

/** Short names people write for dtypes. */
const DTYPE_ALIASES: ReadonlyMap<string, RecipeDtype> = new Map([
  ['bf16', 'bfloat16'],
  ['fp16', 'float16'],
  ['f16', 'float16'],
  ['half', 'float16'],
  ['fp32', 'float32'],
  ['f32', 'float32'],
  ['float', 'float32'],
  ['single', 'float32'],
  ['fp8', 'float8_e4m3fn'],
  ['float8', 'float8_e4m3fn'],
  ['fp8_e4m3', 'float8_e4m3fn'],
  ['fp8_e4m3fn', 'float8_e4m3fn'],
  ['float8_e4m3', 'float8_e4m3fn'],
  ['fp8_e5m2', 'float8_e5m2'],
]);
/** dtypes that exist, so that the message does not call them misspelt. */
const OTHER_DTYPES =
  /^(?:u?int(?:8|16|32|64)|float64|double|f64|fp64|bool|float8_\w*(?:fnuz|e8m0fnu)|auto|nf4|int4|q[2-8]_\w+)$/;

function readDtype(root: MapNode, name: 'dtype' | 'out_dtype', problems: ProblemList): RecipeDtype | null {
  const node = presentEntry(root, name)?.value;
  if (node === undefined) return null;
  const text = readText(`\`${name}\``, node, 'unknown-dtype', problems);
  if (text === null) return null;
  const bare = text.replace(/^torch\./, '');
  const result = DTYPE.safeParse(bare);
  if (result.success) return result.data;
  const choices = DTYPE.options.map((option) => `\`${option}\``).join(', ');
  if (OTHER_DTYPES.test(bare.toLowerCase())) {
    const message = `${describeNode(node)} cannot be merged or written. \`${name}\` is one of ${choices}.`;
    problems.add('unsupported-dtype', node.span, message);
    return null;
  }
  const meant = DTYPE_ALIASES.get(bare.toLowerCase()) ?? nearestName(bare, DTYPE.options);
  const hint = meant === null ? '' : ` Did you mean \`${meant}\`?`;
  const message = `${describeNode(node)} is not the name of a dtype. \`${name}\` is one of ${choices}.${hint}`;
  problems.add('unknown-dtype', node.span, message, [meant === null ? null : replaceValue(node, meant)]);
  return null;
}
