import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { deferred } from '../base/deferred.ts';
import { type HashEnd, ShardHasher } from './shard-hasher.ts';

function recorder(): HashEnd & { readonly parts: Map<string, Uint8Array[]> } {
  const parts = new Map<string, Uint8Array[]>();
  return {
    parts,
    async append(stream, bytes) {
      parts.set(stream, [...(parts.get(stream) ?? []), bytes]);
    },
    async digest(stream) {
      return createHash('sha256')
        .update(Buffer.concat(parts.get(stream) ?? []))
        .digest('hex');
    },
    async forget(stream) {
      parts.delete(stream);
    },
  };
}

const DATA = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
const SHA256 = createHash('sha256').update(DATA).digest('hex');

test('pieces in any near order give the hash of the whole', async () => {
  const hasher = new ShardHasher(recorder(), 'run', [1000], true);
  for (const [start, end] of [
    [0, 100],
    [400, 1000],
    [250, 400],
    [100, 250],
  ] as const) {
    await hasher.push(0, start, DATA.subarray(start, end), false);
  }
  expect(await hasher.digest(0)).toBe(SHA256);
});

test('a piece may change after it was pushed', async () => {
  const hasher = new ShardHasher(recorder(), 'run', [1000], true);
  const bytes = DATA.slice();
  const pushed = hasher.push(0, 0, bytes, false);
  bytes.fill(0);
  await pushed;
  expect(await hasher.digest(0)).toBe(SHA256);
});

test('only a fresh piece with a buffer of its own is handed on uncopied', async () => {
  const end = recorder();
  const hasher = new ShardHasher(end, 'run', [1000], true);
  const own = DATA.slice(0, 400);
  await hasher.push(0, 0, own, true);
  await hasher.push(0, 400, DATA.subarray(400), true);
  expect(end.parts.get('run/0')?.map((bytes) => bytes.buffer === own.buffer)).toEqual([true, false]);
  expect(end.parts.get('run/0')?.some((bytes) => bytes.buffer === DATA.buffer)).toBe(false);
  expect(await hasher.digest(0)).toBe(SHA256);
});

test('a missing piece, an earlier visit or a failing worker means reading again', async () => {
  const gap = new ShardHasher(recorder(), 'run', [1000], true);
  await gap.push(0, 0, DATA.subarray(0, 500), false);
  expect(await gap.digest(0)).toBeNull();
  const resumed = new ShardHasher(recorder(), 'run', [1000], false);
  await resumed.push(0, 0, DATA, false);
  expect(await resumed.digest(0)).toBeNull();
  const broken = new ShardHasher(
    { ...recorder(), append: () => Promise.reject(new Error('gone')) },
    'run',
    [1000],
    true,
  );
  await broken.push(0, 0, DATA, false);
  await new Promise((resolve) => setTimeout(resolve));
  expect(await broken.digest(0)).toBeNull();
});

test('runs that share the worker do not mix, and one that ends leaves nothing there', async () => {
  const end = recorder();
  const paused = new ShardHasher(end, 'paused', [1000], true);
  const other = new ShardHasher(end, 'other', [1000], true);
  await paused.push(0, 0, DATA.subarray(0, 500), false);
  await other.push(0, 0, new Uint8Array(700), false);
  await paused.push(0, 500, DATA.subarray(500), false);
  expect(await paused.digest(0)).toBe(SHA256);
  paused.close();
  other.close();
  expect([...end.parts.keys()]).toEqual([]);
});

test('too much that is early is given up instead of held', async () => {
  const piece = new Uint8Array(20 * 1024 * 1024);
  const hasher = new ShardHasher(recorder(), 'run', [piece.byteLength * 3], true);
  for (const at of [1, 2, 0]) await hasher.push(0, at * piece.byteLength, piece, false);
  expect(await hasher.digest(0)).toBeNull();
});

test('a slow hash makes the writer wait', async () => {
  const slow = deferred<void>();
  const hasher = new ShardHasher({ ...recorder(), append: () => slow.promise }, 'run', [2 ** 30], true);
  let taken = false;
  const pushed = hasher.push(0, 0, new Uint8Array(40 * 1024 * 1024), true).then(() => {
    taken = true;
  });
  await new Promise((resolve) => setTimeout(resolve));
  expect(taken).toBe(false);
  slow.resolve();
  await pushed;
});
