/** Virtual models: any size, nothing stored. `virtual/<skeleton>-<variant>` is there always, others by registration. */

import { createHash } from 'node:crypto';
import { patternBytes } from './pattern.ts';
import { loadSkeleton, makeSkeleton, type Skeleton, skeletonHeader, skeletonNames } from './skeleton.ts';
import type { Repo, RepoFile, VirtualSpec } from './types.ts';

/** A base and four fine-tunes of it. */
const VARIANTS = ['base', 'a', 'b', 'c', 'd'] as const;

export class VirtualModels {
  readonly #specs = new Map<string, VirtualSpec>();
  readonly #repos = new Map<string, Repo>();

  /** Adds `<owner>/<name>-<variant>` for every variant; the newest of a name wins. */
  add(spec: VirtualSpec): void {
    this.#specs.set(spec.name, spec);
    for (const variant of VARIANTS) this.#repos.delete(`${spec.name}-${variant}`);
  }

  names(): readonly string[] {
    const families = [...skeletonNames().map((name) => `virtual/${name}`), ...this.#specs.keys()];
    return families.flatMap((family) => VARIANTS.map((variant) => `${family}-${variant}`));
  }

  find(name: string): Repo | null {
    const known = this.#repos.get(name);
    if (known !== undefined) return known;
    const variant = VARIANTS.find((candidate) => name.endsWith(`-${candidate}`));
    if (variant === undefined) return null;
    const family = name.slice(0, -variant.length - 1);
    const skeleton = this.#skeleton(family);
    if (skeleton === null) return null;
    const repo = buildRepo(name, family, variant, skeleton);
    this.#repos.set(name, repo);
    return repo;
  }

  #skeleton(family: string): Skeleton | null {
    const spec = this.#specs.get(family);
    if (spec !== undefined) return makeSkeleton(spec);
    const name = family.startsWith('virtual/') ? family.slice('virtual/'.length) : '';
    return skeletonNames().includes(name) ? loadSkeleton(name) : null;
  }
}

function buildRepo(name: string, family: string, variant: string, skeleton: Skeleton): Repo {
  const card = [
    '---',
    'license: apache-2.0',
    'library_name: transformers',
    ...(variant === 'base' ? [] : [`base_model: ${family}-base`]),
    '---',
    `# ${name}`,
    '',
    'A checkpoint made on the fly for tests; its weights mean nothing.',
    '',
  ].join('\n');
  const files = [
    textFile('README.md', card),
    textFile('config.json', JSON.stringify(skeleton.config, null, 2)),
    textFile('tokenizer_config.json', JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' })),
  ];
  const weightMap: [string, string][] = [];
  let totalSize = 0;
  for (const [path, tensors] of Object.entries(skeleton.files)) {
    const { header, dataBytes } = skeletonHeader(skeleton, path);
    files.push(weightFile(path, variant, skeleton, header, dataBytes));
    totalSize += dataBytes;
    for (const tensor of tensors) weightMap.push([tensor, path]);
  }
  if (Object.keys(skeleton.files).length > 1) {
    const index = { metadata: { total_size: totalSize }, weight_map: Object.fromEntries(weightMap) };
    files.push(textFile('model.safetensors.index.json', JSON.stringify(index, null, 2)));
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const identity = files.map((file) => `${file.path} ${file.etag}`).join('\n');
  return { name, sha: createHash('sha1').update(`${name}\n${identity}`).digest('hex'), files };
}

/** A small file whose whole contents are known. */
function textFile(path: string, text: string): RepoFile {
  const bytes = Buffer.from(text);
  return {
    path,
    sizeBytes: bytes.length,
    etag: createHash('sha1').update(bytes).digest('hex'),
    large: false,
    async *read(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

function weightFile(
  path: string,
  variant: string,
  skeleton: Skeleton,
  header: Uint8Array,
  dataBytes: number,
): RepoFile {
  return {
    path,
    sizeBytes: header.length + dataBytes,
    etag: createHash('sha1').update(`${variant} ${path}`).update(header).digest('hex'),
    large: true,
    async *read(start, end) {
      if (start < header.length) yield header.subarray(start, Math.min(end, header.length));
      const from = Math.max(start, header.length) - header.length;
      const to = end - header.length;
      if (from < to) yield* patternBytes(skeleton.dtype, variant, path, from, to);
    },
  };
}
