/** Saving into a directory handle. The picker needs a person, so a directory of the private file system stands in. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { saveToFolder } from './save-to-folder.ts';

const NAME = 'save-to-folder-test';
let folder: FileSystemDirectoryHandle;

beforeEach(async () => {
  folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(NAME, { create: true });
});

afterEach(async () => {
  await (await navigator.storage.getDirectory()).removeEntry(NAME, { recursive: true });
});

const CONTENT = new Map([
  ['model.safetensors', new Uint8Array(3_000_000).fill(7)],
  ['nested/config.json', new TextEncoder().encode('{"a":1}')],
  ['empty.txt', new Uint8Array(0)],
]);
const FILES = [...CONTENT].map(([path, { byteLength }]) => ({ path, sizeBytes: byteLength }));

async function open(path: string): Promise<File> {
  return new File([CONTENT.get(path) ?? ''], path);
}

async function saved(path: string): Promise<Uint8Array> {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  let parent = folder;
  for (const part of parts) parent = await parent.getDirectoryHandle(part);
  return new Uint8Array(await (await (await parent.getFileHandle(name)).getFile()).arrayBuffer());
}

async function write(name: string, text: string): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await writable.write(text);
  await writable.close();
}

test('copies every file, makes directories, replaces older files, counts bytes', async () => {
  await write('model.safetensors', 'an older and different file');
  const counts: number[] = [];
  await saveToFolder(folder, FILES, open, (count) => counts.push(count));
  for (const [path, bytes] of CONTENT) {
    const copy = await saved(path);
    expect([path, copy.byteLength, crc32c(copy)]).toEqual([path, bytes.byteLength, crc32c(bytes)]);
  }
  expect(counts).toEqual([3_000_000, 3_000_007]);
});

test('a cancelled copy publishes nothing of that file and keeps the older one', async () => {
  await write('model.safetensors', 'older');
  const controller = new AbortController();
  const cancelled = saveToFolder(folder, FILES, open, () => controller.abort(), controller.signal);
  await expect(cancelled).rejects.toMatchObject({ tag: 'Cancelled' });
  expect(new TextDecoder().decode(await saved('model.safetensors'))).toBe('older');
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  expect(names).toEqual(['model.safetensors']);
});

test('a file of another size than the run wrote is refused', async () => {
  const files = [{ path: 'model.safetensors', sizeBytes: 3_000_001 }];
  await expect(saveToFolder(folder, files, open, () => {})).rejects.toMatchObject({
    tag: 'StorageCorrupt',
    where: 'model.safetensors',
  });
});

test('a path that leads out of the folder is refused', async () => {
  const files = [{ path: '../outside', sizeBytes: 0 }];
  await expect(saveToFolder(folder, files, open, () => {})).rejects.toMatchObject({ tag: 'InvalidFile' });
});
