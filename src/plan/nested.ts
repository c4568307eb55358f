/** Merges inside merges: the inputs of a tensor, where results of other documents are among its operands. */

import type { Dtype } from '../base/dtype.ts';
import type { Intermediate, Unplaced } from './context.ts';
import type { NestedMerge, PlannedInput, PlannedOperand } from './types.ts';

/** The merges inside a tensor, each behind those inside it. */
export function nestedMerges({
  operands = [],
}: {
  readonly operands?: readonly PlannedOperand[];
}): NestedMerge[] {
  return operands.flatMap(({ of }) => (typeof of === 'number' ? [] : [...nestedMerges(of), of]));
}

/** Whether a merge, or one inside it, must see all of its tensor before it gives any of it. */
export function needsWhole(merge: NestedMerge): boolean {
  return [merge, ...nestedMerges(merge)].some(
    ({ readsTwice, wholeRows }) => readsTwice || wholeRows !== null,
  );
}

/** Dtypes of what is merged: of the inputs that are operands themselves, and of the results of merges inside. */
export function operandDtypes(
  operands: readonly Pick<PlannedOperand, 'of'>[],
  inputs: readonly PlannedInput[],
): Dtype[] {
  return operands.flatMap(({ of }) => (typeof of === 'number' ? (inputs[of]?.dtype ?? []) : [of.dtype]));
}

/** One operand before the inputs of its tensor are numbered: bytes of a file, or a tensor of an intermediate. */
export interface Unnumbered {
  readonly source: PlannedInput | { readonly from: Intermediate; readonly tensor: Unplaced };
  readonly parameters: PlannedOperand['parameters'];
  readonly maskKey: PlannedOperand['maskKey'];
}

/** The inputs of `operands` one after another, and what is merged, where that is more than the inputs. */
export function numberInputs(operands: readonly Unnumbered[]): {
  readonly inputs: readonly PlannedInput[];
  readonly operands?: readonly PlannedOperand[];
} {
  const inputs: PlannedInput[] = [];
  const numbered = operands.map(({ source, parameters, maskKey }): PlannedOperand => {
    const told = { parameters, maskKey };
    if (!('from' in source)) return { of: inputs.push({ ...source, ...told }) - 1, ...told };
    const plain = unmerged(source.from, source.tensor);
    if (plain !== null) return { of: inputs.push({ ...plain, ...told }) - 1, ...told };
    const first = inputs.length;
    inputs.push(...source.tensor.inputs);
    return { of: shifted(nestedOf(source.from, source.tensor), first), ...told };
  });
  const isPlain = numbered.every(({ of }) => typeof of === 'number');
  return isPlain ? { inputs } : { inputs, operands: numbered };
}

/** The input that a tensor is no more than a copy of; null for a merge, or a copy that rounds. */
function unmerged({ dtype }: Intermediate, { program, inputs, operands }: Unplaced): PlannedInput | null {
  const [only] = inputs;
  if (only === undefined || program === 'method' || operands !== undefined) return null;
  const isExact = dtype === null || dtype === only.dtype || (dtype === 'F32' && only.dtype !== 'F64');
  const rounds = program === 'copy' && !isExact;
  return rounds ? null : only;
}

function nestedOf({ checkpoint, method, dtype }: Intermediate, tensor: Unplaced): NestedMerge {
  const { name, shape, program, base, globalParameters, readsTwice, wholeRows, inputs } = tensor;
  const operands =
    tensor.operands ?? inputs.map(({ parameters, maskKey }, index) => ({ of: index, parameters, maskKey }));
  return {
    document: checkpoint.ref,
    name,
    shape,
    method,
    program: program === 'method' ? 'method' : 'copy',
    dtype: dtype ?? 'F32',
    operands: program === 'method' ? operands : operands.slice(0, 1),
    base,
    globalParameters,
    readsTwice,
    wholeRows,
  };
}

function shifted(merge: NestedMerge, by: number): NestedMerge {
  const operands = merge.operands.map((operand) => ({
    ...operand,
    of: typeof operand.of === 'number' ? operand.of + by : shifted(operand.of, by),
  }));
  return { ...merge, operands };
}
