/** The values of a method's parameters for every tensor and input (mergekit 0.1.4), and what is missing. */

import type { ParameterDefinition, TensorInputs } from '../methods/types.ts';
import { lookupGlobalParameter, lookupModelParameter } from '../recipe/parameters.ts';
import type { NodePath, OutputSlice, ParameterSet, Recipe } from '../recipe/types.ts';
import type { ExpandedInput, ExpandedTensor } from './expand.ts';
import { subjectIn } from './filter-subject.ts';
import type { Findings } from './findings.ts';
import { addParameter } from './fixes.ts';
import { modelPath, type ResolvedRecipe, type ResolvedSlice, type ResolvedSource } from './resolve.ts';

type Values = Readonly<Record<string, number | null>>;

export interface TensorValues {
  /** One per input of the tensor. */
  readonly models: readonly Values[];
  readonly globals: Values;
}

interface Found {
  readonly values: Values;
  /** Where the last of them is written; null when all are defaults. */
  readonly path: NodePath | null;
}

/** Looks up all parameters of a tensor that is merged; reports required ones that have no value. */
export function valuesOf(
  tensor: ExpandedTensor,
  slice: ResolvedSlice,
  resolved: ResolvedRecipe,
  findings: Findings,
): TensorValues & { readonly path: NodePath | null } {
  const { method } = resolved;
  const globals = globalValues(tensor, slice, resolved, findings);
  const models = tensor.inputs.map((input, index) => {
    const source = slice.sources[input.source];
    if (source === undefined) return { values: {}, path: null };
    const isBase = index === tensor.base;
    const definitions = method.parameters.filter(({ scope }) => scope === 'model');
    return modelValues({ definitions, source, input, isBase, t: tensor.t, slice, resolved }, findings);
  });
  const paths = models.map(({ path }) => path);
  return {
    globals,
    models: models.map(({ values }) => values),
    path: paths.find((path, index) => path !== null && index !== tensor.base) ?? null,
  };
}

/** Asks the method whether it refuses these values; reports the reason at `path`. */
export function reportRefusal(
  resolved: ResolvedRecipe,
  inputs: TensorInputs,
  path: NodePath | null,
  findings: Findings,
): void {
  const reason = resolved.method.refuse?.(inputs) ?? null;
  if (reason !== null) findings.add('refused-values', path ?? ['merge_method'], reason);
}

function globalValues(
  tensor: ExpandedTensor,
  { slice }: ResolvedSlice,
  { method, recipe }: ResolvedRecipe,
  findings: Findings,
): Values {
  const values: Record<string, number | null> = {};
  for (const definition of method.parameters) {
    if (definition.scope !== 'global') continue;
    const { name } = definition;
    const found = lookupGlobalParameter({ slice, recipe }, name, tensor.subject, tensor.t);
    values[name] = found?.value ?? definition.default ?? null;
    if (found !== null || definition.default !== undefined) continue;
    const isPartial = placesOf(slice, recipe).some((parameters) => parameters.has(name));
    const message = isPartial
      ? `\`${method.name}\` needs a \`${name}\` for every tensor, and no filter matches \`${tensor.name}\`. Add an entry without a filter.`
      : `\`${method.name}\` needs \`${name}\`, under the recipe's \`parameters\`.`;
    const owner = { owner: [], parameters: recipe.parameters, anchor: 'merge_method' };
    findings.add('missing-parameter', isPartial ? ['parameters', name] : ['merge_method'], message, {
      fixes: isPartial ? [] : [addParameter(findings, owner, name, exampleOf(definition))],
    });
  }
  return values;
}

interface ModelLookup {
  readonly definitions: readonly ParameterDefinition[];
  readonly source: ResolvedSource;
  readonly input: ExpandedInput;
  readonly isBase: boolean;
  readonly t: number;
  readonly slice: ResolvedSlice;
  readonly resolved: ResolvedRecipe;
}

function modelValues(lookup: ModelLookup, findings: Findings): Found {
  const { definitions, source, input, isBase, t, resolved } = lookup;
  const at = { source: source.entry, slice: lookup.slice.slice, recipe: resolved.recipe };
  const subject = subjectIn(source.part, input.tensor.name);
  const values: Record<string, number | null> = {};
  let path: NodePath | null = null;
  for (const definition of definitions) {
    const found = lookupModelParameter(at, definition.name, subject, t);
    values[definition.name] = found?.value ?? definition.default ?? null;
    if (found !== null) path = found.path;
    else if (definition.default === undefined && !isBase) reportMissing(lookup, definition, findings);
  }
  return { values, path };
}

function reportMissing(
  { source, input, slice, resolved }: ModelLookup,
  definition: ParameterDefinition,
  findings: Findings,
): void {
  const { name } = definition;
  const { entry, checkpoint } = source;
  const { method, recipe } = resolved;
  if ([entry.parameters, ...placesOf(slice.slice, recipe)].some((parameters) => parameters.has(name))) {
    const path = entry.parameters.has(name) ? [...entry.path, 'parameters', name] : modelPath(entry);
    const message = `No filter of \`${name}\` matches \`${input.tensor.name}\` of ${checkpoint.ref}. Add an entry without a filter.`;
    if (!alreadyMissing(findings, path)) findings.add('missing-parameter', path, message);
    return;
  }
  const isAdded = entry.path[0] === 'base_model';
  const message = isAdded
    ? `\`${method.name}\` merges the base model like any other, and ${checkpoint.ref} has no \`${name}\`. List it under \`models\` with a \`${name}\`, or remove \`base_model\`.`
    : `\`${method.name}\` needs a \`${name}\` for ${checkpoint.ref}.`;
  const owner = { owner: entry.path, parameters: entry.parameters, anchor: 'model' };
  findings.add('missing-parameter', modelPath(entry), message, {
    fixes: isAdded ? [] : [addParameter(findings, owner, name, exampleOf(definition))],
  });
}

/** Where a value can stand that counts for a whole slice. */
function placesOf({ parameters, module }: OutputSlice, recipe: Recipe): ParameterSet[] {
  return [parameters, ...(module === null ? [] : [module.parameters]), recipe.parameters];
}

/** One tensor is enough of an example of what a filter misses. */
function alreadyMissing(findings: Findings, path: NodePath): boolean {
  const { start } = findings.parsed.locate(path);
  return findings.problems.some(({ code, span }) => code === 'missing-parameter' && span.start === start);
}

/** A value that makes sense to start from. */
function exampleOf({ name }: ParameterDefinition): string {
  return name === 't' ? '0.5' : '1.0';
}
