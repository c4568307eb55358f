/** What a recipe merges: one of `models`, `slices` and `modules`. */

import { checkKeys, firstKeySpan } from './check-keys.ts';
import { removeEntry } from './fixes.ts';
import type { ProblemList } from './problem-list.ts';
import { readParameters } from './read-parameters.ts';
import { readModels, readSlices } from './read-sources.ts';
import { describeNode, isNull, type MapEntry, type MapNode, presentEntry } from './tree.ts';
import type { NodePath, OutputSlice, Recipe, RecipeModule } from './types.ts';

const OF_RECIPE = ['models', 'slices', 'modules'] as const;
const OF_MODULE = ['models', 'slices'] as const;

/** Everything written is read, also (with a problem) where only one of several may stand. */
export function readContents(root: MapNode, problems: ProblemList): Pick<Recipe, 'form' | 'slices'> {
  checkContents(root, OF_RECIPE, 'A recipe', problems);
  const slices = readSlicesOf(root, null, problems);
  const modules = presentEntry(root, 'modules');
  if (modules === undefined) {
    return { form: presentEntry(root, 'slices') === undefined ? 'models' : 'slices', slices };
  }
  return { form: 'modules', slices: [...slices, ...readModules(modules, problems)] };
}

function readModules(entry: MapEntry, problems: ProblemList): OutputSlice[] {
  if (entry.value.kind !== 'map' || entry.value.entries.size === 0) {
    problems.gaps.add('sources');
    const message = `\`modules\` takes the names of modules, each with \`models\` or \`slices\` below it; it is ${describeNode(entry.value)}.`;
    problems.add('invalid-type', entry.value.span, message);
    return [];
  }
  const slices: OutputSlice[] = [];
  for (const { key, keySpan, value } of entry.value.entries.values()) {
    if (!problems.visit(keySpan)) break;
    const path: NodePath = ['modules', key];
    if (value.kind !== 'map') {
      problems.gaps.add('sources');
      const message = `A module takes \`models\` or \`slices\`; \`${key}\` is ${describeNode(value)}.`;
      problems.add('invalid-type', isNull(value) ? keySpan : value.span, message);
      continue;
    }
    checkKeys(value, 'module', problems);
    checkContents(value, OF_MODULE, 'A module', problems);
    const module: RecipeModule = { name: key, parameters: readParameters(value, problems), path };
    slices.push(...readSlicesOf(value, module, problems));
  }
  return slices;
}

function readSlicesOf(
  owner: MapNode,
  module: RecipeModule | null,
  problems: ProblemList,
): readonly OutputSlice[] {
  const models = presentEntry(owner, 'models');
  const slices = presentEntry(owner, 'slices');
  return [
    ...(models ? readModels(models, module, problems) : []),
    ...(slices ? readSlices(slices, module, problems) : []),
  ];
}

/** Reports all but one of `keys`, or that there is none. */
function checkContents(owner: MapNode, keys: readonly string[], what: string, problems: ProblemList): void {
  const written = keys.flatMap((key) => owner.entries.get(key) ?? []);
  const present = written.filter((entry) => !isNull(entry.value));
  if (present.length === 1) return;
  problems.gaps.add('sources');
  const choice = keys.map((key) => `\`${key}\``).join(keys.length === 2 ? ' and ' : ', ');
  if (present.length === 0) {
    const [empty] = written;
    const message = empty
      ? `\`${empty.key}\` is empty. List what to merge, each with \`- model: owner/name\`.`
      : 'Nothing to merge: add `models` (whole models) or `slices` (ranges of layers).';
    problems.add('missing-models', empty?.keySpan ?? firstKeySpan(owner), message);
    return;
  }
  const [first, ...others] = [...present].sort((a, b) => a.keySpan.start - b.keySpan.start);
  for (const entry of others) {
    const message = `${what} has only one of ${choice}: \`${first?.key}\` stands in line ${first?.keySpan.line}.`;
    const fix = removeEntry(problems.positions, owner, entry.key);
    problems.add('conflicting-keys', entry.keySpan, message, [fix]);
  }
}
