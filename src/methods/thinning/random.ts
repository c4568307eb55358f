/** Drops elements at random, each with the same probability (DARE). */

import { keepThreshold } from '../../kernels/shared/philox.ts';
import { densityOf, type Thinning } from './thinning.ts';

export const random: Thinning = {
  parameters: [],
  keep(inputs, operand) {
    const density = densityOf(inputs, operand);
    if (density >= 1) return { kind: 'all' };
    if (density <= 0) return { kind: 'none' };
    const key = inputs.maskKeys[operand] ?? [0, 0];
    return { kind: 'random', key, threshold: keepThreshold(density) };
  },
};
