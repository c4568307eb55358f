/** Model references in a recipe: `owner/name@revision`, or a group of keys (mergekit 0.1.4). */

import { checkKeys } from './check-keys.ts';
import { removeEntry, replaceValue, textScalar } from './fixes.ts';
import { parseModelRef, printModelRef } from './model-ref.ts';
import type { ProblemList } from './problem-list.ts';
import { readText } from './read-leaf.ts';
import { type MapEntry, type MapNode, presentEntry, type ScalarNode, type TreeNode } from './tree.ts';
import type { ModelRef } from './types.ts';

/** The reference at `entry`; null, with a problem, when it is none. */
export function readModelRef(entry: MapEntry, problems: ProblemList): ModelRef | null {
  const node = entry.value;
  const ref = node.kind === 'map' ? readForm(node, problems) : readString(entry.key, node, problems);
  if (ref?.adapter) {
    const message = `Graft does not apply adapters yet. Merge \`${ref.adapter.repo}\` into its model first and name the result.`;
    const fix =
      node.kind === 'scalar'
        ? replaceValue(node, textScalar(printModelRef({ ...ref, adapter: null })))
        : null;
    problems.add('adapter-unsupported', node.span, message, [fix]);
  }
  return ref;
}

function readString(what: string, node: TreeNode, problems: ProblemList): ModelRef | null {
  const text = readText(`\`${what}\``, node, 'invalid-model', problems);
  return text === null || node.kind !== 'scalar' ? null : parseText(text, node, problems);
}

function parseText(text: string, node: ScalarNode, problems: ProblemList): ModelRef | null {
  const result = parseModelRef(text);
  if (result.ok) return result.ref;
  const { code, message, replacement } = result.error;
  problems.add(code, node.span, message, [
    replacement === null ? null : replaceValue(node, textScalar(replacement)),
  ]);
  return null;
}

/** `{ model: { path, revision } | text, lora, override_architecture }` */
function readForm(form: MapNode, problems: ProblemList): ModelRef | null {
  checkKeys(form, 'reference', problems);
  const lora = presentEntry(form, 'lora');
  if (lora) {
    const message =
      'Graft does not apply adapters yet. Merge the adapter into its model first and name the result.';
    problems.add('adapter-unsupported', lora.keySpan, message, [
      removeEntry(problems.positions, form, 'lora'),
    ]);
  }
  const override = presentEntry(form, 'override_architecture');
  if (override) {
    const message =
      '`override_architecture` has no effect here: Graft reads the layout from the weights, and the output keeps the config of its base model.';
    const fix = removeEntry(problems.positions, form, 'override_architecture');
    problems.add('ignored-key', override.keySpan, message, [fix]);
  }
  const model = presentEntry(form, 'model');
  if (model === undefined) return null;
  const part =
    model.value.kind === 'map' ? readPath(model.value, problems) : readString('model', model.value, problems);
  if (part === null) return null;
  return { ...part, text: printModelRef(part) };
}

/** `{ path, revision }` */
function readPath(path: MapNode, problems: ProblemList): ModelRef | null {
  checkKeys(path, 'path', problems);
  const name = presentEntry(path, 'path');
  if (name === undefined) return null;
  const ref = readString('path', name.value, problems);
  const revision = presentEntry(path, 'revision');
  if (ref === null || revision === undefined) return ref;
  const text = readText('`revision`', revision.value, 'invalid-model', problems);
  if (text === null || revision.value.kind !== 'scalar') return null;
  return parseText(printModelRef({ ...ref, revision: text }), revision.value, problems);
}
