/**
 * A private file system in memory, for tests, that fails the way real ones do: a full disk in its three disguises,
 * failing flushes, and power loss that drops, reorders and tears whatever was not flushed.
 *
 * Creating and deleting files survives a crash at once; contents and sizes survive only as far as they were flushed.
 */

import { checkName, splitPath } from './paths.ts';
import { toStorageError } from './storage-errors.ts';
import type { SyncDirectory, SyncFile } from './types.ts';

/** How a write past the capacity shows: a short count, Chrome 150's absurd count, or the exception. */
export type FullDisk = 'short' | 'lie' | 'quota';

/** Thrown by every operation once the power is gone; some callers wrap it as a cause. */
export class PowerLoss extends Error {}

/** An unflushed change of one file. */
type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };

/** Bytes past `bytes` and below `sizeBytes` are zeros: huge sparse files cost nothing. */
interface Content {
  bytes: Uint8Array;
  sizeBytes: number;
}

interface FileNode {
  readonly kind: 'file';
  live: Content;
  durable: Content;
  pending: Change[];
  open: boolean;
}

interface DirectoryNode {
  readonly kind: 'directory';
  readonly children: Map<string, FileNode | DirectoryNode>;
}

export class MemoryDisk {
  /** Sum of file sizes the disk takes. */
  capacityBytes = Number.POSITIVE_INFINITY;
  whenFull: FullDisk = 'quota';
  /** While true, `flush` throws and makes nothing durable. */
  failFlush = false;
  /** Changes and flushes until the power goes; a write or truncate it hits may have half happened. */
  operationsLeft = Number.POSITIVE_INFINITY;
  /** Every create, write, truncate, flush and remove so far, as `flush jobs/a/journal`. */
  readonly log: string[] = [];
  readonly #root: DirectoryNode = newDirectory();

