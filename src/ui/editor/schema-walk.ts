/** Completion and hover help out of a JSON Schema and the text as it stands. Pure: the editor only shows it. */

import { placeAt, type YamlPlace } from './yaml-place.ts';

/** The part of JSON Schema (2020-12) that recipes need; `markdownDescription` as editors read it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

export interface Completion {
  readonly label: string;
  /** Replaces what is typed of the key or value. Lines inside are relative to the key's own indentation. */
  readonly insert: string;
  readonly kind: 'key' | 'value';
  readonly documentation: string | null;
  /** Required keys come first. */
  readonly required: boolean;
  readonly start: number;
  readonly end: number;
}

export interface Hover {
  /** Markdown. */
  readonly documentation: string;
  readonly start: number;
  readonly end: number;
}

/** Deep enough for every honest schema; a cycle of references ends here. */
const MAX_DEPTH = 12;

/** What can be typed at `offset`. Empty in comments, inside flow brackets and where the schema knows nothing. */
export function completionsAt(schema: JsonSchema, text: string, offset: number): Completion[] {
  const place = placeAt(text, offset);
  if (place === null || /^[[{"'|>]/.test(place.typed)) return [];
  const found = schemasAt(schema, place.path);
  return place.role === 'key' ? keyCompletions(found, place, offset) : valueCompletions(found, place, offset);
}

/** What the schema says of the key, or the chosen value, at `offset`. */
export function hoverAt(schema: JsonSchema, text: string, offset: number): Hover | null {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = indexOrEnd(text, '\n', offset);
  const line = text.slice(lineStart, lineEnd);
  const match = /^([\s-]*)([^\s#:][^:#]*?)(\s*:(?:\s+|$))([^#\n]*?)\s*(?:#.*)?$/.exec(line);
  if (match === null) return null;
  const [, lead = '', key = '', colon = '', value = ''] = match;
  const keyStart = lineStart + lead.length;
  const valueStart = keyStart + key.length + colon.length;
  // The end of the key is the one offset whose place names exactly this key, wherever it stands in the line.
  const place = placeAt(text, keyStart + key.length + colon.trimEnd().length);
  if (place === null || place.role !== 'value') return null;
  const found = schemasAt(schema, place.path);
  if (offset >= valueStart && value !== '' && offset <= valueStart + value.length) {
    const documentation = valueHelp(found, value);
    if (documentation !== null) return { documentation, start: valueStart, end: valueStart + value.length };
  }
  if (offset < keyStart || offset > keyStart + key.length) return null;
  const documentation = help(found);
  return documentation === null ? null : { documentation, start: keyStart, end: keyStart + key.length };
}

/** Every schema that speaks of the node at `path`, references and alternatives resolved. */
function schemasAt(root: JsonSchema, path: YamlPlace['path']): JsonSchema[] {
  let current = spread(root, root, 0);
  for (const step of path) {
    current = current
      .flatMap((schema) => children(schema, step))
      .flatMap((schema) => spread(schema, root, 0));
  }
  return current;
}

function children(schema: JsonSchema, step: string | number): JsonSchema[] {
  if (typeof step === 'number') {
    const inside = [...(schema.prefixItems ?? []), schema.items];
    return inside.filter((each) => typeof each === 'object');
  }
  const known = own(schema.properties, step);
  if (known !== undefined) return [known];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** The schema with what applies beside it: references and alternatives. */
function spread(schema: JsonSchema, root: JsonSchema, depth: number): JsonSchema[] {
  if (depth > MAX_DEPTH) return [];
  const also = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const referenced = schema.$ref === undefined ? undefined : resolve(root, schema.$ref);
  if (referenced !== undefined) also.push(referenced);
  return [schema, ...also.flatMap((each) => spread(each, root, depth + 1))];
}

/** `#/$defs/name` and `#`. */
function resolve(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference === '#') return root;
  const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
  return name === undefined ? undefined : own(root.$defs, name);
}

function keyCompletions(found: readonly JsonSchema[], place: YamlPlace, end: number): Completion[] {
  const required = new Set(found.flatMap((schema) => schema.required ?? []));
  const completions = new Map<string, Completion>();
  for (const schema of found) {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (place.siblings.includes(key) || completions.has(key)) continue;
      completions.set(key, {
        label: key,
        insert: `${key}:${opening(value)}`,
        kind: 'key',
        documentation: help([value]),
        required: required.has(key),
        start: place.start,
        end,
      });
    }
  }
  return [...completions.values()];
}

/** What follows a key's colon: a new line where a mapping or a list of mappings comes, else a space. */
function opening(schema: JsonSchema): string {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 1 && types[0] === 'object') return '\n  ';
  const items = typeof schema.items === 'object' ? schema.items : undefined;
  if (
    types.length === 1 &&
    types[0] === 'array' &&
    schema.prefixItems === undefined &&
    items?.type !== 'number'
  ) {
    return '\n  - ';
  }
  return ' ';
}

function valueCompletions(found: readonly JsonSchema[], place: YamlPlace, end: number): Completion[] {
  const completions = new Map<string, Completion>();
  const offer = (value: unknown, documentation: string | null) => {
    const label = scalarText(value);
    if (label === null || completions.has(label)) return;
    completions.set(label, {
      label,
      insert: label,
      kind: 'value',
      documentation,
      required: false,
      start: place.start,
      end,
    });
  };
  for (const schema of found) {
    if (schema.const !== undefined) offer(schema.const, help([schema]));
    for (const [index, value] of (schema.enum ?? []).entries())
      offer(value, schema.enumDescriptions?.[index] ?? null);
    if (schema.type === 'boolean') for (const value of [true, false]) offer(value, null);
    if (schema.default !== undefined) offer(schema.default, 'The default.');
    for (const example of schema.examples ?? []) offer(example, null);
  }
  return [...completions.values()];
}

function valueHelp(found: readonly JsonSchema[], typed: string): string | null {
  const value = typed.replace(/^(["'])(.*)\1$/, '$2');
  for (const schema of found) {
    if (schema.const !== undefined && String(schema.const) === value) return help([schema]);
    const index = schema.enum?.findIndex((each) => String(each) === value) ?? -1;
    const description = index < 0 ? undefined : schema.enumDescriptions?.[index];
    if (description !== undefined) return description;
  }
  return null;
}

function help(found: readonly JsonSchema[]): string | null {
  for (const { markdownDescription, description } of found) {
    const words = markdownDescription ?? description;
    if (words !== undefined && words !== '') return words;
  }
  return null;
}

function scalarText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

/** A record's own value: a key typed by a stranger may be `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index < 0 ? text.length : index;
}
