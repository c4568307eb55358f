/** The production build, made anew only when something it is made of has changed. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './install.mjs';

/** Where the built app is. */
export const DIST = path.join(ROOT, 'dist');

const INPUTS = ['src', 'shaders', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'];

/** Builds when `dist` is missing or older than its inputs. Speaks on stderr. */
export function ensureBuilt(): void {
  const built = path.join(DIST, 'index.html');
  if (existsSync(built) && statSync(built).mtimeMs > newest(INPUTS.map((name) => path.join(ROOT, name))))
    return;
  build();
}

export function build(): void {
  console.error('Building the app...');
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
}

/** Latest change under the paths, in milliseconds; folders count, because a deletion changes only them. */
function newest(paths: readonly string[]): number {
  let latest = 0;
  for (const each of paths) {
    const found = statSync(each);
    latest = Math.max(latest, found.mtimeMs);
    if (found.isDirectory())
      latest = Math.max(latest, newest(readdirSync(each).map((name) => path.join(each, name))));
  }
  return latest;
}
