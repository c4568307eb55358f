/** The origin private file system as a `SyncDirectory`. Sync access handles exist in dedicated workers only. */

import { GraftError } from '../base/errors.ts';
import { checkName, splitPath } from './paths.ts';
import { toStorageError } from './storage-errors.ts';
import type { SyncDirectory, SyncFile } from './types.ts';

/** After a reload or a crash some browsers free a file's lock late; past this it belongs to another tab. */
const LOCK_PATIENCE_MS = 5000;
const FIRST_RETRY_MS = 20;

/** TypeScript's DOM library leaves out what only workers have. */
interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncFile>;
}

export interface OpfsOptions {
  /** How long to go on trying to open a file that is locked. */
  readonly lockPatienceMs?: number;
}

/**
 * The root of this origin's private file system. Throws `StorageUnavailable` where there is none (an old browser,
 * storage blocked for the site, private windows of some browsers, or outside a dedicated worker).
 */
export async function openOpfsRoot(options: OpfsOptions = {}): Promise<SyncDirectory> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  const usable =
    typeof storage?.getDirectory === 'function' &&
    typeof FileSystemFileHandle !== 'undefined' &&
    'createSyncAccessHandle' in FileSystemFileHandle.prototype;
  if (!usable) {
    throw new GraftError('StorageUnavailable', 'This browser has no private file system to merge into.', {
      fix: 'Use a current Chrome, Edge, Firefox or Safari, over https or on localhost.',
    });
  }
  const patience = options.lockPatienceMs ?? LOCK_PATIENCE_MS;
  return new OpfsDirectory(await wrapped('open', 'storage', () => storage.getDirectory()), '', patience);
}

class OpfsDirectory implements SyncDirectory {
  readonly #handle: FileSystemDirectoryHandle;
  /** Path from the root with a trailing `/`, for messages. */
  readonly #prefix: string;
  readonly #patienceMs: number;

  constructor(handle: FileSystemDirectoryHandle, prefix: string, patienceMs: number) {
    this.#handle = handle;
    this.#prefix = prefix;
    this.#patienceMs = patienceMs;
  }

  async openFile(path: string, { create }: { create: boolean }): Promise<SyncFile> {
    const full = this.#prefix + path;
    return wrapped('open', full, async () => {
      const handle = (await this.#fileHandle(path, create)) as WorkerFileHandle;
      return whenFree(() => handle.createSyncAccessHandle(), this.#patienceMs);
    });
  }

  async list(): Promise<readonly { readonly name: string; readonly kind: 'file' | 'directory' }[]> {
    return wrapped('list', this.#prefix, async () => {
      const entries: { name: string; kind: 'file' | 'directory' }[] = [];
      for await (const [name, { kind }] of this.#handle.entries()) entries.push({ name, kind });
      return entries;
    });
  }

  async directory(name: string, { create }: { create: boolean }): Promise<SyncDirectory> {
    checkName(name);
    const full = this.#prefix + name;
    const handle = await wrapped('open', full, () => this.#handle.getDirectoryHandle(name, { create }));
    return new OpfsDirectory(handle, `${full}/`, this.#patienceMs);
  }

  async remove(name: string): Promise<void> {
    checkName(name);
    await wrapped('remove', this.#prefix + name, () => this.#handle.removeEntry(name, { recursive: true }));
  }

  async getFile(path: string): Promise<File> {
    return wrapped('open', this.#prefix + path, async () => (await this.#fileHandle(path, false)).getFile());
  }

  async #fileHandle(path: string, create: boolean): Promise<FileSystemFileHandle> {
    const { directories, name } = splitPath(path);
    let parent = this.#handle;
    for (const directory of directories) parent = await parent.getDirectoryHandle(directory, { create });
    return parent.getFileHandle(name, { create });
  }
}

/** Runs `open`, again with growing pauses while another handle holds the file. */
async function whenFree<Result>(open: () => Promise<Result>, patienceMs: number): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = FIRST_RETRY_MS; ; pauseMs *= 2) {
    try {
      return await open();
    } catch (error) {
      const locked = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      const leftMs = deadline - performance.now();
      if (!locked || leftMs <= 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
    }
  }
}

async function wrapped<Result>(doing: string, path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw toStorageError(error, doing, path);
  }
}
