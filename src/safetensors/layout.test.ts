import { describe, expect, test } from 'vitest';
import { readHeader } from './header.ts';
import { parseIndex } from './index-file.ts';
import { indexJson, layOut, type OutputTensor } from './layout.ts';
import { memorySource } from './memory.test-helper.ts';

const tensor = (name: string, dtype: OutputTensor['dtype'], ...shape: number[]): OutputTensor => ({
  name,
  dtype,
  shape,
});

/** Reads every shard back as a file of zeros with its header. */
async function readBack(tensors: readonly OutputTensor[], maxShardBytes: number) {
  const layout = layOut(tensors, maxShardBytes);
  const headers = await Promise.all(
    layout.shards.map((shard) => {
      const file = new Uint8Array(shard.sizeBytes);
      file.set(shard.headerBytes);
      return readHeader(memorySource(file), shard.path);
    }),
  );
  return { layout, headers };
}

describe('one file', () => {
  test('is named model.safetensors, has no index and reads back as planned', async () => {
    const tensors = [tensor('b', 'BF16', 4, 2), tensor('a', 'F32', 3), tensor('scalar', 'F16')];
    const { layout, headers } = await readBack(tensors, 1000);
    expect(layout.shards.map((shard) => shard.path)).toEqual(['model.safetensors']);
    expect(indexJson(layout, tensors)).toBeNull();
    expect(layout.tensorBytes).toBe(16 + 12 + 2);
    expect(headers[0]?.metadata.get('format')).toBe('pt');
    expect((headers[0]?.dataStart ?? 1) % 8).toBe(0);
    const written = new Map(headers[0]?.tensors.map((entry) => [entry.name, entry]));
    tensors.forEach(({ name, dtype, shape }, index) => {
      const { offset = -1, sizeBytes = -1 } = layout.placements[index] ?? {};
      expect(written.get(name)).toEqual({ name, dtype, shape, start: offset, end: offset + sizeBytes });
    });
  });

  test('keeps the given order where it is aligned', async () => {
    const { headers } = await readBack([tensor('z', 'BF16', 2), tensor('a', 'F32', 1)], 0);
    expect(headers[0]?.tensors.map((entry) => entry.name)).toEqual(['z', 'a']);
  });

  test('puts wide elements first where the given order would misalign them', async () => {
    const { headers } = await readBack(
      [tensor('half', 'F16', 3), tensor('full', 'F32', 1), tensor('i', 'I64', 1)],
      0,
    );
    expect(headers[0]?.tensors.map((entry) => entry.name)).toEqual(['i', 'full', 'half']);
  });

  test('may hold nothing', async () => {
    const { headers } = await readBack([], 100);
    expect(headers.map((header) => header.tensors)).toEqual([[]]);
  });
});

describe('shards', () => {
  test('a tensor that would exceed the limit starts a new one, a larger one stands alone', async () => {
    const tensors = [
      tensor('a', 'F32', 10),
      tensor('b', 'F32', 15),
      tensor('c', 'F32', 1),
      tensor('huge', 'F32', 100),
      tensor('d', 'F32', 5),
    ];
    const { layout, headers } = await readBack(tensors, 100);
    expect(headers.map((header) => header.tensors.map((entry) => entry.name))).toEqual([
      ['a', 'b'],
      ['c'],
      ['huge'],
      ['d'],
    ]);
    expect(layout.shards[0]?.path).toBe('model-00001-of-00004.safetensors');
    expect(layout.placements.map((placement) => placement.shard)).toEqual([0, 0, 1, 2, 3]);
  });

  test('the index lists every tensor, whatever its name', () => {
    const tensors = [tensor('__proto__', 'F32', 2), tensor('7', 'F32', 2), tensor('"\n', 'F32', 2)];
    const layout = layOut(tensors, 8);
    const text = indexJson(layout, tensors) ?? '';
    const map = parseIndex(new TextEncoder().encode(text), 'index');
    expect([...map]).toEqual(tensors.map(({ name }, i) => [name, layout.shards[i]?.path]));
    expect(JSON.parse(text).metadata).toEqual({ total_size: 24 });
  });

  test('two tensors of one name are refused', () => {
    expect(() => layOut([tensor('a', 'F32', 1), tensor('a', 'F32', 1)], 0)).toThrow('twice');
  });
});
