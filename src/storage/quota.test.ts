import { expect, test } from 'vitest';
import { MemoryDisk } from './memory.ts';
import { probeQuota } from './quota.ts';
import { writeAll } from './write-all.ts';

const GIB = 1024 ** 3;

/** A clock that moves on by `stepMs` at every look. */
function clock(stepMs: number): () => number {
  let nowMs = 0;
  return () => {
    nowMs += stepMs;
    return nowMs;
  };
}

async function fullerDisk() {
  const disk = new MemoryDisk();
  disk.capacityBytes = 100 * GIB;
  const file = await disk.root.openFile('kept', { create: true });
  writeAll(file, new Uint8Array(1000), 0, 'kept');
  return disk;
}

test.each([
  [10 * GIB, 'fits'],
  [100 * GIB - 1000, 'fits'],
  [100 * GIB - 999, 'refused'],
])('%d bytes on top of what is stored: %s, and nothing is left behind', async (sizeBytes, answer) => {
  const disk = await fullerDisk();
  expect(await probeQuota(disk.root, sizeBytes, clock(1))).toBe(answer);
  expect((await disk.root.list()).map(({ name }) => name)).toEqual(['kept']);
});

test('where growing takes long, it stops asking after the first trial', async () => {
  const disk = await fullerDisk();
  disk.log.length = 0;
  expect(await probeQuota(disk.root, 10 * GIB, clock(500))).toBe('unknown');
  expect(disk.log.filter((entry) => entry.startsWith('truncate'))).toHaveLength(2);
  expect(disk.usedBytes).toBe(1000);
});

test('while another tab asks, the answer is unknown and its file stays', async () => {
  const disk = await fullerDisk();
  await disk.root.openFile('quota-probe', { create: true });
  expect(await probeQuota(disk.root, GIB)).toBe('unknown');
  expect((await disk.root.list()).map(({ name }) => name)).toContain('quota-probe');
});
