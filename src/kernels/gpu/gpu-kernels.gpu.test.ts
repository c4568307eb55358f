import { describe, expect, test } from 'vitest';
import type { GraftError } from '../../base/errors.ts';
import { weightsLike } from '../test-tensors.ts';
import type { Kernels, Tile } from '../types.ts';
import { requestGpuDevice } from './device.ts';
import { createGpuKernels } from './gpu-kernels.ts';
import { compilePipeline } from './pipelines.ts';

const MEAN = { coefficients: [0.5, 0.5], base: null } as const;

async function loadedTile(kernels: Kernels): Promise<Tile> {
  const operands = [weightsLike('BF16', 4096, 1), weightsLike('BF16', 4096, 2)];
  return kernels.load({ firstIndex: 0, elementCount: 4096, operands });
}

describe('a lost device', () => {
  test('rejects calls in flight and later ones with DeviceLost', async () => {
    const device = await requestGpuDevice();
    const kernels = await createGpuKernels({ device });
    const tile = await loadedTile(kernels);
    await kernels.combine(tile, MEAN, 'BF16');
    const calls = [
      kernels.combine(tile, MEAN, 'BF16'),
      kernels.gram(tile, null),
      kernels.histograms(tile, [{ score: { kind: 'delta', operand: 0, base: 1 }, pass: 0, prefix: 0 }]),
    ];
    device.destroy();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(tagOf)).toEqual(['DeviceLost', 'DeviceLost', 'DeviceLost']);
    await expect(kernels.combine(tile, MEAN, 'BF16')).rejects.toMatchObject({ tag: 'DeviceLost' });
    await expect(loadedTile(kernels)).rejects.toMatchObject({ tag: 'DeviceLost' });
    tile.release();
    kernels.dispose();
  });

  test('a new engine merges the same tile to the same bytes', async () => {
    const results: Uint8Array[] = [];
    for (let round = 0; round < 2; round++) {
      const device = await requestGpuDevice();
      const kernels = await createGpuKernels({ device });
      results.push(await kernels.combine(await loadedTile(kernels), MEAN, 'BF16'));
      device.destroy();
    }
    expect(results[1]).toEqual(results[0]);
  });
});

describe('a disposed engine', () => {
  test('rejects calls in flight with Cancelled', async () => {
    const kernels = await createGpuKernels();
    const tile = await loadedTile(kernels);
    const call = kernels.combine(tile, MEAN, 'BF16');
    kernels.dispose();
    await expect(call).rejects.toMatchObject({ tag: 'Cancelled' });
  });
});

describe('a tile released while a call is on its way', () => {
  test('still gives that call its result, even when its memory is wanted at once', async () => {
    const kernels = await createGpuKernels();
    const first = await loadedTile(kernels);
    const expected = await kernels.combine(first, MEAN, 'BF16');
    const call = kernels.combine(first, MEAN, 'BF16');
    first.release();
    const other = await kernels.load({
      firstIndex: 0,
      elementCount: 4096,
      operands: [weightsLike('BF16', 4096, 8), weightsLike('BF16', 4096, 9)],
    });
    expect(await call).toEqual(expected);
    expect(await kernels.combine(other, MEAN, 'BF16')).not.toEqual(expected);
    kernels.dispose();
  });
});

describe('a shader that does not compile', () => {
  test('is a ShaderInvalid that names the file, the line and the reason', async () => {
    const device = await requestGpuDevice();
    const layout = device.createPipelineLayout({ bindGroupLayouts: [] });
    const chunks = [
      { file: 'lib/good.wgsl', text: 'fn one() -> u32 {\n  return 1u;\n}' },
      { file: 'bad.wgsl', text: '@compute @workgroup_size(1)\nfn main() {\n  let x = two();\n}' },
    ];
    await expect(compilePipeline(device, layout, 'bad', chunks, {})).rejects.toMatchObject({
      tag: 'ShaderInvalid',
      where: 'bad.wgsl:3',
      message: expect.stringContaining('two'),
    });
    device.destroy();
  });
});

describe('the default limits', () => {
  test('hold a tile of the largest size, inputs and output', async () => {
    const device = await requestGpuDevice();
    const kernels = await createGpuKernels({ device });
    for (const count of [1, 3, 8, 100]) {
      const most = kernels.maxTileElements(Array<'F32'>(count).fill('F32'), 'F32');
      expect(most * 4 * count).toBeLessThanOrEqual(128 * 1024 * 1024);
      expect(most * 4).toBeLessThanOrEqual(32 * 1024 * 1024);
    }
    kernels.dispose();
    device.destroy();
  });
});

function tagOf(outcome: PromiseSettledResult<unknown>): string {
  return outcome.status === 'rejected' ? (outcome.reason as GraftError).tag : 'fulfilled';
}
