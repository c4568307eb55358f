/** Task vectors without their outliers and their smallest changes. */

import { deltaMerge } from './delta-merge.ts';
import { middle } from './thinning/middle.ts';

export const BREADCRUMBS_PAPER = {
  title:
    'Model breadcrumbs: scaling multi-task model merging with sparse masks (Davari and Belilovsky, 2023)',
  url: 'https://arxiv.org/abs/2312.06795',
};

/** What the documentation of both breadcrumbs methods has in common. */
export const BREADCRUMBS_PARAMETERS = `- \`weight\` (each model, required): usually 0 to 1.
- \`density\` (each model, default 1): share kept, 0 to 1; 0.7 to 0.95 is usual. 1 keeps all, outliers included.
- \`gamma\` (each model, default 0.01): share with the largest changes that is left out, 0 to 1; never more than \`1 − density\`. What else \`density\` leaves out are the smallest changes.
- \`lambda\` (default 1): factor on the merged task vector.
- \`normalize\` (default false): divide the sum by the weights that took part.
- \`rescale\` (default false): bring a thinned δₖ back to its L1 norm.

Where \`gamma\` is less than one element of a tensor, none is left out at the top (mergekit 0.1.4 drops the whole task vector then). \`int8_mask\` (default false) is accepted and has no effect.`;

export const breadcrumbs = deltaMerge({
  name: 'breadcrumbs',
  title: 'Breadcrumbs',
  summary: 'Leaves out the largest and the smallest changes of each fine-tune and adds the rest to the base.',
  documentation: `**Model Breadcrumbs** keeps the middle of each task vector δₖ = xₖ − base: \`y = base + λ·Σ wₖ·mₖ·δₖ\`, where mₖ leaves out the \`trunc(gamma·n)\` elements of largest magnitude (outliers) and as many of the smallest (noise) as \`density\` wants; of equal ones the first count as larger.

Use it for many fine-tunes of one base, where a few extreme weights would dominate the sum.

${BREADCRUMBS_PARAMETERS}`,
  paper: BREADCRUMBS_PAPER,
  thinning: middle,
  signVote: false,
  normalizeByDefault: false,
  rescaleByDefault: false,
});
