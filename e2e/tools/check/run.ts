/** The checks by name, each with what it found. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../install.mjs';
import { checkImports } from './imports.ts';
import { checkLock } from './lock.ts';
import { projectFiles, readTexts, type SourceText } from './project-files.ts';
import { checkDocumentPaths, checkForbidden, checkLength } from './texts.ts';

export interface CheckResult {
  readonly name: string;
  /** Empty when all is well. */
  readonly findings: string;
  readonly seconds: number;
}

const CODE = /\.(ts|tsx|mjs|wgsl|css|html)$/;
/** AssemblyScript has a syntax of its own, and its compiler, which the build runs. */
const SOURCE = /^src\/(?!kernels\/cpu\/assembly\/).*\.tsx?$/;
/** Data written by other tools, and the lock file, which npm writes. */
const DATA = /^(e2e\/data|public\/demo)\/|^package-lock\.json$/;
const TEXT = /\.(ts|tsx|mjs|js|json|wgsl|css|html|md|yml|yaml|toml)$|^\.ci\/run$|^LICENSE$/;
const DOCUMENT = /^[^/]+\.md$|^(src|shaders|e2e)\/.*README\.md$/;

export function runChecks(): CheckResult[] {
  const files = projectFiles().filter((file) => !DATA.test(file));
  const texts = readTexts(files.filter((file) => TEXT.test(file)));
  const select = (pattern: RegExp): SourceText[] => texts.filter(({ file }) => pattern.test(file));
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return [
    timed('types', () => tool('node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.'])),
    timed('format and lint', () =>
      tool('node_modules/@biomejs/biome/bin/biome', ['ci', '--diagnostic-level=error', '--colors=off', '.']),
    ),
    timed('imports', () => checkImports(select(SOURCE)).join('\n')),
    timed('file length', () => checkLength(select(CODE)).join('\n')),
    timed('unused code', () =>
      tool('node_modules/knip/bin/knip.js', ['--no-progress', '--config', 'e2e/knip.json']),
    ),
    timed('documents', () =>
      checkDocumentPaths(select(DOCUMENT), projectFiles(), Object.keys(scripts)).join('\n'),
    ),
    timed('lock file', () =>
      checkLock(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).join('\n'),
    ),
    timed('forbidden strings', () => checkForbidden(texts).join('\n')),
  ];
}

function timed(name: string, check: () => string): CheckResult {
  const start = performance.now();
  const findings = check().trim();
  return { name, findings, seconds: (performance.now() - start) / 1000 };
}

/** Runs an installed tool; its output is the findings, empty when it exits 0. */
function tool(bin: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [path.join(ROOT, bin), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) return error.message;
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `exit status ${String(status)}`;
}
