/** Names, places, ranges and filters of the parameters a recipe writes, whatever tensors they end up with. */

import { METHODS } from '../methods/registry.ts';
import type { MethodDefinition, ParameterDefinition } from '../methods/types.ts';
import { conditionMatches, type FilterSubject, filterMatches, isGlob } from '../recipe/conditions.ts';
import { textScalar } from '../recipe/fixes.ts';
import { nearestName } from '../recipe/nearest-name.ts';
import type { NodePath, ParameterSet, ParameterValue, Recipe } from '../recipe/types.ts';
import type { Findings } from './findings.ts';
import { removeLine, renameKeyAt, writeValue } from './fixes.ts';

/** Parameters of methods that other tools have and Graft does not. */
const FOREIGN_PARAMETERS = ['similarity_threshold', 'shuffle_order', 'save_on_every_step'];

type Written = Pick<Recipe, 'slices' | 'parameters'>;

interface Place {
  readonly parameters: ParameterSet;
  /** Path of the map that holds `parameters`. */
  readonly owner: NodePath;
  readonly isModel: boolean;
}

/** Reports wrong names, wrong places, values out of range, and (given the tensors' names) filters that match none. */
export function checkParameters(
  recipe: Written,
  method: MethodDefinition,
  subjects: readonly FilterSubject[] | null,
  findings: Findings,
): void {
  for (const place of placesOf(recipe)) {
    for (const [name, value] of place.parameters) {
      const path = [...place.owner, 'parameters', name];
      const definition = method.parameters.find((each) => each.name === name);
      if (definition === undefined) reportUnknown(method, name, path, findings);
      else checkKnown({ definition, value, path, isModel: place.isModel, method, subjects }, findings);
    }
  }
}

function placesOf(recipe: Written): Place[] {
  const slices = recipe.slices.flatMap((slice): Place[] => [
    // The one slice of `models:` has no text of its own.
    ...(slice.form === 'slices' ? [{ parameters: slice.parameters, owner: slice.path, isModel: false }] : []),
    ...slice.sources.map(({ parameters, path }) => ({ parameters, owner: path, isModel: true })),
  ]);
  const modules = new Set(recipe.slices.flatMap(({ module }) => module ?? []));
  return [
    { parameters: recipe.parameters, owner: [], isModel: false },
    ...[...modules].map(({ parameters, path }) => ({ parameters, owner: path, isModel: false })),
    ...slices,
  ];
}

function reportUnknown(method: MethodDefinition, name: string, path: NodePath, findings: Findings): void {
  const others = [...METHODS.values()].filter((other) => other.parameters.some((each) => each.name === name));
  if (others.length > 0 || FOREIGN_PARAMETERS.includes(name)) {
    const users = others.map((other) => `\`${other.name}\``).join(', ');
    const whose = others.length === 0 ? 'another method' : `${users}`;
    const message = `\`${name}\` has no effect with \`${method.name}\`; it belongs to ${whose}.`;
    findings.add('unused-parameter', path, message, {
      of: 'key',
      fixes: [removeLine(findings, path, name)],
    });
    return;
  }
  const names = method.parameters.map((each) => each.name);
  const nearest = nearestName(name, names);
  const suggestion =
    nearest === null
      ? `It takes ${names.map((each) => `\`${each}\``).join(', ')}.`
      : `Did you mean \`${nearest}\`?`;
  findings.add('unknown-parameter', path, `\`${method.name}\` has no parameter \`${name}\`. ${suggestion}`, {
    of: 'key',
    fixes: nearest === null ? [] : [renameKeyAt(findings, path, nearest)],
  });
}

interface Known {
  readonly definition: ParameterDefinition;
  readonly value: ParameterValue;
  readonly path: NodePath;
  readonly isModel: boolean;
  readonly method: MethodDefinition;
  readonly subjects: readonly FilterSubject[] | null;
}

function checkKnown(known: Known, findings: Findings): void {
  const { definition, path, isModel, method } = known;
  const { name } = definition;
  if (definition.scope === 'global' && isModel) {
    const message = `\`${name}\` counts for all models together, so it has no effect under one model. Move it to \`parameters\` of the recipe${method.inputs.base === 'forbidden' ? '' : ' or of a slice'}.`;
    findings.add('global-parameter-under-model', path, message, {
      of: 'key',
      fixes: [removeLine(findings, path, name)],
    });
    return;
  }
  if (definition.unused === true) {
    findings.add(
      'unused-parameter',
      path,
      `\`${name}\` is accepted and has no effect with \`${method.name}\`.`,
      { of: 'key', fixes: [removeLine(findings, path, name)] },
    );
  }
  checkRange(known, findings);
  if (known.subjects !== null) checkFilters(known, known.subjects, findings);
}

function checkRange({ definition, value, path }: Known, findings: Findings): void {
  const { name, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = definition;
  for (const [index, { value: numbers }] of value.entries()) {
    const wrong = numbers.find((number) => number < minimum || number > maximum);
    if (wrong === undefined) continue;
    const range = Number.isFinite(maximum) ? `from ${minimum} to ${maximum}` : `at least ${minimum}`;
    const at = value.length > 1 ? [...path, index, 'value'] : path;
    findings.add('parameter-out-of-range', at, `\`${name}\` must be ${range}; ${wrong} is outside.`);
  }
}

function checkFilters({ value, path }: Known, subjects: readonly FilterSubject[], findings: Findings): void {
  for (const [index, condition] of value.entries()) {
    if (subjects.some((subject) => conditionMatches(condition, subject))) continue;
    const entry = isListed(findings, path, index) ? [...path, index] : path;
    const { filter, layers, kind } = condition;
    const isAlone = layers === null && kind === null;
    if (filter === null || subjects.some(({ name }) => filterMatches(filter, name))) {
      const key = layers !== null ? 'layers' : kind !== null ? 'kind' : 'filter';
      const message =
        'No tensor of these models is what this entry asks for (all its conditions at once), so it has no effect.';
      findings.add('filter-matches-nothing', [...entry, key], message);
    } else {
      const wider = isAlone && isGlob(filter) ? widerGlob(filter, subjects) : null;
      const hint = wider === null ? '' : ` A filter with a \`*\` is compared with the whole name.`;
      const words = isGlob(filter) ? `a name like \`${filter}\`` : `\`${filter}\` in its name`;
      const message = `No tensor of these models has ${words}, so this entry has no effect.${hint}`;
      const at = [...entry, 'filter'];
      findings.add('filter-matches-nothing', at, message, {
        fixes: wider === null ? [] : [writeValue(findings, at, textScalar(wider))],
      });
    }
  }
}

/** Whether a value is written as a list of entries: a lone entry stands under the parameter itself. */
function isListed({ parsed }: Findings, path: NodePath, index: number): boolean {
  return parsed.locate([...path, index]).start !== parsed.locate(path).start || index > 0;
}

/** The glob with a `*` before or behind it, or both, when that matches some tensor. */
function widerGlob(glob: string, subjects: readonly FilterSubject[]): string | null {
  const candidates = [`${glob}*`, `*${glob}`, `*${glob}*`];
  return candidates.find((candidate) => subjects.some(({ name }) => filterMatches(candidate, name))) ?? null;
}
