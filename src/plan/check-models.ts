/** What the models of a recipe must be, each for itself and to one another, whatever the method. */

import type { Checkpoint } from '../model/types.ts';
import type { NodePath } from '../recipe/types.ts';
import { type Findings, listed } from './findings.ts';
import { nameIndexOf } from './name-index.ts';
import { modelPath, type ResolvedRecipe, type ResolvedSource } from './resolve.ts';

/**
 * Refuses (false, with a problem) weights that are stored as codes with scales: they must be decoded before arithmetic
 * means anything.
 */
export function checkQuantization(checkpoint: Checkpoint, path: NodePath, findings: Findings): boolean {
  const settings = checkpoint.config.quantization_config;
  if (settings === undefined || settings === null) return true;
  const named = typeof settings === 'object' && 'quant_method' in settings ? settings.quant_method : null;
  const method = typeof named === 'string' && named.length <= 40 ? ` (${named})` : '';
  findings.add(
    'quantized-model',
    path,
    `${checkpoint.ref} is quantized${method}, and Graft merges only unquantized weights. Name the model it was made from.`,
  );
  return false;
}

/**
 * Compares every source with the donor: architectures may differ by name only, and hidden sizes not at all. False, with
 * problems, when one does not fit.
 */
export function checkArchitectures(resolved: ResolvedRecipe, findings: Findings): boolean {
  const donor = resolved.models[resolved.donor];
  if (donor === undefined) return false;
  let allFit = true;
  const seen = new Set<Checkpoint>([donor]);
  for (const source of resolved.slices.flatMap(({ sources }) => sources)) {
    if (seen.has(source.checkpoint)) continue;
    seen.add(source.checkpoint);
    if (!compare(source, donor, findings)) allFit = false;
  }
  return allFit;
}

function compare(source: ResolvedSource, donor: Checkpoint, findings: Findings): boolean {
  const { checkpoint, entry } = source;
  const path = modelPath(entry);
  const own = checkpoint.structure;
  const other = donor.structure;
  if (architectureOf(checkpoint) !== architectureOf(donor)) {
    const names = nameIndexOf(checkpoint).templates;
    const donorNames = nameIndexOf(donor).templates;
    const odd = [...names].filter((name) => !donorNames.has(name));
    const lacking = [...donorNames].filter((name) => !names.has(name));
    const words = `${checkpoint.ref} is ${architectureOf(checkpoint)} and ${donor.ref} is ${architectureOf(donor)}`;
    if (odd.length + lacking.length > 0) {
      const example =
        odd.length > 0 ? `only the first has ${listed(odd, 2)}` : `it lacks ${listed(lacking, 2)}`;
      findings.add(
        'different-architectures',
        path,
        `${words}; their layers are not built alike (${example}). Choose models of one architecture.`,
      );
      return false;
    }
    findings.add(
      'mixed-architectures',
      path,
      `${words}. Their tensors line up, so they can be merged; the result is a ${architectureOf(donor)}.`,
    );
  }
  if (own.hiddenSize !== null && other.hiddenSize !== null && own.hiddenSize !== other.hiddenSize) {
    findings.add(
      'different-shapes',
      path,
      `${checkpoint.ref} has hidden size ${own.hiddenSize} and ${donor.ref} has ${other.hiddenSize}. Choose models of one size.`,
    );
    return false;
  }
  return true;
}

function architectureOf({ structure }: Checkpoint): string {
  return structure.modelType ?? structure.architecture ?? 'of unknown architecture';
}
