/** Leaf values: checked by their definition, with problems in words. */

import type * as z from 'zod';
import type { ProblemCode } from './problem-codes.ts';
import type { ProblemList } from './problem-list.ts';
import type { PlainValue } from './scalars.ts';
import { describeNode, type MapEntry, type ScalarNode, scalarValue, type TreeNode } from './tree.ts';
import type { QuickFix } from './types.ts';

/** What a definition sees of a node: scalars by their meaning, lists of scalars, and nothing of deeper things. */
export function leafData(node: TreeNode): PlainValue | readonly (PlainValue | undefined)[] | undefined {
  if (node.kind === 'scalar') return scalarValue(node);
  if (node.kind === 'map') return undefined;
  return node.items.map((item) => (item.kind === 'scalar' ? scalarValue(item) : undefined));
}

/** The entry's value by `schema`; null, with a problem of `code` in the schema's own words, when it does not pass. */
export function readLeaf<T>(
  entry: MapEntry,
  schema: z.ZodType<T>,
  code: ProblemCode,
  problems: ProblemList,
): T | null {
  const result = schema.safeParse(leafData(entry.value));
  if (result.success) return result.data;
  const words = result.error.issues[0]?.message ?? 'is not valid';
  problems.add(code, entry.value.span, `\`${entry.key}\` ${words}; it is ${describeNode(entry.value)}.`);
  return null;
}

/** The text of a scalar that must be text. A bare number or boolean is refused as mergekit does, with quotes as the fix. */
export function readText(
  what: string,
  node: TreeNode,
  code: ProblemCode,
  problems: ProblemList,
): string | null {
  if (node.kind === 'scalar' && typeof scalarValue(node) === 'string') return node.text;
  const message = `${what} must be text; it is ${describeNode(node)}.`;
  problems.add(code, node.span, message, [node.kind === 'scalar' ? quote(node) : null]);
  return null;
}

function quote(node: ScalarNode): QuickFix | null {
  if (node.span.end === node.span.start) return null;
  return {
    title: 'Put it in quotes',
    edits: [{ span: node.span, text: `'${node.text.replaceAll("'", "''")}'` }],
  };
}
