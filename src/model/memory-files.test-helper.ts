/** Models in memory or in a folder of this repository as `ModelFiles`, for tests. */

import { readdirSync, readFileSync } from 'node:fs';
import type { ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { layOut, type OutputTensor } from '../safetensors/layout.ts';
import { type MemorySource, memorySource } from '../safetensors/memory.test-helper.ts';

export interface MemoryFiles extends ModelFiles {
  /** The sources handed out so far, by path. */
  readonly opened: ReadonlyMap<string, MemorySource>;
}

export function memoryFiles(contents: Readonly<Record<string, string | Uint8Array>>): MemoryFiles {
  const opened = new Map<string, MemorySource>();
  const files = new Map(
    Object.entries(contents).map(([path, content]) => [
      path,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    ]),
  );
  return {
    origin: { kind: 'local', name: 'memory' },
    entries: [...files]
      .map(([path, bytes]) => ({ path, sizeBytes: bytes.length }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    opened,
    async open(path) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new GraftError('FileMissing', `no ${path}`, { where: path });
      const source = opened.get(path) ?? memorySource(bytes);
      opened.set(path, source);
      return source;
    },
  };
}

/** A folder below the repository's root. */
export function folderFiles(folder: string): MemoryFiles {
  const root = new URL(`../../${folder}/`, import.meta.url);
  return memoryFiles(
    Object.fromEntries(readdirSync(root).map((name) => [name, readFileSync(new URL(name, root))])),
  );
}

/** A safetensors file of zeros. */
export function zeroWeights(tensors: readonly OutputTensor[]): Uint8Array {
  const [shard] = layOut(tensors, 0).shards;
  const bytes = new Uint8Array(shard?.sizeBytes ?? 0);
  bytes.set(shard?.headerBytes ?? []);
  return bytes;
}
