/** consensus.wgsl. */

import type { OutputDtype } from '../../base/dtype.ts';
import { dividesPerElement, listsShares, mixFactor, shareTable } from '../shared/factors.ts';
import type { ConsensusSpec } from '../types.ts';
import { elementsOf, rowBytes, rowWorkgroups } from './output.ts';
import { prepareRules, rulesParams } from './rules.ts';
import type { GpuSession } from './session.ts';
import type { GpuTile } from './tile.ts';
import { DTYPE_CODES } from './words.ts';

export async function consensus(
  session: GpuSession,
  tile: GpuTile,
  spec: ConsensusSpec,
  out: OutputDtype,
): Promise<Uint8Array<ArrayBuffer>> {
  const rules = await prepareRules(session, tile, spec.base, spec.rules);
  const params = rulesParams(tile, spec.base, rules, {
    dtype: DTYPE_CODES[out],
    signVote: spec.signVote,
    factor: mixFactor(spec),
    leastDivisor: spec.leastDivisor ?? 0,
    shares: listsShares(spec) ? shareTable(spec) : [],
  });
  const divides = dividesPerElement(spec);
  const result = await session.run({
    tile,
    steps: [
      {
        kernel: divides && !listsShares(spec) ? 'consensusOfMany' : 'consensus',
        constants: { ...rules.constants, normalize: divides },
        params,
        workgroups: rowWorkgroups(tile.elementCount),
      },
    ],
    resultBytes: rowBytes(tile.elementCount, out),
  });
  return elementsOf(result, tile.elementCount, out);
}
