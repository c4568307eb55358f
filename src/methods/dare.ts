/** What the documentation of both DARE methods has in common. */

export const DARE_PAPER = {
  title:
    'Language models are super Mario: absorbing abilities from homologous models as a free lunch (Yu et al., 2023)',
  url: 'https://arxiv.org/abs/2311.03099',
};

export const DARE_PARAMETERS = `- \`weight\` (each model, required): usually 0 to 1.
- \`density\` (each model, default 1): the probability that an element is kept, 0 to 1; 0.4 to 0.7 is usual. 1 keeps all.
- \`rescale\` (default true): bring a thinned δₖ back to its L1 norm, \`Σ|δ| / Σ|kept δ|\`; close to the paper's \`1/density\`.
- \`normalize\` (default false): divide the sum by the weights that took part.
- \`lambda\` (default 1): factor on the merged task vector.

\`int8_mask\` (default false) is accepted and has no effect. The mask depends on the recipe's \`seed\`, the model and the tensor alone: the same seed keeps the same elements everywhere.`;
