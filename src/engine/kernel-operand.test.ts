import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MERGE_DTYPES } from '../base/dtype.ts';
import { kernelOperand } from './kernel-operand.ts';

const TORCH = JSON.parse(
  readFileSync(new URL('../../e2e/data/dtypes/widened.json', import.meta.url), 'utf8'),
) as { toBf16: Record<string, string[]>; f64ToF32: [string, string][] };

function wordsOf(bytes: Uint8Array, width: 2 | 4): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / width }, (_, i) =>
    width === 2 ? view.getUint16(i * width, true) : view.getUint32(i * width, true),
  );
}

const isNan = (bits: number, width: 2 | 4) =>
  width === 2 ? (bits & 0x7fff) > 0x7f80 : (bits & 0x7fffffff) > 0x7f800000;

/** The bits as torch's table writes them. */
const shown = (bytes: Uint8Array, width: 2 | 4) =>
  wordsOf(bytes, width).map((bits) =>
    isNan(bits, width) ? 'nan' : bits.toString(16).padStart(2 * width, '0'),
  );

test.each(['F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const)(
  '%s is widened as torch does, code for code',
  (dtype) => {
    const { dtype: wide, bytes } = kernelOperand({
      dtype,
      bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
    });
    expect(wide).toBe('BF16');
    expect(shown(bytes, 2)).toEqual(TORCH.toBf16[dtype]);
  },
);

test.each([0, 1, 4, 7])('F64 at byte offset %i is rounded as torch does', (offset) => {
  const buffer = new ArrayBuffer(offset + 8 * TORCH.f64ToF32.length);
  const view = new DataView(buffer);
  TORCH.f64ToF32.forEach(([bits], i) => {
    view.setBigUint64(offset + 8 * i, BigInt(`0x${bits}`), true);
  });
  const { dtype, bytes } = kernelOperand({ dtype: 'F64', bytes: new Uint8Array(buffer, offset) });
  expect(dtype).toBe('F32');
  expect(shown(bytes, 4)).toEqual(TORCH.f64ToF32.map(([, single]) => single));
});

test('F64 longer than one chunk', () => {
  const values = Float64Array.from({ length: 20_001 }, (_, i) => i / 7);
  const { bytes } = kernelOperand({ dtype: 'F64', bytes: new Uint8Array(values.buffer) });
  expect(new Float32Array(bytes.buffer)).toEqual(Float32Array.from(values));
});

test.each(MERGE_DTYPES)('%s passes as it is', (dtype) => {
  const bytes = new Uint8Array(12).subarray(2, 10);
  const operand = kernelOperand({ dtype, bytes });
  expect(operand.dtype).toBe(dtype);
  expect(operand.bytes).toBe(bytes);
});

test('anything else is refused', () => {
  expect(() => kernelOperand({ dtype: 'I64', bytes: new Uint8Array(8) })).toThrow('I64 cannot be merged');
});
