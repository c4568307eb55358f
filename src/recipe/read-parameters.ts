/** `parameters:` maps and their values: numbers, gradients and conditional lists (mergekit 0.1.4). */

import { checkKeys } from './check-keys.ts';
import { matchesAll } from './conditions.ts';
import { PARAMETER_NUMBER } from './definitions.ts';
import { replaceValue } from './fixes.ts';
import type { ProblemList } from './problem-list.ts';
import { readCondition } from './read-condition.ts';
import { leafData } from './read-leaf.ts';
import {
  describeNode,
  isNull,
  type ListNode,
  type MapNode,
  presentEntry,
  shorten,
  type TreeNode,
} from './tree.ts';
import type { ConditionalValue, Gradient, ParameterSet, ParameterValue } from './types.ts';

const FORMS = 'Write a number, a list of numbers, or a list of entries with `filter` and `value`.';

/** The parameters of `owner`; empty without any. A value with problems has no entries. */
export function readParameters(owner: MapNode, problems: ProblemList): ParameterSet {
  const parameters = new Map<string, ParameterValue>();
  const node = presentEntry(owner, 'parameters')?.value;
  if (node === undefined) return parameters;
  if (node.kind !== 'map') {
    const message = `\`parameters\` takes names with values, such as \`weight: 0.5\`; it is ${describeNode(node)}.`;
    problems.add('invalid-type', node.span, message);
    return parameters;
  }
  for (const entry of node.entries.values()) {
    if (!problems.visit(entry.keySpan)) break;
    const value = readValue(
      entry.key,
      isNull(entry.value) ? { ...entry.value, span: entry.keySpan } : entry.value,
      problems,
    );
    parameters.set(entry.key, value ?? []);
  }
  return parameters;
}

function readValue(name: string, node: TreeNode, problems: ProblemList): ParameterValue | null {
  if (node.kind === 'map') {
    const only = readEntry(name, node, problems);
    return only === null ? null : [only];
  }
  if (node.kind === 'list' && node.items.some((item) => item.kind === 'map')) {
    return readConditions(name, node, problems);
  }
  const gradient = readGradient(name, node, problems);
  return gradient === null ? null : [{ filter: null, layers: null, kind: null, value: gradient }];
}

function readConditions(name: string, list: ListNode, problems: ProblemList): ParameterValue | null {
  const conditions: ConditionalValue[] = [];
  let catchAllLine: number | null = null;
  for (const item of list.items) {
    if (!problems.visit(item.span)) return null;
    if (item.kind !== 'map') {
      const message = `\`${shorten(name)}\` mixes entries with \`filter\` and bare values. Write this one as \`value: ...\`.`;
      const fix = item.kind === 'scalar' ? replaceValue(item, `value: ${item.text}`) : null;
      problems.add('invalid-parameter', item.span, message, [fix]);
      continue;
    }
    const condition = readEntry(name, item, problems);
    if (condition === null) continue;
    if (catchAllLine !== null) {
      const message = `This entry is never used: the one in line ${catchAllLine} matches every tensor. Put that one last.`;
      problems.add('unreachable-filter', item.span, message);
    } else if (matchesAll(condition)) {
      catchAllLine = item.span.line;
    }
    conditions.push(condition);
  }
  return conditions.length === list.items.length ? conditions : null;
}

function readEntry(name: string, map: MapNode, problems: ProblemList): ConditionalValue | null {
  checkKeys(map, 'condition', problems);
  const condition = readCondition(map, problems);
  const valueNode = presentEntry(map, 'value')?.value;
  const value = valueNode === undefined ? null : readGradient(name, valueNode, problems);
  return value === null || condition === null ? null : { ...condition, value };
}

function readGradient(name: string, node: TreeNode, problems: ProblemList): Gradient | null {
  const shown = `\`${shorten(name)}\``;
  if (node.kind === 'map') {
    problems.add(
      'invalid-parameter',
      node.span,
      `The value of ${shown} is a group of keys. Write a number or a list of numbers.`,
    );
    return null;
  }
  if (node.kind === 'list' && node.items.length === 0) {
    problems.add('empty-list', node.span, `${shown} is an empty list, which has no value. ${FORMS}`);
    return null;
  }
  const numbers: number[] = [];
  const items = node.kind === 'list' ? node.items : [node];
  for (const item of items) {
    if (!problems.visit(item.span)) return null;
    const result = PARAMETER_NUMBER.safeParse(leafData(item));
    if (result.success) numbers.push(result.data);
    else {
      const words = result.error.issues[0]?.message ?? 'is not valid';
      problems.add(
        'invalid-parameter',
        item.span,
        `${shown} ${words}; it is ${describeNode(item)}. ${FORMS}`,
      );
    }
  }
  return numbers.length === items.length ? numbers : null;
}
