/** Random thinning that spares the larger changes of each row, then task arithmetic. */

import { DELLA_MASK, DELLA_PAPER, dellaParameters } from './della.ts';
import { deltaMerge } from './delta-merge.ts';
import { ranked } from './thinning/ranked.ts';

export const dellaLinear = deltaMerge({
  name: 'della_linear',
  title: 'DELLA linear',
  summary:
    'Drops a random part of each fine-tune, small changes first, rescales the rest, and adds it to the base.',
  documentation: `**DELLA linear** drops elements of each task vector δₖ = xₖ − base at random, the smaller ones of a row more often, rescales the rest, and adds them: \`y = base + λ·Σ wₖ·rₖ·mₖ·δₖ\`.

${DELLA_MASK}

Use it like DARE linear, where large changes matter more than small ones.

${dellaParameters(false)}`,
  paper: DELLA_PAPER,
  thinning: ranked,
  signVote: false,
  normalizeByDefault: false,
  rescaleByDefault: true,
});
