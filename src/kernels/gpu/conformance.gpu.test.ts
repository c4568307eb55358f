import { afterAll, expect } from 'vitest';
import { kernelsConformance } from '../conformance.ts';
import { requestGpuDevice } from './device.ts';
import { createGpuKernels } from './gpu-kernels.ts';

const complaints: string[] = [];

kernelsConformance(async () => {
  const device = await requestGpuDevice();
  device.addEventListener('uncapturederror', ({ error }) => complaints.push(error.message));
  return createGpuKernels({ device });
});

afterAll(() => expect(complaints).toEqual([]));
