/** Whether the inputs of each output tensor can be merged: equal shapes, dtypes that can be read. */

import { INPUT_DTYPES, isInputDtype } from '../base/dtype.ts';
import type { ExpandedInput, ExpandedTensor } from './expand.ts';
import { type Findings, listed } from './findings.ts';
import { modelPath, type ResolvedRecipe, type ResolvedSource } from './resolve.ts';

/** Stored numbers that are neither mergeable floats nor plain integers. */
function isUnsupported(dtype: string): boolean {
  return dtype.startsWith('F') ? !isInputDtype(dtype) : dtype === 'C64';
}

interface Trouble {
  readonly source: ResolvedSource;
  readonly lead: ResolvedSource;
  readonly kind: 'vocabulary' | 'shape' | 'type' | 'unsupported';
  readonly input: ExpandedInput;
  readonly leadInput: ExpandedInput;
  readonly names: string[];
}

/** Compares every input with the tensor's base (or first input); each kind of trouble is told once per model. */
export function checkTensors(
  tensors: readonly ExpandedTensor[],
  resolved: ResolvedRecipe,
  findings: Findings,
): void {
  const troubles = new Map<string, Trouble>();
  for (const tensor of tensors) {
    const slice = resolved.slices[tensor.slice];
    const leadInput = tensor.inputs[tensor.base ?? 0];
    const lead = slice?.sources[leadInput?.source ?? -1];
    if (slice === undefined || leadInput === undefined || lead === undefined) continue;
    for (const input of tensor.inputs) {
      const source = slice.sources[input.source];
      const kind = source === undefined ? null : troubleOf(input, source, leadInput, lead);
      if (source === undefined || kind === null) continue;
      const key = `${kind}\0${source.checkpoint.ref}\0${lead.checkpoint.ref}`;
      const known = troubles.get(key);
      if (known === undefined)
        troubles.set(key, { source, lead, kind, input, leadInput, names: [tensor.name] });
      else known.names.push(tensor.name);
    }
  }
  for (const trouble of troubles.values()) report(trouble, findings);
  checkOutputVocabulary(tensors, resolved, findings);
}

function troubleOf(
  { tensor }: ExpandedInput,
  source: ResolvedSource,
  { tensor: leadTensor }: ExpandedInput,
  lead: ResolvedSource,
): Trouble['kind'] | null {
  if (isUnsupported(tensor.dtype)) return 'unsupported';
  // The lead's own trouble is told at its own place.
  if (isUnsupported(leadTensor.dtype)) return null;
  if (isInputDtype(tensor.dtype) !== isInputDtype(leadTensor.dtype)) return 'type';
  if (!isInputDtype(tensor.dtype) && tensor.dtype !== leadTensor.dtype) return 'type';
  if (sameNumbers(tensor.shape, leadTensor.shape)) return null;
  const isVocabulary =
    source.checkpoint.structure.vocabularyTensors.includes(tensor.name) &&
    lead.checkpoint.structure.vocabularyTensors.includes(leadTensor.name) &&
    sameNumbers(tensor.shape.slice(1), leadTensor.shape.slice(1));
  return isVocabulary ? 'vocabulary' : 'shape';
}

function report({ source, lead, kind, input, leadInput, names }: Trouble, findings: Findings): void {
  const path = modelPath(source.entry);
  const model = source.checkpoint.ref;
  const other = lead.checkpoint.ref;
  const { tensor } = input;
  const { tensor: leadTensor } = leadInput;
  if (kind === 'unsupported') {
    const message = `${model} stores ${listed(names)} as ${tensor.dtype}. Graft merges ${listed(INPUT_DTYPES, INPUT_DTYPES.length)}; name a model in one of them.`;
    findings.add('unsupported-tensor-type', path, message);
  } else if (kind === 'type') {
    const message = `${model} stores ${listed(names)} as ${tensor.dtype} and ${other} as ${leadTensor.dtype}, which cannot be merged.`;
    findings.add('different-tensor-types', path, message);
  } else if (kind === 'vocabulary') {
    const message = `${model} has a vocabulary of ${tensor.shape[0]} and ${other} one of ${leadTensor.shape[0]}. Row by row they would mix different tokens; choose models with one vocabulary.`;
    findings.add('different-vocabularies', path, message);
  } else {
    const message = `${listed(names)}: the shape is [${tensor.shape.join(', ')}] in ${model} and [${leadTensor.shape.join(', ')}] in ${other}. Choose models of one size.`;
    findings.add('different-shapes', path, message);
  }
}

/** A stack may take its embedding from one model and its head from another. */
function checkOutputVocabulary(
  tensors: readonly ExpandedTensor[],
  resolved: ResolvedRecipe,
  findings: Findings,
): void {
  const rows = tensors.flatMap((tensor) => {
    const input = tensor.inputs[tensor.base ?? 0];
    const source = resolved.slices[tensor.slice]?.sources[input?.source ?? -1];
    if (input === undefined || source === undefined) return [];
    const { embeddingName, headName } = source.checkpoint.structure;
    const isVocabulary = tensor.name === embeddingName || tensor.name === headName;
    return isVocabulary ? [{ source, count: input.tensor.shape[0] ?? 0 }] : [];
  });
  const [first] = rows;
  const odd = rows.find(({ count }) => count !== first?.count);
  if (first === undefined || odd === undefined) return;
  findings.add(
    'different-vocabularies',
    modelPath(odd.source.entry),
    `The embedding comes from ${first.source.checkpoint.ref} with ${first.count} tokens and the head from ${odd.source.checkpoint.ref} with ${odd.count}. Choose models with one vocabulary.`,
  );
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
