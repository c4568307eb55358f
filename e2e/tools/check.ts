/**
 * `npm run check`: types, format and lint, import direction, file length, unused code, documents, forbidden strings.
 * Runs all of them, prints what each found, and exits 1 when any found something.
 */

import { runChecks } from './check/run.ts';

const results = runChecks();
const failed = results.filter((result) => result.findings !== '');
for (const { name, findings, seconds } of results) {
  console.log(`${findings === '' ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
  if (findings !== '') console.log(findings.replace(/^/gm, '     '));
}
process.exitCode = failed.length === 0 ? 0 : 1;
