import { expect, test } from 'vitest';
import { Journal } from './journal.ts';
import { MemoryDisk } from './memory.ts';
import type { JournalRecord, SyncFile } from './types.ts';

const PLAN = new Uint8Array(32).fill(1);
const HEADER_BYTES = 64;
const ENTRY_BYTES = 32;

const record = (i: number): JournalRecord => ({
  file: i,
  start: i * 2 ** 33,
  end: i * 2 ** 33 + 10,
  crc32c: (0xffffffff - i) >>> 0,
});

async function withRecords(...batches: number[][]): Promise<SyncFile> {
  const file = await new MemoryDisk().root.openFile('journal', { create: true });
  const journal = Journal.create(file, PLAN, 'journal');
  for (const batch of batches) journal.append(batch.map(record), () => {});
  return file;
}

function flip(file: SyncFile, at: number): void {
  const byte = new Uint8Array(1);
  file.read(byte, { at });
  file.write(
    byte.map((value) => value ^ 0x10),
    { at },
  );
}

const reopened = (file: SyncFile) => Journal.open(file, PLAN, 'journal').records;
const corruption = expect.objectContaining({ tag: 'StorageCorrupt', where: 'journal' });

test('reads back what was appended, offsets above 4 GiB included', async () => {
  expect(reopened(await withRecords([0, 1], [2], []))).toEqual([record(0), record(1), record(2)]);
});

test('data is flushed before it is recorded, and not recorded when the flush fails', async () => {
  const disk = new MemoryDisk();
  const journal = Journal.create(await disk.root.openFile('journal', { create: true }), PLAN, 'journal');
  const data = await disk.root.openFile('data', { create: true });
  data.write(new Uint8Array(10), { at: 0 });
  disk.log.length = 0;
  journal.append([record(0)], () => data.flush());
  expect(disk.log).toEqual(['flush data', 'write journal', 'flush journal']);
  disk.failFlush = true;
  expect(() => journal.append([record(1)], () => data.flush())).toThrow('flush failed');
  expect(journal.records).toEqual([record(0)]);
});

test('after a failed flush of its own it takes no more records until reopened', async () => {
  const disk = new MemoryDisk();
  const file = await disk.root.openFile('journal', { create: true });
  const journal = Journal.create(file, PLAN, 'journal');
  disk.failFlush = true;
  expect(() => journal.append([record(0)], () => {})).toThrow();
  disk.failFlush = false;
  expect(() => journal.append([record(0)], () => {})).toThrow();
  expect(journal.records).toEqual([]);
});

test.each([1, 31])(
  'a tail cut %i bytes into an entry is cut off, and writing goes on there',
  async (extra) => {
    const file = await withRecords([0], [1, 2]);
    file.truncate(HEADER_BYTES + ENTRY_BYTES + extra);
    const journal = Journal.open(file, PLAN, 'journal');
    expect(journal.records).toEqual([record(0)]);
    journal.append([record(5)], () => {});
    expect(reopened(file)).toEqual([record(0), record(5)]);
  },
);

test('a last append of which only later entries arrived counts up to the gap', async () => {
  const file = await withRecords([0], [1, 2, 3]);
  file.write(new Uint8Array(ENTRY_BYTES), { at: HEADER_BYTES + 2 * ENTRY_BYTES });
  expect(reopened(file)).toEqual([record(0), record(1)]);
  expect(file.getSize()).toBe(HEADER_BYTES + 2 * ENTRY_BYTES);
});

test('damage before the last append is StorageCorrupt', async () => {
  const file = await withRecords([0], [1], [2]);
  flip(file, HEADER_BYTES + ENTRY_BYTES + 5);
  expect(() => reopened(file)).toThrow(corruption);
});

test('another plan, a damaged header and a headless file are StorageCorrupt', async () => {
  const file = await withRecords([0]);
  expect(() => Journal.open(file, new Uint8Array(32).fill(2), 'journal')).toThrow(corruption);
  flip(file, 8);
  expect(() => reopened(file)).toThrow(corruption);
  file.truncate(10);
  expect(() => reopened(file)).toThrow(corruption);
});

test('an entry counts only in its own place', async () => {
  const file = await withRecords([0, 1]);
  const entry = new Uint8Array(ENTRY_BYTES);
  file.read(entry, { at: HEADER_BYTES });
  file.write(entry, { at: HEADER_BYTES + ENTRY_BYTES });
  expect(reopened(file)).toEqual([record(0)]);
});

test('retain takes records back for good', async () => {
  const file = await withRecords([0, 1], [2, 3]);
  const journal = Journal.open(file, PLAN, 'journal');
  journal.retain(({ file: index }) => index !== 1 && index !== 2);
  expect(journal.records).toEqual([record(0), record(3)]);
  expect(reopened(file)).toEqual([record(0), record(3)]);
});
