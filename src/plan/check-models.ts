/** What the models of a recipe must be, each for itself and to one another, whatever the method. */

import { packedWeights, unpackedModel } from '../model/packed-formats.ts';
import type { Checkpoint } from '../model/types.ts';
import type { NodePath } from '../recipe/types.ts';
import { type Findings, listed } from './findings.ts';
import { writeValue } from './fixes.ts';
import { nameIndexOf } from './name-index.ts';
import { modelPath, type ResolvedRecipe, type ResolvedSource } from './resolve.ts';

/** Refuses (false, with a problem) weights that are stored as codes with scales, and says what to name instead. */
export function checkPacking(checkpoint: Checkpoint, path: NodePath, findings: Findings): boolean {
  const packed = packedWeights(checkpoint);
  if (packed === null) return true;
  const { ref } = checkpoint;
  const plain = unpackedModel(checkpoint);
  const what =
    packed.tensor === null
      ? `config.json says that ${ref} is quantized (${packed.format})`
      : `${ref} is quantized (${packed.format}): ${listed([packed.tensor])} belongs to weights that are codes with scales`;
  const instead =
    plain === null
      ? 'name the unquantized model it was made from, or a BF16 conversion of it.'
      : `name the unquantized model instead, ${plain.saidBy === 'card' ? 'by its card' : 'by its name'} ${listed([plain.ref])}.`;
  const plainWeights =
    packed.tensor === null
      ? ' If its weights are plain numbers all the same, take `quantization_config` out of its config.json and open it as a folder.'
      : '';
  const fix = plain?.saidBy === 'card' ? writeValue(findings, path, plain.ref) : null;
  findings.add('quantized-model', path, `${what}. Graft merges plain numbers; ${instead}${plainWeights}`, {
    fixes: [fix],
  });
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
  const isUnknown = nameOf(checkpoint) === null || nameOf(donor) === null;
  if (isUnknown && ![...checkpoint.tensors.keys()].some((name) => donor.tensors.has(name))) {
    findings.add(
      'different-architectures',
      path,
      `${checkpoint.ref} and ${donor.ref} have no tensor of the same name. Choose models of one architecture, saved by one tool.`,
    );
    return false;
  }
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
    if (!isUnknown) {
      const message = `${words}. Their tensors line up, so they can be merged; the result is a ${architectureOf(donor)}.`;
      findings.add('mixed-architectures', path, message);
    }
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

/** Null without a config. */
function nameOf({ structure }: Checkpoint): string | null {
  return structure.modelType ?? structure.architecture;
}

function architectureOf(checkpoint: Checkpoint): string {
  return nameOf(checkpoint) ?? 'of unknown architecture';
}
