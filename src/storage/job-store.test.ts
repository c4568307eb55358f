import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { openJobStore } from './job-store.ts';
import { MemoryDisk } from './memory.ts';
import { writeAll } from './write-all.ts';

const FILES = [
  { path: 'model-1.safetensors', sizeBytes: 100 },
  { path: 'model-2.safetensors', sizeBytes: 50 },
];
const BYTES = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
const RECORD = { file: 1, start: 10, end: 50, crc32c: crc32c(BYTES) };

/** A job with one finished record, closed. */
async function storedJob(disk = new MemoryDisk()) {
  const store = openJobStore(disk.root);
  const job = await store.create({
    id: 'job-1',
    plan: '{"plan":"\u00e9"}',
    state: { name: 'first', done: 0 },
  });
  expect(await job.allocate(FILES)).toEqual([]);
  await job.write(1, 10, BYTES);
  await job.commit([RECORD]);
  await job.close();
  return { disk, store };
}

test('a job is found again with its plan, state, records and bytes', async () => {
  const { disk } = await storedJob();
  const store = openJobStore(disk.root);
  expect(await store.list()).toEqual([{ id: 'job-1', state: { name: 'first', done: 0 } }]);
  const job = await store.open('job-1');
  expect(job.plan).toBe('{"plan":"\u00e9"}');
  expect(await job.allocate(FILES)).toEqual([]);
  expect(job.completed()).toEqual([RECORD]);
  const target = new Uint8Array(40);
  await job.read(1, 10, target);
  expect(target).toEqual(BYTES);
  expect((await job.file('model-1.safetensors')).size).toBe(100);
});

test('updates are merged, in order, and survive a torn newest slot', async () => {
  const { disk, store } = await storedJob();
  await Promise.all([1, 2, 3].map((done) => store.update('job-1', { done })));
  const read = async () => (await openJobStore(disk.root).list())[0]?.state;
  expect(await read()).toEqual({ name: 'first', done: 3 });
  // Generations 0 and 1 at creation, so the third update is generation 4.
  const newest = await disk.root.openFile('jobs/job-1/state-0', { create: false });
  writeAll(newest, new TextEncoder().encode('graft-state 1 9'), 0, 'state');
  newest.close();
  expect(await read()).toEqual({ name: 'first', done: 2 });
});

test('the state can still be updated on a disk that is full', async () => {
  const { disk, store } = await storedJob();
  disk.capacityBytes = disk.usedBytes;
  expect(await store.update('job-1', { error: 'disk full' })).toMatchObject({ error: 'disk full' });
});

test('records whose file is lost or cut short are given back, though allocating makes it whole', async () => {
  const { disk, store } = await storedJob();
  const file = await disk.root.openFile('jobs/job-1/out/model-2.safetensors', { create: false });
  file.truncate(49);
  file.close();
  const job = await store.open('job-1');
  expect(await job.allocate(FILES)).toEqual([RECORD]);
  await job.close();
  const again = await store.open('job-1');
  expect(await again.allocate(FILES)).toEqual([]);
  expect(again.completed()).toEqual([]);
});

test('records whose bytes changed are given back', async () => {
  const { disk, store } = await storedJob();
  const file = await disk.root.openFile('jobs/job-1/out/model-2.safetensors', { create: false });
  file.write(Uint8Array.of(99), { at: 30 });
  file.close();
  const job = await store.open('job-1');
  expect(await job.allocate(FILES)).toEqual([RECORD]);
  expect(job.completed()).toEqual([]);
});

