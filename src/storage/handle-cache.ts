/** A few open handles of a directory's files, the least recently used closed first: Safari allows about 250 in all. */

import { GraftError } from '../base/errors.ts';
import type { SyncDirectory, SyncFile } from './types.ts';
import { flushFile } from './write-all.ts';

interface OpenFile {
  readonly file: SyncFile;
  /** Written since its last flush. */
  dirty: boolean;
}

export class HandleCache {
  readonly #directory: SyncDirectory;
  readonly #limit: number;
  /** Oldest use first. */
  readonly #open = new Map<string, OpenFile>();
  /** Set when a flush failed: some written data may be lost though a later flush would succeed. */
  #failed: GraftError | null = null;

  constructor(directory: SyncDirectory, limit: number) {
    this.#directory = directory;
    this.#limit = limit;
  }

  /**
   * An open handle, good until the next call on the cache; calls must not overlap. `dirty` marks it as about to be
   * written. A handle that must make room is flushed first, so that `flushDirty` still covers its data.
   */
  async get(path: string, { create, dirty }: { create: boolean; dirty: boolean }): Promise<SyncFile> {
    const entry = this.#open.get(path) ?? (await this.#openFile(path, create));
    this.#open.delete(path);
    this.#open.set(path, entry);
    entry.dirty ||= dirty;
    return entry.file;
  }

  /** Makes durable all that was written since the last call. Once that fails, it fails until the job is reopened. */
  flushDirty(): void {
    for (const [path, entry] of this.#open) this.#flush(path, entry);
    if (this.#failed !== null) throw this.#failed;
  }

  /** Closes all handles; what was not flushed is not promised. */
  close(): void {
    for (const { file } of this.#open.values()) file.close();
    this.#open.clear();
  }

  async #openFile(path: string, create: boolean): Promise<OpenFile> {
    for (const [oldest, entry] of this.#open) {
      if (this.#open.size < this.#limit) break;
      this.#flush(oldest, entry);
      entry.file.close();
      this.#open.delete(oldest);
    }
    return { file: await this.#directory.openFile(path, { create }), dirty: false };
  }

  #flush(path: string, entry: OpenFile): void {
    if (!entry.dirty) return;
    try {
      flushFile(entry.file, path);
      entry.dirty = false;
    } catch (error) {
      if (error instanceof GraftError) this.#failed = error;
      throw error;
    }
  }
}
