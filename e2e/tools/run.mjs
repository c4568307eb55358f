/** `node e2e/tools/run.mjs FILE.ts ARGS...`: installs what is missing, then runs a TypeScript file of the project. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, ROOT } from './install.mjs';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node e2e/tools/run.mjs FILE.ts ARGS...');
  process.exit(2);
}
ensureInstalled();

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
// npm moves to the root before it runs a script; paths that a person types are relative to where they stand.
const cwd = process.env.INIT_CWD ?? process.cwd();
const child = spawn(process.execPath, ['--import', loader, resolve(ROOT, file), ...args], {
  cwd,
  stdio: 'inherit',
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
});