  get root(): SyncDirectory {
    return new MemoryDirectory(this, this.#root, '');
  }

  get usedBytes(): number {
    return allFiles(this.#root).reduce((sum, { live }) => sum + live.sizeBytes, 0);
  }

  /** Counts an operation; throws once the power is gone. */
  step(operation: string): void {
    if (this.operationsLeft <= 0) throw new PowerLoss('The power is gone.');
    this.operationsLeft--;
    this.log.push(operation);
  }

  /**
   * Power loss: every handle is dead, and each unflushed change of each file is kept, lost, or (writes) cut short.
   * `random` gives numbers in [0, 1); the disk works again afterwards.
   */
  crash(random: () => number): void {
    const keep = random();
    for (const file of allFiles(this.#root)) {
      for (const change of file.pending) {
        if (random() >= keep) continue;
        const torn = change.kind === 'write' && random() < 0.3;
        applyChange(file.durable, torn ? cutShort(change, random()) : change);
      }
      file.pending = [];
      file.live = copyContent(file.durable);
      file.open = false;
    }
    this.operationsLeft = Number.POSITIVE_INFINITY;
  }
}

class MemoryDirectory implements SyncDirectory {
  readonly #disk: MemoryDisk;
  readonly #node: DirectoryNode;
  readonly #prefix: string;

  constructor(disk: MemoryDisk, node: DirectoryNode, prefix: string) {
    this.#disk = disk;
    this.#node = node;
    this.#prefix = prefix;
  }

  async openFile(path: string, { create }: { create: boolean }): Promise<SyncFile> {
    const { parent, name } = this.#walk(path, create);
    let node = parent.children.get(name);
    if (node === undefined && create) {
      this.#disk.step(`create ${this.#prefix}${path}`);
      const empty = (): Content => ({ bytes: new Uint8Array(0), sizeBytes: 0 });
      node = { kind: 'file', live: empty(), durable: empty(), pending: [], open: false };
      parent.children.set(name, node);
    }
    if (node?.kind !== 'file') throw this.#error('NotFoundError', path);
    if (node.open) throw this.#error('NoModificationAllowedError', path);
    node.open = true;
    return new MemoryFile(this.#disk, node, this.#prefix + path);
  }

  async list(): Promise<readonly { readonly name: string; readonly kind: 'file' | 'directory' }[]> {
    return [...this.#node.children].map(([name, { kind }]) => ({ name, kind }));
  }

  async directory(name: string, { create }: { create: boolean }): Promise<SyncDirectory> {
    checkName(name);
    return new MemoryDirectory(this.#disk, this.#child(this.#node, name, create), `${this.#prefix}${name}/`);
  }

  async remove(name: string): Promise<void> {
    checkName(name);
    const node = this.#node.children.get(name);
    if (node === undefined) throw this.#error('NotFoundError', name);
    const files = node.kind === 'file' ? [node] : allFiles(node);
    if (files.some(({ open }) => open)) throw this.#error('NoModificationAllowedError', name);
    this.#disk.step(`remove ${this.#prefix}${name}`);
    this.#node.children.delete(name);
  }

  async getFile(path: string): Promise<File> {
    const { parent, name } = this.#walk(path, false);
    const node = parent.children.get(name);
    if (node?.kind !== 'file') throw this.#error('NotFoundError', path);
    const whole = new Uint8Array(node.live.sizeBytes);
    whole.set(node.live.bytes);
    return new File([whole], name);
  }

  #walk(path: string, create: boolean): { readonly parent: DirectoryNode; readonly name: string } {
    const { directories, name } = splitPath(path);
    let parent = this.#node;
    for (const directory of directories) parent = this.#child(parent, directory, create);
    return { parent, name };
  }

  #child(parent: DirectoryNode, name: string, create: boolean): DirectoryNode {
    let child = parent.children.get(name);
    if (child === undefined && create) {
      child = newDirectory();
      parent.children.set(name, child);
    }
    if (child?.kind !== 'directory') throw this.#error('NotFoundError', name);
    return child;
  }

  #error(name: string, path: string): Error {
    return toStorageError(new DOMException(name, name), 'open', this.#prefix + path);
  }
}

class MemoryFile implements SyncFile {
  readonly #disk: MemoryDisk;
  readonly #node: FileNode;
  readonly #path: string;
  /** A handle from before a crash must not touch the file again. */
  #closed = false;

  constructor(disk: MemoryDisk, node: FileNode, path: string) {
    this.#disk = disk;
    this.#node = node;
    this.#path = path;
  }

  read(target: Uint8Array, { at }: { at: number }): number {
    const { bytes, sizeBytes } = this.#usable().live;
    const count = Math.max(0, Math.min(target.byteLength, sizeBytes - at));
    target.fill(0, 0, count);
    target.set(bytes.subarray(Math.min(at, bytes.byteLength), Math.min(at + count, bytes.byteLength)));
    return count;
  }

  write(source: Uint8Array, { at }: { at: number }): number {
    const node = this.#usable();
    const grown = Math.max(0, at + source.byteLength - node.live.sizeBytes);
    const missing = Math.max(0, this.#disk.usedBytes + grown - this.#disk.capacityBytes);
    if (missing > 0 && this.#disk.whenFull === 'quota') throw quotaExceeded();
    const bytes = source.slice(0, Math.max(0, source.byteLength - missing));
    this.#change({ kind: 'write', at, bytes });
    if (missing > 0 && this.#disk.whenFull === 'lie') return 4294967288;
    return bytes.byteLength;
  }

  truncate(sizeBytes: number): void {
    const grown = sizeBytes - this.#usable().live.sizeBytes;
    if (grown > 0 && this.#disk.usedBytes + grown > this.#disk.capacityBytes) throw quotaExceeded();
    this.#change({ kind: 'truncate', sizeBytes });
  }

  getSize(): number {
    return this.#usable().live.sizeBytes;
  }

  flush(): void {
    const node = this.#usable();
    this.#disk.step(`flush ${this.#path}`);
    if (this.#disk.failFlush) throw new DOMException('flush failed', 'InvalidStateError');
    node.durable = copyContent(node.live);
    node.pending = [];
  }

  close(): void {
    if (!this.#closed) this.#node.open = false;
    this.#closed = true;
  }

  #change(change: Change): void {
    const node = this.#usable();
    node.pending.push(change);
    this.#disk.step(`${change.kind} ${this.#path}`);
    applyChange(node.live, change);
  }

  #usable(): FileNode {
    if (this.#closed || !this.#node.open)
      throw new DOMException('The handle is closed.', 'InvalidStateError');
    return this.#node;
  }
}

function applyChange(content: Content, change: Change): void {
  if (change.kind === 'truncate') {
    content.bytes = content.bytes.slice(0, change.sizeBytes);
    content.sizeBytes = change.sizeBytes;
    return;
  }
  if (change.bytes.byteLength === 0) return;
  const end = change.at + change.bytes.byteLength;
  if (end > content.bytes.byteLength) {
    const grown = new Uint8Array(end);
    grown.set(content.bytes);
    content.bytes = grown;
  }
  content.bytes.set(change.bytes, change.at);
  content.sizeBytes = Math.max(content.sizeBytes, end);
}

function cutShort(change: Change, share: number): Change {
  if (change.kind === 'truncate') return change;
  // The cube favours early cuts: within a header, or just behind it.
  return { ...change, bytes: change.bytes.subarray(0, Math.floor(change.bytes.byteLength * share ** 3)) };
}

function copyContent({ bytes, sizeBytes }: Content): Content {
  return { bytes: bytes.slice(), sizeBytes };
}

function newDirectory(): DirectoryNode {
  return { kind: 'directory', children: new Map() };
}

function allFiles(directory: DirectoryNode): FileNode[] {
  return [...directory.children.values()].flatMap((node) => (node.kind === 'file' ? [node] : allFiles(node)));
}

function quotaExceeded(): DOMException {
  return new DOMException('The quota is exceeded.', 'QuotaExceededError');
}
