/** The last steps of a run: the small files of the output directory, the checksum of every file, and the lock file. */

import type { ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import type { Kernels } from '../kernels/types.ts';
import { LOCK_FILE_PATH, lockFile } from '../plan/directory/lock-file.ts';
import type { MergePlan, PlannedSideFile } from '../plan/types.ts';
import type { JobFiles } from '../storage/types.ts';
import type { RunControl } from './control.ts';
import type { OutputFile } from './protocol.ts';
import type { ShardHasher } from './shard-hasher.ts';

export interface DirectoryParts {
  readonly plan: MergePlan;
  readonly models: readonly ModelFiles[];
  readonly files: JobFiles;
  readonly control: RunControl;
  readonly hasher: ShardHasher;
  readonly engine: Kernels;
  readonly createdAt: string;
}

/** Writes what is left to write; returns every file of the directory with its size and SHA-256, sorted by path. */
export async function writeDirectory(parts: DirectoryParts): Promise<OutputFile[]> {
  const { plan, files, control, hasher, engine, createdAt } = parts;
  const { signal } = control;
  const written: OutputFile[] = [];
  for (const sideFile of plan.sideFiles) {
    const bytes = await contentOf(sideFile, parts);
    await control.untilStored(() => files.writeWhole(sideFile.path, bytes));
    const sha256 = await files.sha256(sideFile.path, { signal });
    written.push({ path: sideFile.path, sizeBytes: bytes.byteLength, sha256 });
  }
  for (const [shard, { path, sizeBytes }] of plan.shards.entries()) {
    await control.pass();
    const sha256 = (await hasher.digest(shard)) ?? (await files.sha256(path, { signal }));
    written.push({ path, sizeBytes, sha256 });
  }
  const lock = new TextEncoder().encode(await lockFile({ plan, files: written, engine, createdAt }));
  await control.untilStored(() => files.writeWhole(LOCK_FILE_PATH, lock));
  const sha256 = await files.sha256(LOCK_FILE_PATH, { signal });
  written.push({ path: LOCK_FILE_PATH, sizeBytes: lock.byteLength, sha256 });
  return written.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function contentOf(
  { content }: PlannedSideFile,
  { models, control }: DirectoryParts,
): Promise<Uint8Array> {
  if (content.kind === 'text') return new TextEncoder().encode(content.text);
  const model = models[content.model];
  if (model === undefined) throw new GraftError('Internal', `The plan has no model ${content.model}.`);
  const source = await model.open(content.path, control.signal);
  const bytes = new Uint8Array(source.sizeBytes);
  await source.read(0, bytes, { signal: control.signal });
  return bytes;
}
