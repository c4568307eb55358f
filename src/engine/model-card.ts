/** A model of the recipe as its card shows it. */

import { isGraftError, toWire } from '../base/errors.ts';
import type { Opened } from './model-cache.ts';
import type { ModelCard } from './protocol.ts';

export function modelCard(
  ref: string,
  model: Opened,
  isBase: boolean,
  misfits: readonly string[],
): ModelCard {
  if (isGraftError(model)) return { ref, state: 'failed', error: toWire(model), isBase };
  const { origin, structure, weightFiles, card, notes } = model;
  return {
    ref,
    state: 'ready',
    source: origin.kind,
    ...(origin.kind === 'hub' ? { sha: origin.sha } : {}),
    architecture: structure.architecture,
    parameterCount: structure.parameterCount,
    layerCount: structure.layerCount,
    dtype: structure.dtype,
    vocabularySize: structure.vocabularySize,
    hiddenSize: structure.hiddenSize,
    weightBytes: weightFiles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    card,
    isBase,
    misfits,
    notes,
  };
}
