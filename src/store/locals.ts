/** Folders on this machine, as they are remembered from earlier visits. */

import type { LocalFolder } from './state.ts';

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
