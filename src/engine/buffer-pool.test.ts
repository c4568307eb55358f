import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

const MIB = 1024 * 1024;

test('a buffer that was given back serves again, for sizes not far below its own', () => {
  const pool = new BufferPool();
  const first = pool.take(MIB);
  expect(first).toHaveLength(MIB);
  pool.give(first.buffer);
  const next = pool.take(0.8 * MIB);
  expect(next.buffer).toBe(first.buffer);
  expect(next).toHaveLength(Math.floor(0.8 * MIB));
  pool.give(next.buffer);
  expect(pool.take(0.4 * MIB).buffer).not.toBe(first.buffer);
  expect(pool.take(MIB + 1).buffer).not.toBe(first.buffer);
});

test('the closest fit is taken, and nothing twice', () => {
  const pool = new BufferPool();
  const [large, small] = [new ArrayBuffer(1.2 * MIB), new ArrayBuffer(MIB)];
  pool.give(large);
  pool.give(small);
  expect(pool.take(0.9 * MIB).buffer).toBe(small);
  expect(pool.take(0.9 * MIB).buffer).toBe(large);
  expect(pool.take(0.9 * MIB).buffer.byteLength).toBe(Math.floor(0.9 * MIB));
});

test('it keeps no more than its share, the oldest going first', () => {
  const pool = new BufferPool();
  const buffers = Array.from({ length: 5 }, (_, at) => new ArrayBuffer((32 + at) * MIB));
  for (const buffer of buffers) pool.give(buffer);
  const again = [...buffers].reverse().map(({ byteLength }) => pool.take(byteLength).buffer);
  const kept = buffers.filter((buffer) => again.includes(buffer));
  expect(kept).toEqual(buffers.slice(-kept.length));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(128 * MIB);
});
