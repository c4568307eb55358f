/** Random thinning that spares the larger changes of each row, then the sign vote of TIES. */

import { deltaMerge } from './delta-merge.ts';
import { ranked } from './thinning/ranked.ts';

export const DELLA_PAPER = {
  title:
    'DELLA-Merging: reducing interference in model merging through magnitude-based sampling (Deep et al., 2024)',
  url: 'https://arxiv.org/abs/2406.11617',
};

/** What the documentation of both DELLA methods has in common. */
export const DELLA_MASK = `In a row of m elements the one of rank r by magnitude (0 the smallest) is kept with probability \`density − epsilon + 2·epsilon·r/(m − 1)\`. A row runs along the last axis; with four axes or more it is all that follows the first (a filter). A row of one is kept with probability \`density\`.`;

/** @param normalize the method's default */
export function dellaParameters(normalize: boolean): string {
  return `- \`weight\` (each model, required): usually 0 to 1.
- \`density\` (each model, default 1): mean probability that an element is kept; 0.3 to 0.7 is usual. 1 keeps all, 0 none.
- \`epsilon\` (each model, default 0.15): 0 to 0.5, with \`density − epsilon\` above 0 and \`density + epsilon\` below 1. 0 is DARE.
- \`rescale\` (default true): bring a thinned δₖ back to its L1 norm, \`Σ|δ| / Σ|kept δ|\` over the tensor.
- \`normalize\` (default ${normalize}): divide the sum by the weights that took part.
- \`lambda\` (default 1): factor on the merged task vector.

\`int8_mask\` (default false) is accepted and has no effect. The mask depends on the recipe's \`seed\`, the model and the tensor alone: the same seed keeps the same elements everywhere.`;
}

export const della = deltaMerge({
  name: 'della',
  title: 'DELLA',
  summary:
    'Drops a random part of each fine-tune, small changes first, rescales the rest, and merges what agrees in sign.',
  documentation: `**DELLA** drops elements of each task vector δₖ = xₖ − base at random, the smaller ones of a row more often, rescales the rest, elects a sign per element (that of \`Σ wₖ·rₖ·mₖ·δₖ\`, plus when it is 0), and merges what agrees with it: \`y = base + λ·Σ wₖ·rₖ·mₖ·δₖ / Σ wₖ\` (the division only with \`normalize\`).

${DELLA_MASK}

Use it like DARE TIES, where large changes matter more than small ones.

${dellaParameters(true)}`,
  paper: DELLA_PAPER,
  thinning: ranked,
  signVote: true,
  normalizeByDefault: true,
  rescaleByDefault: true,
});