test('a full disk leaves the job usable: the same write succeeds once there is room', async () => {
  const disk = new MemoryDisk();
  const store = openJobStore(disk.root);
  const job = await store.create({ id: 'a', plan: '{}', state: {} });
  disk.capacityBytes = disk.usedBytes + 120;
  await expect(job.allocate(FILES)).rejects.toMatchObject({ tag: 'StorageFull' });
  disk.capacityBytes = disk.usedBytes + 500;
  await job.allocate(FILES);
  disk.capacityBytes = disk.usedBytes;
  await job.write(1, 10, BYTES);
  await expect(job.commit([RECORD])).rejects.toMatchObject({ tag: 'StorageFull' });
  await expect(job.writeWhole('config.json', BYTES)).rejects.toMatchObject({ tag: 'StorageFull' });
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await job.commit([RECORD]);
  expect(job.completed()).toEqual([RECORD]);
});

test('a job that finds no room is not half created', async () => {
  const disk = new MemoryDisk();
  disk.capacityBytes = 1000;
  const store = openJobStore(disk.root);
  await expect(store.create({ id: 'a', plan: '{}', state: {} })).rejects.toMatchObject({
    tag: 'StorageFull',
  });
  expect(await store.orphans()).toEqual([]);
  expect(disk.usedBytes).toBe(0);
});

test('after a failed flush nothing is recorded until the job is reopened', async () => {
  const disk = new MemoryDisk();
  const store = openJobStore(disk.root);
  const job = await store.create({ id: 'a', plan: '{}', state: {} });
  await job.allocate(FILES);
  await job.write(1, 10, BYTES);
  disk.failFlush = true;
  await expect(job.commit([RECORD])).rejects.toMatchObject({ tag: 'StorageUnavailable' });
  disk.failFlush = false;
  await expect(job.commit([RECORD])).rejects.toMatchObject({ tag: 'StorageUnavailable' });
  expect(job.completed()).toEqual([]);
});

test('data of more files than stay open is flushed before it is recorded', async () => {
  const disk = new MemoryDisk();
  const job = await openJobStore(disk.root).create({ id: 'a', plan: '{}', state: {} });
  const files = Array.from({ length: 9 }, (_, i) => ({ path: `shard-${i}`, sizeBytes: 40 }));
  await job.allocate(files);
  await Promise.all(files.map((_, file) => job.write(file, 0, BYTES)));
  await job.commit(files.map((_, file) => ({ file, start: 0, end: 40, crc32c: crc32c(BYTES) })));
  // Keeps nothing that was not flushed.
  disk.crash(() => 0.999);
  const again = await openJobStore(disk.root).open('a');
  expect(await again.allocate(files)).toEqual([]);
  expect(again.completed()).toHaveLength(9);
  for (const [file] of files.entries()) {
    const target = new Uint8Array(40);
    await again.read(file, 0, target);
    expect(target).toEqual(BYTES);
  }
});

test('SHA-256 of written and small files, with progress and cancel', async () => {
  const { store } = await storedJob();
  const job = await store.open('job-1');
  await job.allocate(FILES);
  await job.writeWhole('nested/config.json', new Uint8Array(300).fill(1));
  await job.writeWhole('nested/config.json', BYTES);
  let counted = 0;
  const sha256 = await job.sha256('nested/config.json', { onBytes: (count) => (counted += count) });
  expect(sha256).toBe(createHash('sha256').update(BYTES).digest('hex'));
  expect(counted).toBe(40);
  const whole = new Uint8Array(50);
  whole.set(BYTES, 10);
  expect(await job.sha256('model-2.safetensors')).toBe(createHash('sha256').update(whole).digest('hex'));
  await expect(job.sha256('model-2.safetensors', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    tag: 'Cancelled',
  });
});

test('the spool starts empty and is gone after close', async () => {
  const { disk, store } = await storedJob();
  const leftOver = await disk.root.openFile('jobs/job-1/spool', { create: true });
  writeAll(leftOver, BYTES, 0, 'spool');
  leftOver.close();
  const job = await store.open('job-1');
  const spool = await job.spool();
  expect(spool.getSize()).toBe(0);
  writeAll(spool, BYTES, 0, 'spool');
  expect(await job.spool()).toBe(spool);
  await job.close();
  await expect(disk.root.getFile('jobs/job-1/spool')).rejects.toMatchObject({ tag: 'FileMissing' });
});

