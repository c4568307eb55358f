/** Tensors that some of a slice's models have and others lack: which of them stop a merge, and what is said of the rest. */

import type { Checkpoint, TensorInfo, TensorPlace } from '../model/types.ts';
import { type Findings, listed } from './findings.ts';
import { modelPath, type ResolvedSource } from './resolve.ts';

export interface Absence {
  /** The source that lacks the tensor. */
  readonly source: ResolvedSource;
  readonly template: string;
  /** The tensor is a head and the model's embedding takes its place. */
  readonly hasEmbedding: boolean;
  /** A model that has the tensor, and the tensor there. */
  readonly donor: Checkpoint;
  readonly example: TensorInfo;
  /** Where it stands there. */
  readonly place: TensorPlace | undefined;
  /** The tensor is copied from the one model that gives it. */
  readonly isCopy: boolean;
  /** Other layers of the model have such a tensor. */
  readonly isHole: boolean;
}

/** Reports the absences, gathered per model: errors for tensors no decoder can do without, warnings for optional ones. */
export function reportAbsences(absences: readonly Absence[], findings: Findings): void {
  const groups = new Map<string, Absence[]>();
  for (const absence of absences) {
    const kind = absence.hasEmbedding ? 'embedding' : isEssential(absence) ? 'missing' : 'optional';
    const fate = absence.isCopy ? 'copy' : 'merge';
    const key = [kind, fate, modelPath(absence.source.entry).join('/'), absence.donor.ref].join('\0');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [absence]);
    else group.push(absence);
  }
  for (const group of groups.values()) {
    const first = group[0];
    if (first === undefined) continue;
    report(first, listed([...new Set(group.map(({ template }) => template))]), findings);
  }
}

function report(absence: Absence, names: string, findings: Findings): void {
  const path = modelPath(absence.source.entry);
  const model = absence.source.checkpoint.ref;
  const donor = absence.donor.ref;
  if (absence.hasEmbedding) {
    const message = `${model} has no ${names}: its head is its embedding, which is merged with the head of ${donor}. The result has a head of its own.`;
    findings.add('embedding-as-head', path, message);
  } else if (isEssential(absence)) {
    const reason = absence.isHole
      ? 'The checkpoint may be incomplete, or its layers differ in kind.'
      : 'The two are not built alike and cannot be merged.';
    findings.add('missing-tensor', path, `${model} lacks ${names}, which ${donor} has. ${reason}`);
  } else {
    const fate = absence.isCopy ? `copied from ${donor}` : 'merged over the models that have it';
    findings.add('optional-tensor', path, `${model} lacks ${names}, which ${donor} has; it is ${fate}.`);
  }
}

/** Biases, buffers and extra norms come and go between relatives; matrices, the embedding and the final norm do not. */
function isEssential({ isHole, template, donor, example, place }: Absence): boolean {
  if (isHole || template === donor.structure.embeddingName) return true;
  if (place === undefined || place.zone === 'pre') return false;
  if (place.zone === 'post') return place.kind === 'norm';
  // gpt2 stores its causal mask as a four-dimensional `attn.bias`.
  const isMatrix = example.shape.length >= 2 && !/(?:bias|inv_freq)$/.test(template);
  return isMatrix && ['attention', 'mlp', 'expert', 'router'].includes(place.kind);
}
