/** Models in a folder, `<owner>/<name>/` with their files, looked at anew for every request. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Repo, RepoFile } from './types.ts';

/** Larger files are known by size and time of change instead: hashing gigabytes at the first listing takes seconds. */
const HASH_LIMIT_BYTES = 64 * 1024 * 1024;
/** The Hub puts files above 10 MB, and weights of any size, in large-file storage. */
const LARGE_BYTES = 10 * 1024 * 1024;
const WEIGHTS = /\.(safetensors|bin|gguf|pt|pth)$/;
const CHUNK_BYTES = 1024 * 1024;

export class FolderModels {
  readonly #root: string;
  /** SHA-256 by path, size and time of change. */
  readonly #hashes = new Map<string, string>();

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const owner of await folders(this.#root)) {
      for (const name of await folders(path.join(this.#root, owner))) names.push(`${owner}/${name}`);
    }
    return names.sort();
  }

  /** Null when there is no such folder. `name` must be `owner/name` without dot segments. */
  async find(name: string): Promise<Repo | null> {
    const folder = path.join(this.#root, name);
    const paths = await filesBelow(folder, '');
    if (paths === null) return null;
    const files: RepoFile[] = [];
    for (const file of paths.sort()) files.push(await this.#file(folder, file));
    const identity = files.map((file) => `${file.path} ${file.sizeBytes} ${file.etag}`).join('\n');
    return { name, sha: createHash('sha1').update(`${name}\n${identity}`).digest('hex'), files };
  }

  async #file(folder: string, relative: string): Promise<RepoFile> {
    const absolute = path.join(folder, relative);
    const { size, mtimeMs } = await stat(absolute);
    const key = `${absolute} ${size} ${mtimeMs}`;
    let sha256 = this.#hashes.get(key);
    if (sha256 === undefined && size <= HASH_LIMIT_BYTES) {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(absolute)) hash.update(chunk as Buffer);
      sha256 = hash.digest('hex');
      this.#hashes.set(key, sha256);
    }
    return {
      path: relative,
      sizeBytes: size,
      etag: sha256 ?? createHash('sha1').update(`${size} ${mtimeMs}`).digest('hex'),
      large: WEIGHTS.test(relative) || size > LARGE_BYTES,
      ...(sha256 === undefined ? {} : { sha256 }),
      async *read(start, end) {
        if (start >= end) return;
        const stream = createReadStream(absolute, { start, end: end - 1, highWaterMark: CHUNK_BYTES });
        for await (const chunk of stream) yield chunk as Buffer;
      },
    };
  }
}

/** Direct subfolders, through links too, without hidden ones. */
async function folders(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith('.') && (await stat(path.join(folder, name))).isDirectory()) names.push(name);
  }
  return names;
}

/** Paths with `/` of all files below, without hidden ones; null when the folder is not there. */
async function filesBelow(folder: string, prefix: string): Promise<string[] | null> {
  const names = await readdir(path.join(folder, prefix)).catch(() => null);
  if (names === null) return null;
  const paths: string[] = [];
  for (const name of names) {
    if (name.startsWith('.')) continue;
    const relative = prefix === '' ? name : `${prefix}/${name}`;
    if ((await stat(path.join(folder, relative))).isDirectory()) {
      paths.push(...((await filesBelow(folder, relative)) ?? []));
    } else {
      paths.push(relative);
    }
  }
  return paths;
}
