import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type HashEnd, ShardHasher } from './shard-hasher.ts';

function recorder(): HashEnd & { readonly parts: Map<number, Uint8Array[]> } {
  const parts = new Map<number, Uint8Array[]>();
  return {
    parts,
    async append(shard, bytes) {
      parts.set(shard, [...(parts.get(shard) ?? []), bytes]);
    },
    async digest(shard) {
      return createHash('sha256')
        .update(Buffer.concat(parts.get(shard) ?? []))
        .digest('hex');
    },
  };
}

const DATA = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
const SHA256 = createHash('sha256').update(DATA).digest('hex');

test('pieces in any near order give the hash of the whole', async () => {
  const hasher = new ShardHasher(recorder(), [1000], true);
  for (const [start, end] of [
    [0, 100],
    [400, 1000],
    [250, 400],
    [100, 250],
  ] as const) {
    hasher.push(0, start, DATA.subarray(start, end));
  }
  expect(await hasher.digest(0)).toBe(SHA256);
});

test('a piece may change after it was pushed', async () => {
  const hasher = new ShardHasher(recorder(), [1000], true);
  const bytes = DATA.slice();
  hasher.push(0, 0, bytes);
  bytes.fill(0);
  expect(await hasher.digest(0)).toBe(SHA256);
});

test('a missing piece, an earlier visit or a failing worker means reading again', async () => {
  const gap = new ShardHasher(recorder(), [1000], true);
  gap.push(0, 0, DATA.subarray(0, 500));
  expect(await gap.digest(0)).toBeNull();
  const resumed = new ShardHasher(recorder(), [1000], false);
  resumed.push(0, 0, DATA);
  expect(await resumed.digest(0)).toBeNull();
  const broken = new ShardHasher(
    { ...recorder(), append: () => Promise.reject(new Error('gone')) },
    [1000],
    true,
  );
  broken.push(0, 0, DATA);
  await new Promise((resolve) => setTimeout(resolve));
  expect(await broken.digest(0)).toBeNull();
});

test('too much waiting is given up instead of held', async () => {
  const never: HashEnd = { append: () => new Promise(() => undefined), digest: async () => 'never' };
  const piece = new Uint8Array(30 * 1024 * 1024);
  const hasher = new ShardHasher(never, [piece.byteLength * 2], true);
  hasher.push(0, 0, piece);
  hasher.push(0, piece.byteLength, piece);
  expect(await hasher.digest(0)).toBeNull();
});
