/** Engines as command lines list them. */

import { GraftError } from '../../src/base/errors.ts';
import type { EngineKind } from '../../src/kernels/types.ts';

/** `cpu,gpu`. Throws `InvalidUsage` for any other name, so that no engine is measured in place of another. */
export function enginesOf(list: string): EngineKind[] {
  return list.split(',').map((name) => {
    if (name === 'cpu' || name === 'gpu') return name;
    throw new GraftError(
      'InvalidUsage',
      `--engines takes cpu and gpu, with a comma between; "${name}" is none.`,
    );
  });
}
