/** Random thinning of task vectors, then task arithmetic. */

import { DARE_PAPER, DARE_PARAMETERS } from './dare.ts';
import { deltaMerge } from './delta-merge.ts';
import { random } from './thinning/random.ts';

export const dareLinear = deltaMerge({
  name: 'dare_linear',
  title: 'DARE linear',
  summary: 'Drops a random part of what each fine-tune changed, rescales the rest, and adds it to the base.',
  documentation: `**DARE linear** drops elements of each task vector δₖ = xₖ − base at random, rescales the rest, and adds them: \`y = base + λ·Σ wₖ·rₖ·mₖ·δₖ\`, where mₖ keeps an element with probability \`density\` and rₖ restores the L1 norm.

Use it for fine-tunes of one base with many small changes, most of which are redundant.

${DARE_PARAMETERS}`,
  paper: DARE_PAPER,
  thinning: random,
  signVote: false,
  normalizeByDefault: false,
  rescaleByDefault: true,
});
