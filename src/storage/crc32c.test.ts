import { createCRC32 } from 'hash-wasm';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

test('published vectors (RFC 3720 appendix B.4)', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test('agrees with another implementation at every alignment, length and split', async () => {
  const other = await createCRC32(0x82f63b78);
  const pool = Uint8Array.from({ length: 200 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 21);
  for (let start = 0; start < 8; start++) {
    for (let length = 0; length < 120; length++) {
      const bytes = pool.subarray(start, start + length);
      const expected = Number.parseInt(other.init().update(bytes).digest('hex'), 16);
      expect(crc32c(bytes)).toBe(expected);
      const cut = length >> 1;
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(expected);
    }
  }
});
