/** The parameters that all methods on task vectors have, with each one's own defaults. */

import type { Thinning } from './thinning/thinning.ts';
import type { ParameterDefinition } from './types.ts';

/** A setting of mergekit that says how masks are held in memory. */
export const INT8_MASK: ParameterDefinition = {
  name: 'int8_mask',
  scope: 'global',
  type: 'boolean',
  default: 0,
  description: 'Memory setting of mergekit; it never changes the result.',
  unused: true,
};

/** @param traits.thinning null where density and rescale are accepted without effect */
export function familyParameters(traits: {
  readonly thinning: Thinning | null;
  readonly normalizeByDefault: boolean;
  readonly rescaleByDefault: boolean;
}): ParameterDefinition[] {
  const withoutThinning = traits.thinning === null ? { unused: true } : {};
  return [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      description:
        "Factor on the model's task vector. Usually 0 to 1; a negative value takes the task away again.",
    },
    {
      name: 'density',
      scope: 'model',
      type: 'number',
      default: 1,
      minimum: 0,
      maximum: 1,
      description: 'Share of the task vector that is kept, 0 to 1; 1 keeps all of it.',
      ...withoutThinning,
    },
    ...(traits.thinning?.parameters ?? []),
    {
      name: 'normalize',
      scope: 'global',
      type: 'boolean',
      default: Number(traits.normalizeByDefault),
      description: 'Divide the sum of the task vectors by the sum of the weights that took part.',
    },
    {
      name: 'rescale',
      scope: 'global',
      type: 'boolean',
      default: Number(traits.rescaleByDefault),
      description: 'Scale a thinned task vector back to the L1 norm it had before.',
      ...withoutThinning,
    },
    {
      name: 'lambda',
      scope: 'global',
      type: 'number',
      default: 1,
      description: 'Factor on the merged task vector before it is added to the base. Usually 0 to 2.',
    },
    INT8_MASK,
  ];
}
