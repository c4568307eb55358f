import { expect, test } from 'vitest';
import { measureEngine } from '../benchmark.ts';
import { selfTest } from '../self-test.ts';
import { createGpuKernels } from './gpu-kernels.ts';

test('the device passes the start-up check and can be measured', async () => {
  const kernels = await createGpuKernels();
  await selfTest(kernels, 'basics');
  await selfTest(kernels, 'rows');
  expect(await measureEngine(kernels)).toBeGreaterThan(0);
  expect(kernels.device).not.toBe('');
  kernels.dispose();
});
