/** Writes public/demo/index.json, the list of the demo models' files. Run it after changing them. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DEMO_OWNER, type DemoManifest } from '../../src/sources/demo-source.ts';

const DEMO = new URL('../../public/demo/', import.meta.url);

/** The manifest as the files on disk say it. */
export function demoManifest(): DemoManifest {
  const owner = new URL(`${DEMO_OWNER}/`, DEMO);
  const models = readdirSync(owner)
    .sort()
    .map((name) => ({
      name: `${DEMO_OWNER}/${name}`,
      files: readdirSync(new URL(`${name}/`, owner))
        .sort()
        .map((path) => {
          const bytes = readFileSync(new URL(`${name}/${path}`, owner));
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          return { path, sizeBytes: bytes.length, sha256 };
        }),
    }));
  return { models };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(new URL('index.json', DEMO), `${JSON.stringify(demoManifest(), null, 2)}\n`);
}
