/** The JSON Schema of a recipe, for the editor's completion and hover help. */

import * as z from 'zod';
import { KEY_HELP, LEVELS, PARAMETER_VALUE } from './definitions.ts';

/** What the schema says about a method; `MethodDefinition` fits. */
export interface DocumentedMethod {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly parameters: readonly DocumentedParameter[];
}

interface DocumentedParameter {
  readonly name: string;
  readonly scope: 'global' | 'model';
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly type?: 'number' | 'boolean';
  readonly default?: number | null;
}

type JsonObject = Record<string, unknown>;

/**
 * JSON Schema (2020-12) of a recipe whose methods are `methods`. Every key has `description` and
 * `markdownDescription`; `merge_method` is an enum with `enumDescriptions`; under `parameters` stand the parameters
 * of all methods, below models and sources only those that can be set per model.
 */
export function recipeJsonSchema(methods: readonly DocumentedMethod[]): object {
  const all = parametersByName(methods, () => true);
  const perModel = parametersByName(methods, ({ scope }) => scope === 'model');
  const { models, source, recipe } = LEVELS;
  return z.toJSONSchema(recipe.schema, {
    io: 'input',
    override: (node) => {
      const { zodSchema, jsonSchema } = node;
      describeKey(node);
      const isEntry = zodSchema === models.schema || zodSchema === source.schema;
      const parameters = asObject(asObject(jsonSchema.properties)?.parameters);
      if (parameters) parameters.properties = isEntry ? perModel : all;
      if (zodSchema === recipe.schema) describeMethods(jsonSchema, methods);
    },
  });
}

interface SchemaNode {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

function describeKey({ zodSchema, jsonSchema }: SchemaNode): void {
  const help = KEY_HELP.get(zodSchema);
  if (!help) return;
  const defaultLine = help.default === undefined ? '' : `\n\nDefault: ${help.default}.`;
  const example = `\n\n\`\`\`yaml\n${help.example}\n\`\`\``;
  jsonSchema.description = help.meaning.replaceAll('`', '');
  jsonSchema.markdownDescription = `${help.meaning}${defaultLine}${example}`;
}

function describeMethods(recipe: JsonObject, methods: readonly DocumentedMethod[]): void {
  const method = asObject(asObject(recipe.properties)?.merge_method);
  if (method === null) return;
  method.enum = methods.map(({ name }) => name);
  method.enumDescriptions = methods.map(({ title, summary }) => `${title}: ${summary}`);
}

/** The parameters that `wanted` picks, by name; what several methods share is described by each. */
function parametersByName(
  methods: readonly DocumentedMethod[],
  wanted: (parameter: DocumentedParameter) => boolean,
): JsonObject {
  const uses = new Map<string, { method: string; parameter: DocumentedParameter }[]>();
  for (const { name, parameters } of methods) {
    for (const parameter of parameters.filter(wanted)) {
      const known = uses.get(parameter.name) ?? [];
      uses.set(parameter.name, [...known, { method: name, parameter }]);
    }
  }
  const value = z.toJSONSchema(PARAMETER_VALUE, { io: 'input', override: describeKey });
  const { $schema: _, ...shape } = value;
  return Object.fromEntries(
    [...uses].map(([name, used]) => [name, { ...shape, ...describeParameter(name, used) }]),
  );
}

function describeParameter(
  name: string,
  uses: readonly { readonly method: string; readonly parameter: DocumentedParameter }[],
): JsonObject {
  const byText = new Map<string, string[]>();
  for (const { method, parameter } of uses) {
    const text = `${parameter.description} ${rangeAndDefault(parameter)}`.trim();
    byText.set(text, [...(byText.get(text) ?? []), method]);
  }
  const lines = [...byText].map(([text, names]) => `**${names.join(', ')}**: ${text}`);
  return {
    description: lines.join('\n').replaceAll(/[`*]/g, ''),
    markdownDescription: `\`${name}\`\n\n${lines.join('\n\n')}`,
  };
}

function rangeAndDefault({ type, minimum, maximum, default: fallback }: DocumentedParameter): string {
  const range =
    minimum !== undefined && maximum !== undefined
      ? `From ${minimum} to ${maximum}.`
      : minimum !== undefined
        ? `At least ${minimum}.`
        : maximum !== undefined
          ? `At most ${maximum}.`
          : '';
  const otherwise =
    fallback === undefined
      ? 'Required.'
      : fallback === null
        ? 'Optional.'
        : `Default: ${type === 'boolean' ? fallback !== 0 : fallback}.`;
  return `${range} ${otherwise}`.trim();
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
