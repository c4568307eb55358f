/** One model's tensors as they are: layer stacking, pruning and block expansion. */

import type { MethodDefinition, TensorInputs } from './types.ts';

function scaleOf(inputs: TensorInputs): number {
  return inputs.modelParameters[0]?.scale ?? 1;
}

export const passthrough: MethodDefinition = {
  name: 'passthrough',
  title: 'Passthrough',
  summary: 'Tensors copied from one model per slice: stack, repeat or drop layers.',
  documentation: `**Passthrough** copies each slice from its one source: \`y = x\`, or \`y = scale·x\`.

Use it with \`slices\` to stack layers of several models ("frankenmerge"), to repeat or leave out layers, or to expand a model by blocks that start as the identity: repeat a layer with \`scale\` 0 for \`o_proj\` and \`down_proj\`, then train it.

- \`scale\` (each source, optional): factor on every element. Absent: the bytes are copied unchanged.

Each slice has exactly one source, and there is no \`base_model\`.`,
  paper: {
    title: 'LLaMA Pro: progressive LLaMA with block expansion (Wu et al., 2024)',
    url: 'https://arxiv.org/abs/2401.02415',
  },
  inputs: { base: 'forbidden', min: 1, max: 1 },
  parameters: [
    {
      name: 'scale',
      scope: 'model',
      type: 'number',
      default: null,
      description: 'Factor on every element, often with a filter. Absent or 1 copies the bytes unchanged.',
    },
  ],
  copies: (inputs) => scaleOf(inputs) === 1,
  readsTwice: () => false,
  async merge(_math, inputs) {
    const scale = scaleOf(inputs);
    if (scale === 1) return { kind: 'copy', operand: 0 };
    return { kind: 'combine', coefficients: [scale], base: null };
  },
};