test('an open job is neither opened twice nor removed, and loses nothing by the attempt', async () => {
  const { disk, store } = await storedJob();
  const job = await store.open('job-1');
  const other = openJobStore(disk.root);
  await expect(other.open('job-1')).rejects.toMatchObject({ tag: 'JobLocked' });
  await expect(other.remove('job-1')).rejects.toMatchObject({ tag: 'JobLocked' });
  await expect(other.removeOutput('job-1')).rejects.toMatchObject({ tag: 'JobLocked' });
  expect(await other.list()).toEqual([{ id: 'job-1', state: { name: 'first', done: 0 } }]);
  await job.allocate(FILES);
  expect(job.completed()).toEqual([RECORD]);
});

test('removing deletes the job; removing its output keeps the state', async () => {
  const { disk, store } = await storedJob();
  expect((await store.file('job-1', 'model-2.safetensors')).size).toBe(50);
  await store.removeOutput('job-1');
  expect(await store.list()).toEqual([{ id: 'job-1', state: { name: 'first', done: 0 } }]);
  await expect(store.file('job-1', 'model-2.safetensors')).rejects.toMatchObject({ tag: 'FileMissing' });
  await expect(store.open('job-1')).rejects.toMatchObject({ tag: 'FileMissing' });
  await store.remove('job-1');
  expect(await store.list()).toEqual([]);
  expect(disk.usedBytes).toBe(0);
});

test('a job damaged on disk is told so, can be opened again without a lock left behind, and is not deleted', async () => {
  const { disk, store } = await storedJob();
  const plan = await disk.root.openFile('jobs/job-1/plan.json', { create: false });
  plan.write(Uint8Array.of(0x20), { at: 0 });
  plan.close();
  await expect(store.open('job-1')).rejects.toMatchObject({ tag: 'StorageCorrupt' });
  await expect(store.open('job-1')).rejects.toMatchObject({ tag: 'StorageCorrupt' });
  expect((await store.file('job-1', 'model-2.safetensors')).size).toBe(50);
});

test('orphans are reported and left alone', async () => {
  const { disk, store } = await storedJob();
  expect(await store.orphans()).toEqual([]);
  for (const path of ['jobs/half/plan.json', 'jobs/job-1/out/a.crswap']) {
    (await disk.root.openFile(path, { create: true })).close();
  }
  const orphans = [
    { path: 'jobs/half', kind: 'job' },
    { path: 'jobs/job-1/out/a.crswap', kind: 'swapFile' },
  ];
  expect(await store.orphans()).toEqual(orphans);
  expect(await store.orphans()).toEqual(orphans);
  await store.remove('half');
  expect((await store.list()).map(({ id }) => id)).toEqual(['job-1']);
});

test.each(['../x', 'a/../../b', '', 'a//b', 'a\\b', 'a\u0000b'])('no file is written at %j', async (path) => {
  const { store } = await storedJob();
  const job = await store.open('job-1');
  await job.allocate(FILES);
  await expect(job.writeWhole(path, BYTES)).rejects.toMatchObject({ tag: 'InvalidFile' });
});

test('writes outside a file and ids that are paths are refused', async () => {
  const { store } = await storedJob();
  const job = await store.open('job-1');
  await job.allocate(FILES);
  await expect(job.write(1, 11, BYTES)).rejects.toMatchObject({ tag: 'Internal' });
  await expect(job.write(2, 0, BYTES)).rejects.toMatchObject({ tag: 'Internal' });
  await expect(job.writeWhole('model-2.safetensors', BYTES)).rejects.toMatchObject({ tag: 'Internal' });
  await expect(store.create({ id: '../a', plan: '', state: {} })).rejects.toMatchObject({ tag: 'Internal' });
  await expect(store.create({ id: 'job-1', plan: '', state: {} })).rejects.toMatchObject({ tag: 'Internal' });
});
