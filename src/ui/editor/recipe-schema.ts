/** The JSON Schema of a recipe as it stands: with the parameters of the method it names, or of all without one. */

import { METHODS } from '../../methods/registry.ts';
import type { MethodDefinition } from '../../methods/types.ts';
import { recipeJsonSchema } from '../../recipe/schema.ts';
import type { JsonSchema } from './schema-walk.ts';

const schemas = new Map<string, JsonSchema>();

export function schemaFor(text: string): JsonSchema {
  const method = METHODS.get(methodNamed(text) ?? '');
  const known = schemas.get(method?.name ?? '');
  if (known !== undefined) return known;
  const schema = recipeJsonSchema(method === undefined ? [...METHODS.values()] : [method]) as JsonSchema;
  const offered: JsonSchema = {
    ...schema,
    properties: { ...schema.properties, merge_method: methodChoice(schema.properties?.merge_method) },
  };
  schemas.set(method?.name ?? '', offered);
  return offered;
}

/** The method a text names, read from its line: the text may not parse just now. */
export function methodNamed(text: string): string | null {
  return /^merge_method:[ \t]+(["']?)([\w-]+)\1[ \t]*(?:#.*)?$/m.exec(text)?.[2] ?? null;
}

/** Every method, whatever the recipe names now, with its whole documentation. */
function methodChoice(schema: JsonSchema | undefined): JsonSchema {
  const methods = [...METHODS.values()];
  return { ...schema, enum: methods.map(({ name }) => name), enumDescriptions: methods.map(documentation) };
}

function documentation({ title, summary, documentation, paper }: MethodDefinition): string {
  const source = paper === undefined ? '' : `\n\n[${paper.title}](${paper.url})`;
  return `**${title}**: ${summary}\n\n---\n\n${documentation}${source}`;
}
