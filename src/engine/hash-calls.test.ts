import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashHandlers } from './hash-calls.ts';

const { signal } = new AbortController();
const PARTS = [1, 2, 3].map((value) => new Uint8Array(1000).fill(value));

function sha256(parts: readonly Uint8Array[]): string {
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex');
}

test('pieces that come at once are hashed in their order, streams apart', async () => {
  const { append, digest } = hashHandlers();
  const calls: Promise<unknown>[] = [];
  for (const bytes of PARTS) {
    calls.push(append({ stream: 'a', bytes }, signal));
    calls.push(append({ stream: 'b', bytes: bytes.subarray(1) }, signal));
  }
  // Asked for before anything has been hashed.
  const [a, b] = await Promise.all([digest('a', signal), digest('b', signal), ...calls]);
  expect(a).toBe(sha256(PARTS));
  expect(b).toBe(sha256(PARTS.map((bytes) => bytes.subarray(1))));
});

test('a stream that was ended begins anew', async () => {
  const { append, digest, forget } = hashHandlers();
  const [first = new Uint8Array(0), second = new Uint8Array(0)] = PARTS;
  const late = append({ stream: 'a', bytes: first }, signal);
  await forget('a', signal);
  await Promise.all([late, append({ stream: 'a', bytes: second }, signal)]);
  expect(await digest('a', signal)).toBe(sha256([second]));
  expect(await digest('a', signal)).toBeNull();
});
