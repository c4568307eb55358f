import { kernelsConformance } from '../conformance.ts';
import { createCpuKernels } from './cpu-kernels.ts';

kernelsConformance(async () => createCpuKernels());
