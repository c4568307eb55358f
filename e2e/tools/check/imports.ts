/** Enforces the one direction of imports (layers.ts), purity, the shaders' single reader, and the absence of cycles. */

import path from 'node:path';
import { ASSEMBLY, COMPOSITION_ROOT, LAYERS, PAGE_GLOBALS, SHADER_READER } from './layers.ts';
import type { SourceText } from './project-files.ts';
import { readSyntax } from './syntax.ts';

/** Tests, and what only tests use. */
const TEST_CODE = /\.(test|bench|test-helper)\.tsx?$|\/testing(\.ts$|\/)/;

/** Breaches in `files` (paths from the root, with `/`), one sentence each. */
export function checkImports(files: readonly SourceText[]): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const { file, text } of files) {
    if (file.startsWith(ASSEMBLY)) continue;
    const { specifiers, globals } = readSyntax(file, text);
    const targets = specifiers.filter((each) => each.startsWith('.')).map((each) => resolve(file, each));
    graph.set(file, targets);
    const isTest = TEST_CODE.test(file);
    for (const target of targets) {
      const breach = isTest ? testBreach(file, target) : importBreach(file, target);
      if (breach !== null) found.push(`${file}: ${breach}`);
    }
    const layer = LAYERS.get(layerOf(file));
    if (layer?.pure !== true || isTest) continue;
    for (const name of globals) {
      if (PAGE_GLOBALS.has(name)) found.push(`${file}: uses ${name}; this layer is pure`);
    }
  }
  return [...found, ...cycles(graph)];
}

function importBreach(file: string, target: string): string | null {
  if (target.startsWith('shaders/')) {
    return file.startsWith(SHADER_READER) ? null : `reads ${target}; only ${SHADER_READER} may`;
  }
  const from = layerOf(file);
  const layer = LAYERS.get(from);
  if (layer?.imports.includes(target)) return null;
  if (!target.startsWith('src/')) return `imports ${target}, which is outside src`;
  if (target === COMPOSITION_ROOT) return 'imports the composition root';
  if (file === COMPOSITION_ROOT) return null;
  if (/\.(test|test-helper)\./.test(target) || target.includes('/testing/'))
    return `imports the test code ${target}`;
  if (layer === undefined) return `is in no known layer; add src/${from} to the table`;
  const inside = target.slice('src/'.length);
  const allowed =
    layerOf(target) === from ||
    layer.imports.some((each) => inside === each || inside.startsWith(`${each}/`));
  return allowed ? null : `imports ${target}; ${from} may not`;
}

/** Tests may read data and helpers, and any layer below; only upward imports of the page's layers are refused. */
function testBreach(file: string, target: string): string | null {
  const isPage = layerOf(target) === 'ui' || layerOf(target) === 'store';
  const fromPage = layerOf(file) === 'ui' || layerOf(file) === 'store';
  return target.startsWith('src/') && isPage && !fromPage
    ? `imports ${target}; tests below the page may not`
    : null;
}

function layerOf(file: string): string {
  return file.split('/')[1] ?? '';
}

function resolve(file: string, specifier: string): string {
  const bare = specifier.replace(/[?#].*$/, '');
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), bare));
}

/** Every group of files that import each other, as one path around it. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      found.push(`import cycle: ${[...trail.slice(at), file].join(' -> ')}`);
      return;
    }
    if (done.has(file)) return;
    trail.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}
