/**
 * Finds a checkpoint's weight files, reads their headers and tells apart single, sharded and wrongly indexed ones.
 * Like transformers, `model.safetensors` comes before an index; unlike it, a set of shards without an index is read too.
 * A model that is one file of many (`ModelOrigin.file`) is that file, wherever it lies.
 */

import type { FileEntry, ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readHeader, type SafetensorsHeader } from '../safetensors/header.ts';
import { parseIndex } from '../safetensors/index-file.ts';
import { listed, noWeights } from './no-weights.ts';
import { readBytes } from './read-file.ts';
import type { TensorInfo, WeightFile } from './types.ts';

export interface Weights {
  /** In file order. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly weightFiles: readonly WeightFile[];
  readonly notes: readonly string[];
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
/** Adapters, and copies of the weights under the names of another library. */
const PARTS = /^adapter_|^consolidated/;
const PARALLEL_READS = 6;

interface Found {
  readonly paths: readonly string[];
  /** Tensor -> shard, when an index says so. */
  readonly index: ReadonlyMap<string, string> | null;
  readonly notes: readonly string[];
}

/**
 * Opens all weight files of a model by their headers.
 * @throws GraftError `FileMissing` without safetensors weights or with a shard missing; `InvalidFile` for broken headers
 *   or index, or a tensor in two shards; whatever the source throws
 */
export async function openWeights(files: ModelFiles, signal?: AbortSignal): Promise<Weights> {
  const found = await findWeightFiles(files, signal);
  const headers = await readHeaders(files, found.paths, signal);
  const tensors = new Map<string, TensorInfo>();
  found.paths.forEach((file, i) => {
    for (const tensor of headers[i]?.tensors ?? []) {
      const other = tensors.get(tensor.name);
      if (other !== undefined) throw duplicate(tensor.name, other.file, file);
      tensors.set(tensor.name, { ...tensor, file });
    }
  });
  const entries = new Map(files.entries.map((entry) => [entry.path, entry]));
  return {
    tensors,
    weightFiles: found.paths.map((path) => {
      const { sizeBytes = 0, sha256 = null, modifiedAtMs } = entries.get(path) ?? {};
      return { path, sizeBytes, sha256, ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }) };
    }),
    notes: found.index === null ? found.notes : [...found.notes, ...indexNotes(found.index, tensors)],
  };
}

async function findWeightFiles(files: ModelFiles, signal?: AbortSignal): Promise<Found> {
  const { origin } = files;
  if (origin.kind !== 'demo' && origin.file !== undefined) {
    return { paths: [origin.file], index: null, notes: [] };
  }
  const root = files.entries.filter((entry) => !entry.path.includes('/'));
  const names = new Set(root.map((entry) => entry.path));
  if (names.has(SINGLE)) {
    const notes = names.has(INDEX) ? [`${INDEX} is ignored because ${SINGLE} is there.`] : [];
    return { paths: [SINGLE], index: null, notes };
  }
  const indexes = [...names].filter((name) => name.endsWith('.safetensors.index.json'));
  const indexName = names.has(INDEX) ? INDEX : indexes.length === 1 ? indexes[0] : undefined;
  if (indexName !== undefined) return indexed(files, indexName, names, signal);
  const all = root.filter(isWeights).map((entry) => entry.path);
  // A file that was opened by itself is meant, whatever it is called.
  const others = files.entries.length === 1 ? all : all.filter((path) => !PARTS.test(path));
  const [only] = others;
  if (only !== undefined && others.length === 1 && shardNumbers(only) === null) {
    return { paths: [only], index: null, notes: [] };
  }
  if (isCompleteSet(others)) {
    return {
      paths: others,
      index: null,
      notes: [`There is no ${INDEX}; all ${others.length} shards are read.`],
    };
  }
  throw await noWeights(files, others, signal);
}

async function indexed(
  files: ModelFiles,
  indexName: string,
  names: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Found> {
  const index = parseIndex(await readBytes(files, indexName, LIMITS.jsonBytes, signal), indexName);
  const paths = [...new Set(index.values())].sort();
  const missing = paths.filter((path) => !names.has(path));
  if (missing.length > 0) {
    throw new GraftError(
      'FileMissing',
      `${indexName} names ${listed(missing)}, which the model does not have.`,
      {
        where: missing[0] ?? indexName,
        fix: 'Complete the download, or choose another revision of the model.',
      },
    );
  }
  if (paths.length === 0) {
    throw new GraftError('InvalidFile', `${indexName} lists no tensors.`, { where: indexName });
  }
  return { paths, index, notes: [] };
}

async function readHeaders(
  files: ModelFiles,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly SafetensorsHeader[]> {
  const headers = new Array<SafetensorsHeader>(paths.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < paths.length; i = next++) {
      const path = paths[i] ?? '';
      headers[i] = await readHeader(await files.open(path, signal), path, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_READS, paths.length) }, worker));
  return headers;
}

function indexNotes(index: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, TensorInfo>): string[] {
  const absent = [...index.keys()].filter((name) => !tensors.has(name));
  const unlisted = [...tensors.keys()].filter((name) => !index.has(name));
  const moved = [...tensors.values()]
    .filter(({ name, file }) => index.has(name) && index.get(name) !== file)
    .map(({ name }) => name);
  return [
    ...(absent.length > 0 ? [`The index lists ${listed(absent)}, which no shard holds.`] : []),
    ...(unlisted.length > 0 ? [`The shards hold ${listed(unlisted)}, which the index does not list.`] : []),
    ...(moved.length > 0 ? [`The index names the wrong shard for ${listed(moved)}.`] : []),
  ];
}

function isWeights(entry: FileEntry): boolean {
  return entry.path.endsWith('.safetensors');
}

function shardNumbers(
  name: string,
): { readonly stem: string; readonly number: number; readonly count: number } | null {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.safetensors$/.exec(name);
  return match === null ? null : { stem: match[1] ?? '', number: Number(match[2]), count: Number(match[3]) };
}

/** `x-00001-of-0000n` to `x-0000n-of-0000n` and nothing else. */
function isCompleteSet(names: readonly string[]): boolean {
  const shards = names.map(shardNumbers);
  const [first] = shards;
  return (
    first !== undefined &&
    shards.length === first?.count &&
    shards.every((shard) => shard?.stem === first.stem && shard.count === first.count) &&
    new Set(shards.map((shard) => shard?.number)).size === shards.length
  );
}

function duplicate(name: string, first: string, second: string): GraftError {
  return new GraftError('InvalidFile', `The tensor ${name} is in both ${first} and ${second}.`, {
    where: second,
    fix: 'Ask the author to save the model again; which of the two is meant is unknown.',
  });
}
