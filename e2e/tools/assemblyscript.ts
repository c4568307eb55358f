/** A Vite plugin: `import bytes from './main.ts?assemblyscript'` is the compiled WebAssembly module. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';
import { ROOT } from './install.mjs';

const SUFFIX = '?assemblyscript';

export function assemblyScript(): Plugin {
  return {
    name: 'assemblyscript',
    enforce: 'pre',
    load: {
      filter: { id: /\?assemblyscript$/ },
      async handler(id) {
        const { bytes, sources } = await compile(path.relative(ROOT, id.slice(0, -SUFFIX.length)));
        for (const source of sources) this.addWatchFile(source);
        // Inlined, so that a worker can start the module without waiting for a second file.
        const base64 = JSON.stringify(Buffer.from(bytes).toString('base64'));
        return `export default Uint8Array.from(atob(${base64}), (char) => char.charCodeAt(0));`;
      },
    },
  };
}

/** Compiles `entry` (a path from the root) and everything it imports; throws with the compiler's words. */
async function compile(entry: string): Promise<{ bytes: Uint8Array; sources: string[] }> {
  // The compiler is large, and most runs of Vite's tools do not need it at once.
  const { main } = await import('assemblyscript/asc');
  const sources: string[] = [];
  let bytes: Uint8Array | null = null;
  const { error, stderr } = await main(
    [entry, '--outFile=module.wasm', '--runtime=stub', '--enable=simd', '-O3', '--converge', '--noAssert'],
    {
      readFile: async (name, directory) => {
        const file = path.resolve(ROOT, directory, name);
        const text = await readFile(file, 'utf8').catch(() => null);
        if (text !== null) sources.push(file);
        return text;
      },
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') bytes = contents;
      },
      listFiles: () => null,
    },
  );
  if (error !== null || bytes === null) throw new Error(`${entry} does not compile.\n${stderr.toString()}`);
  return { bytes, sources };
}
