/** A model's folder, or its one file, from this machine: the picker, its fallback, and drops. */

import type { LocalModel } from '../../engine/protocol.ts';

export interface OpenedFolder {
  readonly name: string;
  readonly content: LocalModel['content'];
}

/** A folder of a model has dozens of files; a home directory dropped by mistake must not hang the page. */
const MAX_FILES = 2_000;

/** Asks for a folder. Null when the person thought better of it. Must run in a click. */
export async function pickFolder(): Promise<OpenedFolder | null> {
  if (typeof showDirectoryPicker !== 'function') return await pickWithInput();
  try {
    const handle = await showDirectoryPicker({ id: 'graft-model', mode: 'read' });
    return { name: handle.name, content: { kind: 'handle', handle } };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/**
 * The folders and loose files of a drop; a loose safetensors file is a model of its own. Handles where the browser gives
 * them, so that the folder can be remembered; else its files, good for this visit. Call in the drop event itself: the list
 * is empty afterwards.
 */
export async function readDrop(transfer: DataTransfer): Promise<{ folders: OpenedFolder[]; files: File[] }> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  // Everything is asked for before the first await: afterwards the browser has emptied the items.
  const asked = items.map((item) => ({
    handle: typeof item.getAsFileSystemHandle === 'function' ? item.getAsFileSystemHandle() : null,
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }));
  const folders: OpenedFolder[] = [];
  const files: File[] = [];
  for (const { handle: pending, entry, file } of asked) {
    const handle = pending === null ? null : await pending;
    if (handle?.kind === 'directory') {
      const directory = handle as FileSystemDirectoryHandle;
      folders.push({ name: directory.name, content: { kind: 'handle', handle: directory } });
    } else if (handle === null && entry?.isDirectory) {
      const found = await walk(entry as FileSystemDirectoryEntry);
      folders.push({ name: entry.name, content: { kind: 'files', files: found } });
    } else if (file !== null) {
      const model = modelOfFile(file);
      if (model === null) files.push(file);
      else folders.push(model);
    }
  }
  return { folders, files };
}

/** A weight file as a model without config, good for this visit; null for any other file. */
export function modelOfFile(file: File): OpenedFolder | null {
  const name = /^(.+)\.safetensors$/.exec(file.name)?.[1];
  return name === undefined ? null : { name, content: { kind: 'files', files: [{ path: file.name, file }] } };
}

type NamedFile = { readonly path: string; readonly file: File };

function pickWithInput(): Promise<OpenedFolder | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.webkitdirectory = true;
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])].slice(0, MAX_FILES).map((file) => {
        // `folder/sub/file`: the folder's own name is not part of a path inside the model.
        const [, ...inside] = file.webkitRelativePath.split('/');
        return { path: inside.join('/'), file };
      });
      const name = input.files?.[0]?.webkitRelativePath.split('/')[0];
      resolve(name === undefined ? null : { name, content: { kind: 'files', files } });
    });
    input.click();
  });
}

async function walk(root: FileSystemDirectoryEntry): Promise<NamedFile[]> {
  const found: NamedFile[] = [];
  const waiting: { entry: FileSystemEntry; path: string }[] = (await children(root)).map((entry) => ({
    entry,
    path: entry.name,
  }));
  for (let next = waiting.shift(); next !== undefined && found.length < MAX_FILES; next = waiting.shift()) {
    const { entry, path } = next;
    if (entry.isDirectory) {
      const inside = await children(entry as FileSystemDirectoryEntry);
      waiting.push(...inside.map((child) => ({ entry: child, path: `${path}/${child.name}` })));
    } else {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      found.push({ path, file });
    }
  }
  return found;
}

async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  // readEntries gives at most 100 at a time, and an empty list at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0 || all.length > MAX_FILES) return all;
    all.push(...some);
  }
}
