import { expect, test } from 'vitest';
import { measureEngine } from './benchmark.ts';
import { createCpuKernels } from './cpu/cpu-kernels.ts';
import { selfTest } from './self-test.ts';
import type { Kernels } from './types.ts';

/** The CPU engine with one kernel broken. */
function broken(part: Partial<Kernels>): Kernels {
  const sound = createCpuKernels();
  return new Proxy(sound, {
    get: (target, key) =>
      part[key as keyof Kernels] ?? Reflect.get(target, key).bind?.(target) ?? Reflect.get(target, key),
  });
}

test('an exact engine passes', async () => {
  await expect(selfTest(createCpuKernels(), 'basics')).resolves.toBeUndefined();
  await expect(selfTest(createCpuKernels(), 'rows')).resolves.toBeUndefined();
});

test('one wrong bit anywhere fails, and the check that failed is named', async () => {
  const sound = createCpuKernels();
  const lossy = broken({
    device: 'Lossy 3000',
    combine: async (tile, spec, out) => {
      const bytes = await sound.combine(tile, spec, out);
      if (out === 'F32') bytes[4] = (bytes[4] ?? 0) ^ 1;
      return bytes;
    },
  });
  await expect(selfTest(lossy, 'basics')).rejects.toMatchObject({
    tag: 'GpuUnavailable',
    message: 'Lossy 3000 fails the start-up check: converting all F16 to F32 is not exact.',
  });
  const deaf = broken({ gram: async () => new Float64Array(1) });
  await expect(selfTest(deaf, 'basics')).rejects.toMatchObject({
    message: expect.stringContaining('summing products'),
  });
  const level = broken({ rowDivergence: async () => new Float64Array(2) });
  await expect(selfTest(level, 'rows')).rejects.toMatchObject({
    message: expect.stringContaining('divergence of rows'),
  });
});

test('the benchmark counts elements per second', async () => {
  const speed = await measureEngine(createCpuKernels());
  expect(speed).toBeGreaterThan(1e5);
  expect(Number.isFinite(speed)).toBe(true);
});
