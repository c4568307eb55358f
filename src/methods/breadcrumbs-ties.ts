/** Breadcrumbs, then the sign vote of TIES. */

import { BREADCRUMBS_PAPER, BREADCRUMBS_PARAMETERS } from './breadcrumbs.ts';
import { deltaMerge } from './delta-merge.ts';
import { middle } from './thinning/middle.ts';

export const breadcrumbsTies = deltaMerge({
  name: 'breadcrumbs_ties',
  title: 'Breadcrumbs TIES',
  summary:
    'Leaves out the largest and the smallest changes of each fine-tune, and adds what agrees in sign to the base.',
  documentation: `**Breadcrumbs TIES** keeps the middle of each task vector δₖ = xₖ − base, without outliers and noise, elects a sign per element (that of \`Σ wₖ·mₖ·δₖ\`, plus when it is 0), and adds only what agrees: \`y = base + λ·Σ wₖ·mₖ·δₖ\`.

Use it for many fine-tunes of one base whose changes disagree.

${BREADCRUMBS_PARAMETERS}`,
  paper: BREADCRUMBS_PAPER,
  thinning: middle,
  signVote: true,
  normalizeByDefault: false,
  rescaleByDefault: false,
});
