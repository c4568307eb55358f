/** `models:` and `slices:` as output slices. */

import { checkKeys } from './check-keys.ts';
import { LAYER_RANGE, type LevelName } from './definitions.ts';
import { replaceSpan, replaceValue } from './fixes.ts';
import type { ProblemList } from './problem-list.ts';
import { readLeaf } from './read-leaf.ts';
import { readModelRef } from './read-model-ref.ts';
import { readParameters } from './read-parameters.ts';
import {
  describeNode,
  type MapEntry,
  type MapNode,
  presentEntry,
  scalarValue,
  type TreeNode,
} from './tree.ts';
import type { ModelRef, NodePath, OutputSlice, QuickFix, RecipeModule, SourceEntry } from './types.ts';

/** The map that holds `models` or `slices`: the recipe itself (null), or a module. */
type Owner = RecipeModule | null;

/** `models:` as the one slice it stands for. What is no model is left out, with a problem and a gap. */
export function readModels(entry: MapEntry, module: Owner, problems: ProblemList): readonly OutputSlice[] {
  const owner = module?.path ?? [];
  const sources = readEntries(entry, [...owner, 'models'], 'models', problems, (map, path) => {
    const model = readModel(map, problems);
    const parameters = readParameters(map, problems);
    return model && { model, layerRange: null, parameters, path };
  });
  return [{ form: 'models', module, sources, baseModel: null, parameters: new Map(), path: owner }];
}

/** `slices:`. What is no slice or source is left out, with a problem and a gap. */
export function readSlices(entry: MapEntry, module: Owner, problems: ProblemList): readonly OutputSlice[] {
  const owner = module?.path ?? [];
  const slices = readEntries(entry, [...owner, 'slices'], 'slice', problems, (map, path): OutputSlice => {
    const base = presentEntry(map, 'base_model');
    const baseModel = base ? readModelRef(base, problems) : null;
    if (base && baseModel === null) problems.gaps.add('base');
    const sources = readSources(map, path, problems);
    const parameters = readParameters(map, problems);
    return { form: 'slices', module, sources, baseModel, parameters, path };
  });
  const ranges = slices.flatMap(({ sources }) => sources.map(({ layerRange }) => layerRange));
  // A module may have no layers at all (a projector).
  if (
    module === null &&
    ranges.length > 0 &&
    ranges.every((range) => range !== null && range[0] === range[1])
  ) {
    const message =
      'No slice has layers, so nothing would be left of the models. A range without layers only chooses where the final norm and the head (or, first, the embeddings) come from.';
    problems.add('invalid-layer-range', firstRange(entry).span, message);
  }
  return slices;
}

/** The first `layer_range` written below `slices`. */
function firstRange(slices: MapEntry): TreeNode {
  let node = slices.value;
  for (const key of ['sources', 'layer_range']) {
    const item: TreeNode | undefined = node.kind === 'list' ? node.items[0] : undefined;
    const next = item?.kind === 'map' ? presentEntry(item, key) : undefined;
    if (next === undefined) return node;
    node = next.value;
  }
  return node;
}

function readSources(slice: MapNode, path: NodePath, problems: ProblemList): readonly SourceEntry[] {
  const entry = presentEntry(slice, 'sources');
  if (entry === undefined) {
    problems.gaps.add('sources');
    return [];
  }
  let first: { readonly length: number; readonly line: number } | null = null;
  return readEntries(entry, [...path, 'sources'], 'source', problems, (map, at) => {
    const model = readModel(map, problems);
    const written = presentEntry(map, 'layer_range');
    const layerRange = written ? readLeaf(written, LAYER_RANGE, 'invalid-layer-range', problems) : null;
    const parameters = readParameters(map, problems);
    if (layerRange === null) problems.gaps.add('layers');
    if (written && layerRange) {
      const length = layerRange[1] - layerRange[0];
      first ??= { length, line: written.keySpan.line };
      if (length !== first.length) {
        problems.gaps.add('layers');
        const message = `This source has ${length} layers, the one in line ${first.line} has ${first.length}. Layers are merged in pairs: all sources of a slice need the same number.`;
        problems.add('unequal-layer-ranges', written.value.span, message);
      }
    }
    return model && { model, layerRange, parameters, path: at };
  });
}

function readModel(map: MapNode, problems: ProblemList): ModelRef | null {
  const entry = presentEntry(map, 'model');
  return entry === undefined ? null : readModelRef(entry, problems);
}

/** Every item of the list at `entry` by `read`, less those that are not what they should be. */
function readEntries<T>(
  entry: MapEntry,
  path: NodePath,
  level: LevelName,
  problems: ProblemList,
  read: (map: MapNode, path: NodePath) => T | null,
): readonly T[] {
  const { key, value: list } = entry;
  if (list.kind !== 'list') {
    problems.gaps.add('sources');
    const message = `\`${key}\` takes a list, each entry behind a \`- \`; it is ${describeNode(list)}.`;
    problems.add('invalid-type', list.span, message);
    return [];
  }
  if (list.items.length === 0) {
    problems.gaps.add('sources');
    problems.add('empty-list', list.span, `\`${key}\` is an empty list. Add at least one entry.`);
    return [];
  }
  const results: T[] = [];
  for (const [index, item] of list.items.entries()) {
    if (!problems.visit(item.span)) break;
    if (item.kind !== 'map') {
      const message = `An entry of \`${key}\` is made of keys; this is ${describeNode(item)}.`;
      problems.add('invalid-type', item.span, message, [level === 'slice' ? null : nameModel(item)]);
      continue;
    }
    checkKeys(item, level, problems);
    const result = read(item, [...path, index]);
    if (result !== null) results.push(result);
  }
  if (results.length < list.items.length) problems.gaps.add('sources');
  return results;
}

/** `- owner/name` -> `- model: owner/name`, and `- model:owner/name` likewise. */
function nameModel(item: TreeNode): QuickFix | null {
  if (item.kind !== 'scalar' || typeof scalarValue(item) !== 'string' || item.aliased) return null;
  const glued = item.plain && item.text.startsWith('model:');
  const name = glued ? item.text.slice('model:'.length) : null;
  if (name !== null) return replaceValue(item, `model: ${name}`);
  const { start, line, column } = item.span;
  const before = { start, end: start, line, column, endLine: line, endColumn: column };
  return replaceSpan('Write `model:` before it', before, 'model: ');
}
