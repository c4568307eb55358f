/** The right column: what a merge changes, layer by layer. */

import { Grid3x3 } from 'lucide-react';
import { Panel } from '../layout/panel.tsx';

export function InspectPanel() {
  return (
    <Panel id="inspect" title="Inspect">
      <div className="empty">
        <Grid3x3 aria-hidden="true" />
        <strong>Nothing to inspect here yet</strong>
        <p>
          This version checks, merges and saves. Layer statistics of models and merges are not part of it; the
          run’s log and the model cards say what is known.
        </p>
      </div>
    </Panel>
  );
}
