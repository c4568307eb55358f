/** What a source file imports and which globals it names, from its syntax tree. */

import { parseSync } from 'vite';

export interface SourceFacts {
  /** Specifiers of static and dynamic imports, re-exports, and `new URL(..., import.meta.url)`. */
  readonly specifiers: readonly string[];
  /** Identifiers used as values, not as property names, that the file itself declares nowhere. */
  readonly globals: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Reads the text of `file` (its extension chooses the syntax). Throws with the parser's message when it is no program. */
export function readSyntax(file: string, text: string): SourceFacts {
  const { program, errors } = parseSync(file, text);
  const failure = errors[0];
  if (failure !== undefined) throw new Error(`${file}: ${failure.message}`);
  const specifiers: string[] = [];
  const used = new Set<string>();
  const declared = new Set<string>();
  walk(program as unknown as Node, (node, parent, key) => {
    const target = importTarget(node);
    if (target !== null) specifiers.push(target);
    if (node.type === 'Identifier' && isValue(parent, key)) used.add(String(node.name));
    for (const pattern of patterns(node)) addNames(pattern, declared);
  });
  return { specifiers, globals: new Set([...used].filter((name) => !declared.has(name))) };
}

function importTarget(node: Node): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node.source);
    case 'NewExpression': {
      const [first, second] = node.arguments as Node[];
      const isUrl = isNode(node.callee) && node.callee.name === 'URL' && isOwnUrl(second);
      return isUrl ? literal(first) : null;
    }
    default:
      return null;
  }
}

/** `import.meta.url` */
function isOwnUrl(node: Node | undefined): boolean {
  if (node?.type !== 'MemberExpression') return false;
  const { object, property } = node;
  return isNode(object) && object.type === 'MetaProperty' && isNode(property) && property.name === 'url';
}

/** The parts of a declaration that bind names. */
function patterns(node: Node): unknown[] {
  if (node.type === 'VariableDeclarator') return [node.id];
  if (node.type === 'CatchClause') return [node.param];
  if (/^Import\w*Specifier$/.test(node.type)) return [node.local];
  return Array.isArray(node.params) ? node.params : [];
}

/** Every identifier of a pattern; a default value's own names come along, which only makes the check more lenient. */
function addNames(pattern: unknown, names: Set<string>): void {
  if (!isNode(pattern)) return;
  if (pattern.type === 'Identifier') names.add(String(pattern.name));
  walk(pattern, (node) => node.type === 'Identifier' && names.add(String(node.name)));
}

function literal(value: unknown): string | null {
  return isNode(value) && value.type === 'Literal' && typeof value.value === 'string' ? value.value : null;
}

/** Property names, keys and types are names, not uses of a global. */
function isValue(parent: Node, key: string): boolean {
  if (parent.type === 'MemberExpression' && key === 'property') return parent.computed === true;
  if (key === 'key') return parent.computed === true || parent.shorthand === true;
  return !parent.type.startsWith('TS');
}

function walk(node: Node, visit: (node: Node, parent: Node, key: string) => unknown): void {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (!isNode(child)) continue;
      visit(child, node, key);
      walk(child, visit);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
