/** The keys of one map: missing ones, and those that do not belong there. */

import { LEVELS, type LevelName, requiredKeys } from './definitions.ts';
import { moveIntoParameters, removeEntry, renameKey } from './fixes.ts';
import { knownElsewhere } from './known-elsewhere.ts';
import { nearestName } from './nearest-name.ts';
import type { ProblemList } from './problem-list.ts';
import { toFiniteNumber } from './scalars.ts';
import { isNull, type MapEntry, type MapNode, scalarValue, shorten, type TreeNode } from './tree.ts';
import type { QuickFix } from './types.ts';

/**
 * Reports keys of `map` that `level` does not have (`handled` ones are the caller's) and required keys it lacks. A
 * misspelt key is from then on also found under the name it was meant as, so that what it holds is checked as well.
 */
export function checkKeys(
  map: MapNode,
  level: LevelName,
  problems: ProblemList,
  handled: readonly string[] = [],
): void {
  const { schema, where } = LEVELS[level];
  for (const entry of [...map.entries.values()]) {
    if (problems.full) return;
    if (Object.hasOwn(schema.shape, entry.key) || handled.includes(entry.key)) continue;
    reportStranger(entry, map, level, problems);
  }
  for (const name of requiredKeys(level)) {
    const entry = map.entries.get(name);
    if (entry !== undefined && !isNull(entry.value)) continue;
    const message = entry
      ? `\`${name}\` is empty; ${where} needs a value for it.`
      : `\`${name}\` is missing; ${where} needs it.`;
    problems.add('missing-key', entry?.keySpan ?? firstKeySpan(map), message);
  }
}

/** The map's first key as a place for what is missing. */
export function firstKeySpan(map: MapNode): MapNode['span'] {
  const first = map.aliased ? undefined : map.entries.values().next().value;
  return first?.own ? first.keySpan : map.span;
}

function reportStranger(entry: MapEntry, map: MapNode, level: LevelName, problems: ProblemList): void {
  const { where, schema, takesParameters } = LEVELS[level];
  const remove = removeEntry(problems.positions, map, entry.key);
  const known = knownElsewhere(level, entry.key);
  if (known) {
    const fixes: Record<string, QuickFix | null> = { remove, none: null };
    const fix = typeof known.fix === 'string' ? fixes[known.fix] : renameKey(entry, known.fix.rename);
    problems.add(known.code, entry.keySpan, known.message, [fix ?? null]);
    return;
  }
  const shown = `\`${shorten(entry.key)}\``;
  const nearest = suggestion(entry.key, map, level);
  const home = homeOf(entry.key);
  // `model:` with a list below it is `models:`, not a `model` that went astray.
  const isPlural = entry.value.kind === 'list' && nearest !== null;
  if (home !== null && !isPlural) {
    const hint =
      entry.key === 'layer_range' && level === 'models'
        ? 'With `models`, all layers are merged; to choose layers, use `slices`.'
        : 'Move it there.';
    problems.add('misplaced-key', entry.keySpan, `${shown} belongs in ${home}, not in ${where}. ${hint}`, [
      remove,
    ]);
    return;
  }
  if (nearest !== null) {
    const message = `${shown} is not a key of ${where}. Did you mean \`${nearest}\`?`;
    problems.add('unknown-key', entry.keySpan, message, [renameKey(entry, nearest), remove]);
    map.entries.set(nearest, { ...entry, key: nearest, own: false });
  } else if (takesParameters && looksLikeParameter(entry.value)) {
    const message = `${shown} has no effect here. If it is a parameter of the method, it belongs under \`parameters\`.`;
    const move = moveIntoParameters(problems.positions, map, entry.key);
    problems.add('misplaced-parameter', entry.keySpan, message, [move, remove]);
  } else {
    const names = Object.keys(schema.shape).map((name) => `\`${name}\``);
    const message = `${shown} is not a key of ${where}. There are ${names.join(', ')}.`;
    problems.add('unknown-key', entry.keySpan, message, [remove]);
  }
}

/** The nearest key of the level that is not written yet. */
function suggestion(stranger: string, map: MapNode, level: LevelName): string | null {
  const names = Object.keys(LEVELS[level].schema.shape);
  return nearestName(
    stranger,
    names.filter((name) => map.entries.get(name)?.own !== true),
  );
}

/** Where a key that is known at another level belongs. */
function homeOf(key: string): string | null {
  // Model references are written inside other entries; `model` and `parameters` are looked for where they are usual.
  const levels = [LEVELS.recipe, LEVELS.models, LEVELS.slice, LEVELS.source, LEVELS.condition];
  return levels.find(({ schema }) => Object.hasOwn(schema.shape, key))?.where ?? null;
}

function looksLikeParameter(value: TreeNode): boolean {
  if (value.kind === 'scalar') return toFiniteNumber(scalarValue(value)) !== null;
  if (value.kind === 'map') return value.entries.has('value');
  return (
    value.items.length > 0 && value.items.every((item) => item.kind !== 'list' && looksLikeParameter(item))
  );
}
