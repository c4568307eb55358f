import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DTYPE_BITS, type Dtype } from '../base/dtype.ts';
import { isGraftError } from '../base/errors.ts';
import { parseHeader, type SafetensorsHeader } from './header.ts';
import { layOut } from './layout.ts';

const outputTensors = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__'),
    dtype: fc.constantFrom(
      ...(Object.keys(DTYPE_BITS) as Dtype[]).filter((dtype) => DTYPE_BITS[dtype] % 8 === 0),
    ),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
  }),
  { selector: (tensor) => tensor.name, maxLength: 12 },
);

/** Fragments that turn one valid header into another kind of text. */
const fragment = fc.constantFrom(
  ...[
    '0',
    '1',
    '9007199254740993',
    '-1',
    '1.0',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '\\ud800',
    'null',
    '"a"',
  ],
  ...['__metadata__', 'dtype', 'data_offsets', 'shape', ' ', '\u0000', '\ufeff', '\u00e9'],
);

function expectSound(header: SafetensorsHeader, fileSizeBytes: number): void {
  let cursor = header.dataStart;
  for (const tensor of header.tensors) {
    expect(tensor.start).toBe(cursor);
    const elements = tensor.shape.reduce((product, axis) => product * axis, 1);
    expect((tensor.end - tensor.start) * 8).toBe(elements * DTYPE_BITS[tensor.dtype]);
    cursor = tensor.end;
  }
  expect(cursor).toBe(fileSizeBytes);
}

/** Parses; anything that is refused must be refused with the typed error. */
function parseOrRefuse(json: Uint8Array, fileSizeBytes: number): void {
  try {
    expectSound(parseHeader(json, fileSizeBytes, 'fuzz'), fileSizeBytes);
  } catch (error) {
    if (!isGraftError(error, 'InvalidFile')) throw error;
  }
}

test('what layOut writes, parseHeader reads: same tensors at the planned places', () => {
  fc.assert(
    fc.property(outputTensors, fc.integer({ min: 1, max: 400 }), (tensors, maxShardBytes) => {
      const layout = layOut(tensors, maxShardBytes);
      const headers = layout.shards.map((shard) =>
        parseHeader(shard.headerBytes.subarray(8), shard.sizeBytes, shard.path),
      );
      tensors.forEach((tensor, index) => {
        const placement = layout.placements[index];
        const read = headers[placement?.shard ?? -1]?.tensors.find((entry) => entry.name === tensor.name);
        expect(read).toEqual({
          ...tensor,
          start: placement?.offset,
          end: (placement?.offset ?? 0) + (placement?.sizeBytes ?? 0),
        });
        expect((placement?.offset ?? 1) % (DTYPE_BITS[tensor.dtype] / 8)).toBe(0);
      });
      expect(headers.flatMap((header) => header.tensors)).toHaveLength(tensors.length);
    }),
  );
});

test('a header with pieces replaced is refused or still covers the file exactly', () => {
  fc.assert(
    fc.property(
      outputTensors,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), fragment), { minLength: 1, maxLength: 4 }),
      (tensors, edits) => {
        const [shard] = layOut(tensors, 0).shards;
        if (shard === undefined) throw new Error('no shard');
        let text = new TextDecoder().decode(shard.headerBytes.subarray(8));
        for (const [at, drop, insert] of edits) {
          const cut = at % text.length;
          text = text.slice(0, cut) + insert + text.slice(cut + drop);
        }
        const json = new TextEncoder().encode(text);
        parseOrRefuse(json, shard.sizeBytes - shard.headerBytes.length + 8 + json.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test('any bytes are refused with the typed error or read soundly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 400 }), (json, size) =>
      parseOrRefuse(json, size),
    ),
    { numRuns: 1000 },
  );
});
