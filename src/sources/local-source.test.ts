import { expect, test } from 'vitest';
import { openLocalModel } from './local-source.ts';
import type { LocalModel } from './types.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

function dropped(...paths: string[]): LocalModel {
  const files = paths.map((path) => ({ path, file: new File([bytes], path) }));
  return { name: 'mine/model', content: { kind: 'files', files } };
}

/** A directory handle over a tree of files, as far as the source uses one. */
function directory(tree: Record<string, unknown>, permission = 'granted'): FileSystemDirectoryHandle {
  return {
    kind: 'directory',
    queryPermission: async () => permission,
    async *entries() {
      for (const [name, value] of Object.entries(tree)) {
        if (value instanceof File) yield [name, { kind: 'file', getFile: async () => value }];
        else if (typeof value === 'function') yield [name, { kind: 'file', getFile: value }];
        else yield [name, directory(value as Record<string, unknown>)];
      }
    },
  } as unknown as FileSystemDirectoryHandle;
}

function picked(handle: FileSystemDirectoryHandle): LocalModel {
  return { name: 'mine/model', content: { kind: 'handle', handle } };
}

test('dropped files are listed without hidden and unsafe ones, and read at any offset', async () => {
  const model = await openLocalModel(
    dropped('model.safetensors', 'sub/a.json', '.git/config', '../x', 'b\\c'),
  );
  expect(model.origin).toEqual({ kind: 'local', name: 'mine/model' });
  expect(model.entries).toMatchObject([
    { path: 'model.safetensors', sizeBytes: 1000 },
    { path: 'sub/a.json', sizeBytes: 1000 },
  ]);
  const source = await model.open('model.safetensors');
  const target = new Uint8Array(300);
  let progress = 0;
  await source.read(200, target, {
    onBytes: (count) => {
      progress += count;
    },
  });
  expect(target).toEqual(bytes.slice(200, 500));
  expect(progress).toBe(300);
  await expect(source.read(900, target)).rejects.toMatchObject({ tag: 'InvalidFile' });
  await expect(model.open('sub')).rejects.toMatchObject({ tag: 'FileMissing' });
});

test('a folder is walked through its subfolders', async () => {
  const file = new File([bytes], 'x');
  const model = await openLocalModel(
    picked(directory({ 'b.json': file, a: { 'c.txt': file }, '.cache': { d: file } })),
  );
  expect(model.entries.map((entry) => entry.path)).toEqual(['a/c.txt', 'b.json']);
});

test('a permission that is gone is asked for, before and while reading', async () => {
  await expect(openLocalModel(picked(directory({}, 'prompt')))).rejects.toMatchObject({
    tag: 'PermissionNeeded',
  });
  const refused = directory({
    x: async () => {
      throw new DOMException('no', 'NotAllowedError');
    },
  });
  await expect(openLocalModel(picked(refused))).rejects.toMatchObject({ tag: 'PermissionNeeded' });
});

test('a file that changes on the disk is SourceChanged', async () => {
  let file = new File([bytes], 'x');
  const model = await openLocalModel(picked(directory({ x: async () => file })));
  file = new File([bytes, bytes], 'x');
  await expect(model.open('x')).rejects.toMatchObject({ tag: 'SourceChanged' });

  const unreadable = Object.assign(new File([bytes], 'x'), {
    slice: () => ({
      arrayBuffer: async () => {
        throw new DOMException('changed', 'NotReadableError');
      },
    }),
  });
  const later = await openLocalModel(picked(directory({ x: unreadable })));
  const source = await later.open('x');
  await expect(source.read(0, new Uint8Array(10))).rejects.toMatchObject({ tag: 'SourceChanged' });
});

test('cancelling stops a read', async () => {
  const source = await (await openLocalModel(dropped('x'))).open('x');
  await expect(source.read(0, new Uint8Array(10), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    tag: 'Cancelled',
  });
});
