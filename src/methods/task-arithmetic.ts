/** Task vectors added to the base as they are. */

import { deltaMerge } from './delta-merge.ts';

export const taskArithmetic = deltaMerge({
  name: 'task_arithmetic',
  title: 'Task arithmetic',
  summary: 'Adds what each fine-tune changed, with a weight, to the base model.',
  documentation: `**Task arithmetic** adds weighted task vectors to the base: \`y = base + λ·Σ wₖ·(xₖ − base)\`.

Use it for fine-tunes of one base: add skills, take one away with a negative weight, or transfer by analogy (\`+1\`, \`+1\`, \`−1\`).

- \`weight\` (each model, required): usually 0 to 1; the sum is often kept near 1.
- \`lambda\` (default 1): factor on the whole sum.
- \`normalize\` (default false): divide the sum by \`Σ wₖ\`.

\`density\` (default 1), \`rescale\` (default false) and \`int8_mask\` (default false) are accepted and have no effect here.`,
  paper: {
    title: 'Editing models with task arithmetic (Ilharco et al., 2022)',
    url: 'https://arxiv.org/abs/2212.04089',
  },
  thinning: null,
  signVote: false,
  normalizeByDefault: false,
  rescaleByDefault: false,
});
