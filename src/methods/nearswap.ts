/** The other model's values where they are close to the base's. */

import type { MethodDefinition } from './types.ts';
import { mergedOperands, numberOf } from './values.ts';

export const nearswap: MethodDefinition = {
  name: 'nearswap',
  title: 'NearSwap',
  summary:
    'Takes over the values of a second model where they are close to the base, and little where they are far.',
  documentation: `**NearSwap** moves every element towards the second model b by at most \`t\`: \`y = w·b + (1−w)·base\` with w = min(1, t / max(|b − base|, 1e-6)).

Use it to add the flavour of a second model with small, even steps.

- \`t\` (required, under \`parameters\` of the recipe or the slice): the largest change of an element, 0 or more, in the units of the weights; 0.0001 to 0.01 is usual.`,
  paper: {
    title: 'QuartetAnemoi-70B-t0.0001 (alchemonaut, 2024)',
    url: 'https://huggingface.co/alchemonaut/QuartetAnemoi-70B-t0.0001',
  },
  inputs: { base: 'required', min: 1, max: 1 },
  parameters: [
    {
      name: 't',
      scope: 'global',
      type: 'number',
      minimum: 0,
      description: 'Largest change of an element, in the units of the weights. Usually 0.0001 to 0.01.',
    },
  ],
  readsTwice: () => false,
  async merge(_math, inputs) {
    const { base } = inputs;
    const [operand] = mergedOperands(inputs);
    if (base === null || operand === undefined) return { kind: 'copy', operand: base ?? operand ?? 0 };
    const t = numberOf(inputs.globalParameters, 't');
    if (t === 0) return { kind: 'copy', operand: base };
    return { kind: 'pick', pick: { kind: 'near', base, operand, t } };
  },
};
