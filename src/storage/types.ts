/**
 * Where jobs live: one directory per job in the origin's private file system, with `job.json`, a journal and the output
 * files. Fakes in tests implement `SyncFile` and `SyncDirectory`; the browser's are in opfs.ts.
 */

/** The part of FileSystemSyncAccessHandle we use. `write` may be short or lie (browser.md section 1); see writeAll. */
export interface SyncFile {
  read(target: Uint8Array, options: { at: number }): number;
  write(source: Uint8Array, options: { at: number }): number;
  truncate(sizeBytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

export interface SyncDirectory {
  /** Opens (creating when asked) a file for exclusive reading and writing. Throws `FileMissing` or `StorageUnavailable`. */
  openFile(path: string, options: { create: boolean }): Promise<SyncFile>;
  /** Names of files and directories directly inside. */
  list(): Promise<readonly { readonly name: string; readonly kind: 'file' | 'directory' }[]>;
  directory(name: string, options: { create: boolean }): Promise<SyncDirectory>;
  remove(name: string): Promise<void>;
  /** A snapshot for downloading; streams from disk. */
  getFile(path: string): Promise<File>;
}

/** One finished piece of output: a byte range of one file, and the CRC32C of its bytes. */
export interface JournalRecord {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly crc32c: number;
}
