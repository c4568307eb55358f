import { expect, test } from 'vitest';
import { type FullDisk, MemoryDisk } from './memory.ts';
import { readAll, resizeFile, writeAll } from './write-all.ts';

async function openFile() {
  const disk = new MemoryDisk();
  return { disk, file: await disk.root.openFile('a', { create: true }) };
}

test.each<FullDisk>(['short', 'lie', 'quota'])(
  'a full disk that shows as %s is StorageFull',
  async (whenFull) => {
    const { disk, file } = await openFile();
    disk.whenFull = whenFull;
    disk.capacityBytes = 10;
    writeAll(file, new Uint8Array(8), 0, 'a');
    expect(() => writeAll(file, new Uint8Array(8), 8, 'a')).toThrow(
      expect.objectContaining({ tag: 'StorageFull', where: 'a', fix: expect.stringContaining('resume') }),
    );
    disk.capacityBytes = 16;
    writeAll(file, new Uint8Array(8).fill(7), 8, 'a');
    const target = new Uint8Array(16);
    readAll(file, target, 0, 'a');
    expect([...target]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7]);
  },
);

test('growing past the quota is StorageFull and changes nothing', async () => {
  const { disk, file } = await openFile();
  disk.capacityBytes = 100;
  expect(() => resizeFile(file, 101, 'a')).toThrow(expect.objectContaining({ tag: 'StorageFull' }));
  expect(file.getSize()).toBe(0);
});

test('reading past the end is StorageCorrupt, never zeros', async () => {
  const { file } = await openFile();
  writeAll(file, new Uint8Array(4), 0, 'a');
  expect(() => readAll(file, new Uint8Array(4), 1, 'a')).toThrow(
    expect.objectContaining({ tag: 'StorageCorrupt' }),
  );
});
