/** The CPU engine with small tiles, which can be lost as a GPU can, and tells how many tiles it held. */

import { dtypeBytes } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import type { Kernels, Tile } from '../kernels/types.ts';

export interface SmallKernels extends Kernels {
  /** Calls of kernels and loads so far. */
  readonly callCount: () => number;
  readonly liveTiles: () => number;
  readonly mostLiveTiles: () => number;
}

/** @param loseAt the call, from 0, at which the device is lost; every later call fails too. */
export function smallKernels(tileElements: number, loseAt: number = Number.POSITIVE_INFINITY): SmallKernels {
  const cpu = createCpuKernels();
  const live = new Set<Tile>();
  let calls = 0;
  let most = 0;
  const onDevice = async <T>(work: () => Promise<T>): Promise<T> => {
    if (calls++ >= loseAt) throw new GraftError('DeviceLost', 'The device is lost.');
    return work();
  };
  return {
    engine: cpu.engine,
    device: 'small',
    maxTileElements: () => tileElements,
    residentBytes: (dtypes, elementCount) =>
      elementCount * (4 + dtypes.reduce((sum, dtype) => sum + dtypeBytes(dtype), 0)),
    load: (input) =>
      onDevice(async () => {
        const tile = await cpu.load(input);
        const release = tile.release.bind(tile);
        tile.release = () => {
          live.delete(tile);
          release();
        };
        live.add(tile);
        most = Math.max(most, live.size);
        return tile;
      }),
    gram: (...args) => onDevice(() => cpu.gram(...args)),
    groupGram: (...args) => onDevice(() => cpu.groupGram(...args)),
    histograms: (...args) => onDevice(() => cpu.histograms(...args)),
    indexOfMagnitude: (...args) => onDevice(() => cpu.indexOfMagnitude(...args)),
    sums: (...args) => onDevice(() => cpu.sums(...args)),
    overlaps: (...args) => onDevice(() => cpu.overlaps(...args)),
    rowDivergence: (...args) => onDevice(() => cpu.rowDivergence(...args)),
    combine: (...args) => onDevice(() => cpu.combine(...args)),
    consensus: (...args) => onDevice(() => cpu.consensus(...args)),
    pick: (...args) => onDevice(() => cpu.pick(...args)),
    dispose: () => cpu.dispose(),
    callCount: () => calls,
    liveTiles: () => live.size,
    mostLiveTiles: () => most,
  };
}
