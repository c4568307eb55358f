/** Random thinning of task vectors, then the sign vote of TIES. */

import { DARE_PAPER, DARE_PARAMETERS } from './dare.ts';
import { deltaMerge } from './delta-merge.ts';
import { random } from './thinning/random.ts';

export const dareTies = deltaMerge({
  name: 'dare_ties',
  title: 'DARE TIES',
  summary:
    'Drops a random part of each fine-tune, rescales the rest, and adds what agrees in sign to the base.',
  documentation: `**DARE TIES** drops elements of each task vector δₖ = xₖ − base at random, rescales the rest, elects a sign per element (that of \`Σ wₖ·rₖ·mₖ·δₖ\`, plus when it is 0), and adds only what agrees: \`y = base + λ·Σ wₖ·rₖ·mₖ·δₖ\`.

Use it for several fine-tunes of one base; the most used method for merging many.

${DARE_PARAMETERS}`,
  paper: DARE_PAPER,
  thinning: random,
  signVote: true,
  normalizeByDefault: false,
  rescaleByDefault: true,
});
