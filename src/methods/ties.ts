/** Trim, elect sign, merge. */

import { deltaMerge } from './delta-merge.ts';
import { largest } from './thinning/largest.ts';

export const ties = deltaMerge({
  name: 'ties',
  title: 'TIES',
  summary:
    'Keeps the largest changes of each fine-tune, lets their signs vote, and averages those that agree.',
  documentation: `**TIES** trims each task vector δₖ = xₖ − base to its largest elements, elects a sign per element, and merges what agrees with it.

1. keep the \`trunc(density·n)\` elements of δₖ with the largest magnitude; of equal ones the first
2. sign per element: that of \`Σ wₖ·δₖ\`, plus when it is 0
3. \`y = base + λ·Σ wₖ·δₖ / Σ wₖ\` over the models whose δₖ has that sign (the division only with \`normalize\`)

Use it for several fine-tunes of one base whose changes disagree.

- \`weight\` (each model, required): usually 0 to 1.
- \`density\` (each model, default 1): share kept, above 0 up to 1; 0.2 to 0.7 is usual. 1 keeps all.
- \`normalize\` (default true): divide by the weights that took part.
- \`lambda\` (default 1): factor on the merged task vector.
- \`rescale\` (default false): bring a trimmed δₖ back to its L1 norm.

\`int8_mask\` (default false) is accepted and has no effect.`,
  paper: {
    title: 'TIES-Merging: resolving interference when merging models (Yadav et al., 2023)',
    url: 'https://arxiv.org/abs/2306.01708',
  },
  thinning: largest,
  signVote: true,
  normalizeByDefault: true,
  rescaleByDefault: false,
});
