import { expect, test } from 'vitest';
import { DTYPE_BITS, type InputDtype } from '../base/dtype.ts';
import { decodeBits } from '../kernels/reference.ts';
import { layOut, type OutputTensor } from '../safetensors/layout.ts';
import type { LocalModel } from '../sources/types.ts';
import { kernelOperand } from './kernel-operand.ts';
import { planLocals, runInMemory } from './memory-run.test-helper.ts';
import { smallKernels } from './small-kernels.test-helper.ts';

/** Odd sizes in front, so that the F64 tensors of these models lie at odd offsets of what is fetched. */
const COUNTS = [3, 20_001, 5];
const CONFIG = JSON.stringify({ model_type: 'llama', torch_dtype: 'bfloat16' });

interface Made {
  readonly local: LocalModel;
  readonly bytes: readonly Uint8Array[];
}

/** A model of three tensors in `dtype`, with any bits that are not NaN. */
function made(name: string, dtype: InputDtype): Made {
  const tensors = COUNTS.map((count, i): OutputTensor => ({ name: `t${i}`, dtype, shape: [count] }));
  const { shards, placements } = layOut(tensors, 0);
  const file = new Uint8Array(shards[0]?.sizeBytes ?? 0);
  file.set(shards[0]?.headerBytes ?? []);
  const bytes = placements.map(({ offset, sizeBytes }) => {
    const part = file.subarray(offset, offset + sizeBytes);
    const width = DTYPE_BITS[dtype] / 8;
    for (let i = 0; i < sizeBytes; i++) part[i] = (i * 89 + (i >> 5)) % (width === 1 ? 120 : 256);
    // Exponents near 0 for the wider types.
    if (width === 8) for (let i = 6; i < sizeBytes; i += 8) part.set([0xe7, i % 16 < 8 ? 0x3f : 0xbf], i);
    if (width === 2) for (let i = 1; i < sizeBytes; i += 2) part[i] = 0x3f;
    return part.slice();
  });
  const asFile = (path: string, content: BlobPart) => ({ path, file: new File([content], path) });
  const files = [asFile('config.json', CONFIG), asFile('model.safetensors', file)];
  return { local: { name, content: { kind: 'files', files } }, bytes };
}

function valuesOf(dtype: InputDtype, bytes: Uint8Array): number[] {
  const operand = kernelOperand({ dtype, bytes });
  const view = new DataView(operand.bytes.buffer, operand.bytes.byteOffset);
  const width = DTYPE_BITS[operand.dtype] / 8;
  return Array.from({ length: operand.bytes.byteLength / width }, (_, i) =>
    decodeBits(width === 4 ? view.getUint32(i * 4, true) : view.getUint16(i * 2, true), operand.dtype),
  );
}

const STORED = ['F64', 'F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const;

test.each(STORED)('%s is merged with BF16, whole and in tiles', async (dtype) => {
  const a = made('a', dtype);
  const b = made('b', 'BF16');
  const text = `merge_method: linear
parameters: { normalize: false }
models:
  - { model: a, parameters: { weight: 0.5 } }
  - { model: b, parameters: { weight: 0.25 } }
dtype: float32
`;
  const planned = await planLocals(text, [a.local, b.local]);
  const { shards } = await runInMemory(planned);
  const tiled = await runInMemory(planned, { kernels: smallKernels(4096), budgetBytes: 300_000 });
  expect(tiled.units.map(({ kind }) => kind)).toContain('tile');
  expect(tiled.shards).toEqual(shards);
  const [output] = shards.values();
  for (const { name, offset, sizeBytes } of planned.plan.tensors) {
    const i = Number(name.slice(1));
    const merged = new Float32Array((output ?? new Uint8Array()).slice(offset, offset + sizeBytes).buffer);
    const right = valuesOf('BF16', b.bytes[i] ?? new Uint8Array());
    const expected = valuesOf(dtype, a.bytes[i] ?? new Uint8Array()).map(
      (value, at) => 0.5 * value + 0.25 * (right[at] ?? 0),
    );
    expect(merged).toEqual(Float32Array.from(expected));
  }
});

test.each(STORED)('%s passes through as it is, and is converted on request', async (dtype) => {
  const { local, bytes } = made('a', dtype);
  const text = 'merge_method: passthrough\nmodels: [{ model: a }]\n';
  const kept = await planLocals(text, [local]);
  const { shards } = await runInMemory(kept);
  for (const tensor of kept.plan.tensors) {
    expect(tensor.dtype).toBe(dtype);
    const [output] = shards.values();
    const written = output?.subarray(tensor.offset, tensor.offset + tensor.sizeBytes);
    expect(written).toEqual(bytes[Number(tensor.name.slice(1))]);
  }
  const converted = await planLocals(`${text}dtype: float32\n`, [local]);
  const single = await runInMemory(converted);
  for (const { name, offset, sizeBytes } of converted.plan.tensors) {
    const [output] = single.shards.values();
    const written = new Float32Array((output ?? new Uint8Array()).slice(offset, offset + sizeBytes).buffer);
    const expected = valuesOf(dtype, bytes[Number(name.slice(1))] ?? new Uint8Array());
    expect(written).toEqual(Float32Array.from(expected));
  }
});
