/** The files of one open job: allocation, writing, and the order that makes a record true before it is written. */

import { GraftError, isGraftError } from '../base/errors.ts';
import { HandleCache } from './handle-cache.ts';
import type { Journal } from './journal.ts';
import { sha256Stream } from './sha256.ts';
import type {
  HashOptions,
  JobFiles,
  JournalRecord,
  OutputAllocation,
  StoredState,
  SyncDirectory,
  SyncFile,
} from './types.ts';
import { failingTail } from './verify-tail.ts';
import { flushFile, readAll, resizeFile, writeAll } from './write-all.ts';

export const OUTPUT_DIRECTORY = 'out';
export const SPOOL = 'spool';
const OPEN_HANDLES = 3;

export interface JobParts {
  readonly id: string;
  readonly plan: string;
  readonly state: StoredState;
  readonly directory: SyncDirectory;
  readonly journal: Journal;
}

/** `journal` is already open and is closed with the job. */
export async function openJobFiles(parts: JobParts): Promise<JobFiles> {
  const output = await parts.directory.directory(OUTPUT_DIRECTORY, { create: true });
  return new OpenJob(parts, output);
}

class OpenJob implements JobFiles {
  readonly id: string;
  readonly plan: string;
  readonly state: StoredState;
  readonly #directory: SyncDirectory;
  readonly #output: SyncDirectory;
  readonly #journal: Journal;
  readonly #handles: HandleCache;
  #files: readonly OutputAllocation[] | null = null;
  #spool: SyncFile | null = null;
  #closed = false;
  /** Operations run one after another: a handle is only good until the cache's next call. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ id, plan, state, directory, journal }: JobParts, output: SyncDirectory) {
    this.id = id;
    this.plan = plan;
    this.state = state;
    this.#directory = directory;
    this.#output = output;
    this.#journal = journal;
    this.#handles = new HandleCache(output, OPEN_HANDLES);
  }

  async allocate(files: readonly OutputAllocation[]): Promise<readonly JournalRecord[]> {
    const heldBytes = await this.#inTurn(() => Promise.all(files.map(({ path }) => this.#sizeOnDisk(path))));
    const dropped = new Set<JournalRecord>();
    // Before any file grows: afterwards a lost file looks whole and is full of zeros.
    for (const record of this.#journal.records) {
      const endBytes = Math.min(heldBytes[record.file] ?? 0, files[record.file]?.sizeBytes ?? 0);
      if (record.end > endBytes) dropped.add(record);
    }
    this.#journal.retain((record) => !dropped.has(record));
    await this.#inTurn(async () => {
      for (const [i, { path, sizeBytes }] of files.entries()) {
        if (heldBytes[i] === sizeBytes) continue;
        resizeFile(await this.#handles.get(path, { create: true, dirty: true }), sizeBytes, path);
      }
    });
    this.#files = files;
    const failing = await failingTail(this.#journal.records, (file, at, target) =>
      this.read(file, at, target),
    );
    for (const record of failing) dropped.add(record);
    this.#journal.retain((record) => !dropped.has(record));
    return [...dropped];
  }

  completed(): readonly JournalRecord[] {
    this.#allocated(0);
    return this.#journal.records;
  }

  write(file: number, at: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const path = this.#checkRange(file, at, at + bytes.byteLength);
      writeAll(await this.#handles.get(path, { create: false, dirty: true }), bytes, at, path);
    });
  }

  read(file: number, at: number, target: Uint8Array): Promise<void> {
    return this.#readPath(this.#checkRange(file, at, at + target.byteLength), at, target);
  }

  commit(records: readonly JournalRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const { file, start, end } of records) this.#checkRange(file, start, end);
      this.#journal.append(records, () => this.#handles.flushDirty());
    });
  }

  writeWhole(path: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#files?.some((file) => file.path === path)) {
        throw new GraftError('Internal', `${path} is an allocated output file.`, { where: path });
      }
      const file = await this.#handles.get(path, { create: true, dirty: true });
      resizeFile(file, bytes.byteLength, path);
      writeAll(file, bytes, 0, path);
      flushFile(file, path);
    });
  }

  async sha256(path: string, options: HashOptions = {}): Promise<string> {
    const sizeBytes = await this.#inTurn(async () =>
      (await this.#handles.get(path, { create: false, dirty: false })).getSize(),
    );
    return sha256Stream(sizeBytes, (at, target) => this.#readPath(path, at, target), options);
  }

  file(path: string): Promise<File> {
    return this.#output.getFile(path);
  }

  spool(): Promise<SyncFile> {
    return this.#inTurn(async () => {
      if (this.#spool === null) {
        this.#spool = await this.#directory.openFile(SPOOL, { create: true });
        resizeFile(this.#spool, 0, SPOOL);
      }
      return this.#spool;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#inTurn(async () => {
      this.#closed = true;
      this.#handles.close();
      this.#journal.close();
      this.#spool?.close();
      if (this.#spool !== null) await this.#directory.remove(SPOOL);
    });
  }

  #readPath(path: string, at: number, target: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      readAll(await this.#handles.get(path, { create: false, dirty: false }), target, at, path);
    });
  }

  async #sizeOnDisk(path: string): Promise<number> {
    try {
      return (await this.#output.getFile(path)).size;
    } catch (error) {
      if (isGraftError(error, 'FileMissing')) return 0;
      throw error;
    }
  }

  /** The path of an allocated file, after checking that `[start, end)` lies inside it. */
  #checkRange(file: number, start: number, end: number): string {
    const { path, sizeBytes } = this.#allocated(file);
    if (Number.isSafeInteger(start) && start >= 0 && start <= end && end <= sizeBytes) return path;
    throw new GraftError('Internal', `Bytes ${start} to ${end} are not in ${path}.`, { where: path });
  }

  #allocated(file: number): OutputAllocation {
    const allocation = this.#files?.[file];
    if (allocation !== undefined) return allocation;
    throw new GraftError('Internal', `Output file ${file} is not allocated.`, { where: this.id });
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const run = async () => {
      if (this.#closed) throw new GraftError('Internal', 'The job is closed.', { where: this.id });
      return action();
    };
    const result = this.#turn.then(run, run);
    this.#turn = result;
    return result;
  }
}
