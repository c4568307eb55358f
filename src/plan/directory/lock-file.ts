/**
 * `graft.lock.json`: what a merge was made from and what came out, enough to make the same bytes again and to check them.
 * Everything is copied field by field, so that nothing else a plan or a source carries can leak into the file.
 */

import type { FileEntry, ModelOrigin } from '../../base/bytes.ts';
import { GRAFT_VERSION } from '../../base/version.ts';
import type { MergePlan, PlannedModel } from '../types.ts';

export const LOCK_FILE_PATH = 'graft.lock.json';

interface LockedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
}

/** The file's content. Version 1. */
interface LockFile {
  readonly formatVersion: 1;
  readonly graftVersion: string;
  /** ISO 8601, when the merge was started. */
  readonly createdAt: string;
  readonly method: string;
  readonly seed: number;
  /** SHA-256 of the recipe's UTF-8 text, which mergekit_config.yml holds. */
  readonly recipeSha256: string;
  readonly engine: string;
  readonly device: string;
  readonly models: readonly {
    readonly ref: string;
    readonly origin: ModelOrigin;
    readonly files: readonly LockedFile[];
  }[];
  /** Every other file of the directory. */
  readonly files: readonly LockedFile[];
}

export interface LockFacts {
  readonly plan: Pick<MergePlan, 'recipeText' | 'method' | 'seed' | 'models'>;
  /** Every file written so far. */
  readonly files: readonly FileEntry[];
  readonly engine: { readonly engine: string; readonly device: string };
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The lock file's text: JSON with an indent of 2, files sorted by path. */
export async function lockFile({ plan, files, engine, createdAt }: LockFacts): Promise<string> {
  const lock: LockFile = {
    formatVersion: 1,
    graftVersion: GRAFT_VERSION,
    createdAt,
    method: plan.method,
    seed: plan.seed,
    recipeSha256: await sha256Hex(plan.recipeText),
    engine: engine.engine,
    device: engine.device,
    models: plan.models.map((model) => ({
      ref: model.ref,
      origin: lockedOrigin(model),
      files: model.files.map(lockedFile),
    })),
    files: files.map(lockedFile).sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function lockedFile({ path, sizeBytes, sha256 }: FileEntry): LockedFile {
  return { path, sizeBytes, sha256: sha256 ?? null };
}

function lockedOrigin({ origin }: PlannedModel): ModelOrigin {
  if (origin.kind === 'demo') return { kind: origin.kind, name: origin.name };
  const file = origin.file === undefined ? {} : { file: origin.file };
  if (origin.kind === 'local') return { kind: origin.kind, name: origin.name, ...file };
  const { kind, endpoint, repo, revision, sha } = origin;
  return { kind, endpoint, repo, revision, sha, ...file };
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
