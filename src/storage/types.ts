/**
 * Where jobs live: one directory per job in the origin's private file system.
 *
 * ```
 * jobs/<id>/plan.json      what the job does, written once
 * jobs/<id>/state-{0,1}    small mutable state, two alternating slots so that a crash leaves the old or the new one
 * jobs/<id>/journal        which byte ranges of which output files are finished (journal.ts)
 * jobs/<id>/out/<path>     the output files, at their final sizes from the start
 * jobs/<id>/spool          scratch of a run, deleted at its end
 * ```
 *
 * Fakes in tests implement `SyncFile` and `SyncDirectory` (memory.ts); the browser's are in opfs.ts.
 */

/**
 * The part of FileSystemSyncAccessHandle we use. Its methods throw the browser's own errors and `write` may be short
 * or lie about its count: go through write-all.ts, which turns both into `GraftError`s.
 */
export interface SyncFile {
  read(target: Uint8Array, options: { at: number }): number;
  write(source: Uint8Array, options: { at: number }): number;
  truncate(sizeBytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** A directory of the private file system. `path` may go into directories below with `/`; a `name` may not. */
export interface SyncDirectory {
  /**
   * Opens a file for exclusive reading and writing; `create` also makes the directories on the way.
   * Throws `FileMissing`, `JobLocked` when another tab keeps it open, or `StorageUnavailable`. Never deletes anything.
   */
  openFile(path: string, options: { create: boolean }): Promise<SyncFile>;
  /** Names of files and directories directly inside. */
  list(): Promise<readonly { readonly name: string; readonly kind: 'file' | 'directory' }[]>;
  /** Throws `FileMissing` when it is not there and not to be created. */
  directory(name: string, options: { create: boolean }): Promise<SyncDirectory>;
  /** Deletes a file, or a directory with all it holds. Throws `FileMissing`, or `JobLocked` when something in it is open. */
  remove(name: string): Promise<void>;
  /** A snapshot for downloading; streams from disk. Works while the file is open; stale after a later write. */
  getFile(path: string): Promise<File>;
}

/** One finished piece of output: a byte range `[start, end)` of one file, and the CRC32C of its bytes. */
export interface JournalRecord {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly crc32c: number;
}

/** A job to create. The engine defines plan and state; storage keeps them as they are. */
export interface StoredJob {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly id: string;
  /** The serialised plan; may be megabytes, written once, and the journal is bound to its SHA-256. */
  readonly plan: string;
  /** Small JSON that changes while the job lives. */
  readonly state: object;
}

/** A state as it was read back: JSON from disk, for the engine to validate. */
export type StoredState = Readonly<Record<string, unknown>>;

export interface StoredJobSummary {
  readonly id: string;
  /** Null when no slot of the state can be read (the creation was cut short, or the disk lost it). */
  readonly state: StoredState | null;
}

/** Something that lies in storage and belongs to no readable job. Reported, never deleted by itself. */
export interface Orphan {
  readonly path: string;
  readonly kind: 'job' | 'swapFile';
}

/** An output file with the size it will have. */
export interface OutputAllocation {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Called with the count of bytes just hashed. */
  readonly onBytes?: (count: number) => void;
}

export interface JobStore {
  /** Makes the job's directory, plan, journal and state. After a crash on the way it is an orphan, not a job. */
  create(job: StoredJob): Promise<JobFiles>;
  /** Opens an existing job to go on with it. Throws `FileMissing`, `JobLocked` or `StorageCorrupt`. */
  open(id: string): Promise<JobFiles>;
  /** All jobs, sorted by id; works while another tab runs one of them. */
  list(): Promise<readonly StoredJobSummary[]>;
  orphans(): Promise<readonly Orphan[]>;
  /** The state with `patch`'s own keys replaced (shallow), written atomically. Returns the new state. */
  update(id: string, patch: object): Promise<StoredState>;
  /** Deletes a job, readable or not, with its output. Throws `JobLocked` while it is open anywhere. */
  remove(id: string): Promise<void>;
  /**
   * Deletes all of a job but its state: it stays in the list, but cannot be opened again. Throws `JobLocked` while it is
   * open anywhere.
   */
  removeOutput(id: string): Promise<void>;
  /** An output file of any job, streaming from disk; needs no lock. */
  file(id: string, path: string): Promise<File>;
}

/** The files of one open job; holds the journal exclusively until `close`. */
export interface JobFiles {
  readonly id: string;
  readonly plan: string;
  /** The state as it was when the job was opened. */
  readonly state: StoredState;
  /**
   * Gives the output files their final sizes (throws `StorageFull` when that is refused; nothing written is lost), then
   * checks what the journal claims: records past what a file held, and those of the last few whose bytes fail their
   * CRC, are dropped and returned, to be merged again. Call it once after `create` or `open`, before anything below.
   */
  allocate(files: readonly OutputAllocation[]): Promise<readonly JournalRecord[]>;
  /** Finished records, in journal order. */
  completed(): readonly JournalRecord[];
  /** Writes all of `bytes` to allocated file `file`; throws `StorageFull`. Not durable before `commit`. */
  write(file: number, at: number, bytes: Uint8Array): Promise<void>;
  /** Fills all of `target`; throws `StorageCorrupt` when the file is shorter. */
  read(file: number, at: number, target: Uint8Array): Promise<void>;
  /** Makes the written data durable, then records it: data flush, journal append, journal flush. */
  commit(records: readonly JournalRecord[]): Promise<void>;
  /** Writes a small output file whole and flushes it; replaces an older one. Not for allocated files. */
  writeWhole(path: string, bytes: Uint8Array): Promise<void>;
  /** Lower-case hex SHA-256 of an output file. Throws `Cancelled` when the signal fires. */
  sha256(path: string, options?: HashOptions): Promise<string>;
  file(path: string): Promise<File>;
  /** The job's scratch file, empty at first; closed and deleted by `close`. Use write-all.ts on it. */
  spool(): Promise<SyncFile>;
  /** Closes every handle. Data not committed may or may not survive; it is merged again. */
  close(): Promise<void>;
}
