/** What the merge will cost, before the first weight byte moves. */

import { Download, HardDrive, MemoryStick, TriangleAlert } from 'lucide-react';
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { formatBytes, formatCount } from '../../base/units.ts';
import type { CostReport } from '../../engine/protocol.ts';
import { useGraft } from '../context.ts';
import { Callout } from '../controls/callout.tsx';
import { Figures } from '../controls/figures.tsx';

export function CostChip() {
  const cost = useGraft((state) => state.check.report?.cost ?? null);
  if (cost === null) return null;
  const fetched = formatBytes(cost.fetchBytes);
  const written = formatBytes(cost.writeBytes);
  const memory = formatBytes(cost.memoryBytes);
  const full = cost.storageFits === false;
  return (
    <DialogTrigger>
      <AriaButton
        className="chip cost"
        aria-label={`Cost: download ${fetched}, write ${written}, memory ${memory}${full ? ', does not fit the storage' : ''}`}
      >
        {full ? <TriangleAlert className="tone-bad" /> : null}
        <span className="cost-part">
          <Download aria-hidden="true" /> {fetched}
        </span>
        <span className="cost-part">
          <HardDrive aria-hidden="true" /> {written}
        </span>
        <span className="cost-part cost-memory">
          <MemoryStick aria-hidden="true" /> {memory}
        </span>
      </AriaButton>
      <Popover className="popover" offset={6} containerPadding={8}>
        <Dialog className="cost-details" aria-label="Cost of the merge">
          <CostDetails cost={cost} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function CostDetails({ cost }: { readonly cost: CostReport }) {
  const rows: readonly (readonly [string, string])[] = [
    ['To download', formatBytes(cost.fetchBytes)],
    ['To write', formatBytes(cost.writeBytes)],
    ...(cost.spoolBytes > 0 ? ([['Scratch space', formatBytes(cost.spoolBytes)]] as const) : []),
    ['Memory at most', formatBytes(cost.memoryBytes)],
    ['Parameters', formatCount(cost.parameterCount)],
    ['Layers', String(cost.layerCount)],
    ['Tensors', String(cost.tensorCount)],
    ['Weight files', String(cost.shardCount)],
  ];
  return (
    <>
      <Figures rows={rows} />
      {cost.storageFits === false ? (
        <Callout tone="bad">
          The browser grants less storage than this merge writes. Free disk space, or remove finished runs.
        </Callout>
      ) : cost.storageFits === null ? (
        <Callout tone="info">This browser does not tell how much it can store.</Callout>
      ) : null}
    </>
  );
}
