/** A model in a folder that the person opened: a directory handle, or the files of a drop. Nothing leaves the disk. */

import type { ByteSource, FileEntry, ModelFiles, ReadOptions } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { fileMissing, isSafePath } from './paths.ts';
import { throwIfAborted } from './retry.ts';
import type { LocalModel } from './types.ts';

/** Folders inside a model's folder, deeper than any checkpoint has. */
const MAX_DEPTH = 8;
/** Pieces of a read: progress comes this often, and no more than this is held twice. */
const PIECE_BYTES = 16 * 1024 * 1024;

/**
 * Lists the folder. Hidden files and folders are left out. Throws `PermissionNeeded` when the browser no longer lets
 * us in; a worker cannot ask for it, the page can.
 */
export async function openLocalModel(model: LocalModel, signal?: AbortSignal): Promise<ModelFiles> {
  const files = new Map<string, OpenFile>();
  const add = (path: string, open: () => Promise<File>, { size, lastModified }: File): void => {
    if (files.size >= LIMITS.modelFiles) {
      throw new GraftError(
        'InvalidFile',
        `The folder ${model.name} has more than ${LIMITS.modelFiles} files.`,
        {
          where: model.name,
          fix: "Open the model's own folder, not one above it.",
        },
      );
    }
    files.set(path, { open, sizeBytes: size, modifiedAtMs: lastModified });
  };
  if (model.content.kind === 'files') {
    for (const { path, file } of model.content.files) {
      if (isSafePath(path) && !isHidden(path)) add(path, async () => file, file);
    }
  } else {
    const { handle } = model.content;
    if ((await handle.queryPermission({ mode: 'read' })) !== 'granted') throw permissionNeeded(model.name);
    await guarded(model.name, model.name, () => walk(handle, '', MAX_DEPTH, add, signal));
  }
  return new LocalFiles(model.name, files);
}

interface OpenFile {
  readonly open: () => Promise<File>;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

const isHidden = (path: string): boolean => path.split('/').some((segment) => segment.startsWith('.'));

async function walk(
  folder: FileSystemDirectoryHandle,
  prefix: string,
  depth: number,
  add: (path: string, open: () => Promise<File>, file: File) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const [name, handle] of folder.entries()) {
    throwIfAborted(signal);
    if (name.startsWith('.')) continue;
    const path = prefix + name;
    if (handle.kind === 'directory') {
      if (depth > 1) await walk(handle, `${path}/`, depth - 1, add, signal);
    } else {
      add(path, () => handle.getFile(), await handle.getFile());
    }
  }
}

class LocalFiles implements ModelFiles {
  readonly origin: ModelFiles['origin'];
  readonly entries: readonly FileEntry[];
  readonly #files: ReadonlyMap<string, OpenFile>;

  constructor(name: string, files: ReadonlyMap<string, OpenFile>) {
    this.origin = { kind: 'local', name };
    this.#files = files;
    this.entries = [...files]
      .map(([path, { sizeBytes, modifiedAtMs }]) => ({ path, sizeBytes, modifiedAtMs }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async open(path: string): Promise<ByteSource> {
    const model = this.origin.kind === 'local' ? this.origin.name : '';
    const found = this.#files.get(path);
    if (found === undefined) throw fileMissing(model, path);
    const label = `${model}: ${path}`;
    const file = await guarded(model, label, found.open);
    if (file.size !== found.sizeBytes) throw changed(label, 'its size is another one');
    if (file.lastModified !== found.modifiedAtMs) throw changed(label, 'it was written to');
    return new LocalSource(model, label, file);
  }
}

class LocalSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #model: string;
  readonly #label: string;
  readonly #file: File;

  constructor(model: string, label: string, file: File) {
    this.#model = model;
    this.#label = label;
    this.#file = file;
    this.sizeBytes = file.size;
  }

  async read(start: number, target: Uint8Array, options: ReadOptions = {}): Promise<void> {
    if (start < 0 || start + target.length > this.sizeBytes) {
      throw new GraftError('InvalidFile', `${this.#label} ends before byte ${start + target.length}.`, {
        where: this.#label,
        fix: 'The file is cut short, or its header is wrong; copy it again.',
      });
    }
    for (let at = 0; at < target.length; at += PIECE_BYTES) {
      throwIfAborted(options.signal);
      const count = Math.min(PIECE_BYTES, target.length - at);
      const piece = this.#file.slice(start + at, start + at + count);
      const bytes = await guarded(this.#model, this.#label, () => piece.arrayBuffer());
      if (bytes.byteLength !== count) throw changed(this.#label, 'it is shorter');
      target.set(new Uint8Array(bytes), at);
      options.onBytes?.(count);
    }
  }
}

/** Runs a file operation and words what browsers throw when a file or a permission has gone. */
async function guarded<T>(model: string, label: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw permissionNeeded(model);
    // Browsers remember a file's time of change and refuse to read another version as if it were the same.
    if (name === 'NotReadableError') throw changed(label, 'it was written to, or cannot be read any more');
    if (name === 'NotFoundError') throw changed(label, 'it is not there any more');
    throw error;
  }
}

function permissionNeeded(model: string): GraftError {
  return new GraftError(
    'PermissionNeeded',
    `The browser asks for permission to read the folder ${model} again.`,
    {
      where: model,
      fix: `Press "Grant access" beside ${model}, or open the folder again.`,
    },
  );
}

function changed(label: string, what: string): GraftError {
  return new GraftError('SourceChanged', `${label} has changed on the disk: ${what}.`, {
    where: label,
    fix: 'Open the folder again, and start the merge anew.',
  });
}
