/** The tokenizer keys: Graft copies the donor's tokenizer, so everything else is refused and that is a remark. */

import { removeEntry } from './fixes.ts';
import type { ProblemList } from './problem-list.ts';
import { type MapEntry, type MapNode, presentEntry, scalarValue, shorten, type TreeNode } from './tree.ts';
import type { ModelRef } from './types.ts';

/** Reports what `tokenizer`, `tokenizer_source` and `chat_template` ask for and would not get. */
export function readTokenizer(root: MapNode, baseModel: ModelRef | null, problems: ProblemList): void {
  const source = presentEntry(root, 'tokenizer_source');
  const block = presentEntry(root, 'tokenizer');
  if (source && block) {
    const message = '`tokenizer` and `tokenizer_source` say the same thing twice. Keep one of them.';
    const fix = removeEntry(problems.positions, root, source.key);
    problems.add('conflicting-keys', source.keySpan, message, [fix]);
  }
  if (source) report(source, textOf(source.value), root, baseModel, problems);
  if (block) report(block, plainBlockSource(block.value), root, baseModel, problems);
  const template = presentEntry(root, 'chat_template');
  if (template) reportTemplate(template, root, problems);
}

function report(
  entry: MapEntry,
  source: string | null,
  root: MapNode,
  baseModel: ModelRef | null,
  problems: ProblemList,
): void {
  const fix = removeEntry(problems.positions, root, entry.key);
  // Recipes of 2023 write `model:owner/name`.
  const named = source?.replace(/^model:/, '') ?? null;
  const isDonor = source === 'base' || (named !== null && named === baseModel?.text);
  if (isDonor) {
    const message = `\`${entry.key}\` changes nothing here: the base model's tokenizer (or else the first model's) is copied anyway.`;
    problems.add('tokenizer-redundant', entry.keySpan, message, [fix]);
    return;
  }
  const asked = source === null ? 'This' : `\`${shorten(source)}\``;
  const message = `${asked} needs a tokenizer to be built or taken from another model, which Graft cannot do yet. Without \`${entry.key}\` the base model's (or else the first model's) is copied, which is right when all models share a vocabulary.`;
  problems.add('tokenizer-unsupported', entry.keySpan, message, [fix]);
}

function textOf(node: TreeNode): string | null {
  const value = node.kind === 'scalar' ? scalarValue(node) : null;
  return typeof value === 'string' ? value : null;
}

/** The source of a `tokenizer` block that says nothing else; mergekit's default is `union`. */
function plainBlockSource(node: TreeNode): string | null {
  if (node.kind !== 'map') return null;
  if (presentEntry(node, 'tokens') || presentEntry(node, 'pad_to_multiple_of')) return null;
  const source = presentEntry(node, 'source');
  return source ? textOf(source.value) : 'union';
}

function reportTemplate(entry: MapEntry, root: MapNode, problems: ProblemList): void {
  const fix = removeEntry(problems.positions, root, entry.key);
  if (textOf(entry.value) === 'auto') {
    const message =
      "`chat_template: auto` has no effect here: the base model's (or else the first model's) template is copied.";
    problems.add('ignored-key', entry.keySpan, message, [fix]);
    return;
  }
  const message =
    "Graft does not write chat templates yet. Without `chat_template` the base model's (or else the first model's) is copied.";
  problems.add('chat-template-unsupported', entry.keySpan, message, [fix]);
}
