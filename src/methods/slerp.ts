/** Spherical interpolation between two models. */

import { slerpCoefficients } from './angles.ts';
import type { MethodDefinition, TensorInputs } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

/** The ends of the arc need no angle; neither does a tensor that only one model has. */
function operandAtEnd(inputs: TensorInputs): number | null {
  const [other] = mergedOperands(inputs);
  if (inputs.base === null || other === undefined) return inputs.base ?? other ?? 0;
  const t = numberOf(inputs.globalParameters, 't');
  return t === 0 ? inputs.base : t === 1 ? other : null;
}

export const slerp: MethodDefinition = {
  name: 'slerp',
  title: 'SLERP',
  summary: 'A point on the arc between the base model and one other model.',
  documentation: `**SLERP** walks along the arc from the base model a to the other model b instead of the straight line, so that the length of a tensor does not shrink half-way.

With θ the angle between the two flattened tensors: \`y = sin((1−t)θ)/sin θ · a + sin(tθ)/sin θ · b\`. Tensors whose cosine is beyond ±0.9995 are interpolated linearly.

Use it to blend exactly two models of one family.

- \`t\` (required, under \`parameters\` of the recipe or the slice): 0 is the base model, 1 the other. A list spreads over the layers; filters such as \`self_attn\` and \`mlp\` give them their own. Values outside 0 to 1 extrapolate.`,
  paper: {
    title: 'Animating rotation with quaternion curves (Shoemake, 1985)',
    url: 'https://doi.org/10.1145/325334.325242',
  },
  inputs: { base: 'required', min: 1, max: 1 },
  parameters: [
    {
      name: 't',
      scope: 'global',
      type: 'number',
      description: 'Position on the arc: 0 is the base model, 1 the other model. Usually 0 to 1.',
    },
  ],
  readsTwice: (inputs) => operandAtEnd(inputs) === null,
  async merge(math, inputs) {
    const end = operandAtEnd(inputs);
    if (end !== null) return { kind: 'copy', operand: end };
    const gram = await math.gram(null);
    const a = inputs.base ?? 0;
    const b = 1 - a;
    const product = (row: number, column: number): number => gram[row * 2 + column] ?? 0;
    const [ofBase, ofOther] = slerpCoefficients(
      { aa: product(a, a), bb: product(b, b), ab: product(a, b) },
      numberOf(inputs.globalParameters, 't'),
    );
    return { kind: 'combine', coefficients: a === 0 ? [ofBase, ofOther] : [ofOther, ofBase], base: null };
  },
};
