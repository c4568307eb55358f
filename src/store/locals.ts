/** Folders on this machine: the names recipes use for them, and those remembered from earlier visits. */

import { LOCAL_OWNER } from '../recipe/model-ref.ts';
import type { LocalFolder } from './state.ts';

/** As many characters as a model reference takes. */
const MAX_NAME_CHARS = 96;

/**
 * The name a recipe uses for a folder: `local/` and the folder's own name, without the characters that a model
 * reference gives a meaning (`@`, `+`, `/`, `..`, spaces). It always is a reference.
 */
export function folderName(folder: string): string {
  const plain = folder
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+/, '');
  const safe = [...plain].slice(0, MAX_NAME_CHARS).join('').replace(/-+$/, '');
  return `${LOCAL_OWNER}/${safe === '' ? 'model' : safe}`;
}

/** Stored folder handles, with what the browser still grants. Anything that is not one is left out. */
export async function readLocals(stored: unknown): Promise<LocalFolder[]> {
  if (!Array.isArray(stored)) return [];
  const folders: LocalFolder[] = [];
  for (const item of stored as readonly unknown[]) {
    if (typeof item !== 'object' || item === null) continue;
    const { name, handle } = item as { name?: unknown; handle?: unknown };
    if (typeof name !== 'string' || !isDirectoryHandle(handle)) continue;
    folders.push({ model: { name, content: { kind: 'handle', handle } }, permission: await granted(handle) });
  }
  return folders;
}

async function granted(handle: FileSystemDirectoryHandle): Promise<LocalFolder['permission']> {
  try {
    return (await handle.queryPermission({ mode: 'read' })) === 'granted' ? 'granted' : 'ask';
  } catch {
    return 'ask';
  }
}

function isDirectoryHandle(value: unknown): value is FileSystemDirectoryHandle {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { kind?: unknown }).kind === 'directory' &&
    typeof (value as { queryPermission?: unknown }).queryPermission === 'function'
  );
}
