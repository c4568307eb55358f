/** What is read and computed for each tensor of one merge, before the layout gives it a place. */

import { type Dtype, isInputDtype, type OutputDtype, RECIPE_DTYPES, writableDtypeOf } from '../base/dtype.ts';
import { maskKey } from '../kernels/shared/philox.ts';
import type { Checkpoint } from '../model/types.ts';
import type { Recipe } from '../recipe/types.ts';
import { elementCount } from '../safetensors/header.ts';
import type { PlanContext, Unplaced } from './context.ts';
import type { ExpandedTensor } from './expand.ts';
import { type Findings, listed } from './findings.ts';
import { methodInputsOf } from './method-inputs.ts';
import { numberInputs, type Unnumbered } from './nested.ts';
import { reportRefusal, type TensorValues, valuesOf } from './parameters.ts';
import type { ResolvedRecipe, ResolvedSource } from './resolve.ts';
import type { PlannedInput } from './types.ts';

/**
 * Inputs of one tensor, those of merges inside it among them. Documents that each use two others double with every
 * one: 50 would have as many inputs as no machine can hold.
 */
const MAX_NESTED_INPUTS = 256;

/**
 * `dtype` of the output's floats; null keeps each tensor in the dtype of its base, else of its first input, where a merge
 * can write that.
 */
export function outputDtype(recipe: Pick<Recipe, 'dtype' | 'outDtype'>): OutputDtype | null {
  const name = recipe.outDtype ?? recipe.dtype;
  return name === null ? null : RECIPE_DTYPES[name];
}

/**
 * The tensors in the order of the leading input's files, so that reads go forward; equal places keep the output's order.
 * Parameters that are missing or refused become problems.
 */
export function planTensors(
  resolved: ResolvedRecipe,
  expanded: readonly ExpandedTensor[],
  context: PlanContext,
  findings: Findings,
): Unplaced[] {
  const planner = new TensorPlanner(resolved, context, findings);
  return planner.inReadingOrder(expanded).map((tensor) => planner.plan(tensor));
}

class TensorPlanner {
  readonly #resolved: ResolvedRecipe;
  readonly #context: PlanContext;
  readonly #findings: Findings;
  readonly #indexes: ReadonlyMap<Checkpoint, number>;
  readonly #outDtype: OutputDtype | null;

  constructor(resolved: ResolvedRecipe, context: PlanContext, findings: Findings) {
    this.#resolved = resolved;
    this.#context = context;
    this.#findings = findings;
    this.#indexes = new Map(context.models.map((checkpoint, index) => [checkpoint, index]));
    this.#outDtype = outputDtype(resolved.recipe);
  }

  inReadingOrder(expanded: readonly ExpandedTensor[]): ExpandedTensor[] {
    const fileRanks = this.#context.models.map(
      ({ weightFiles }) => new Map(weightFiles.map(({ path }, rank) => [path, rank])),
    );
    const keyed = expanded.map((tensor) => {
      const lead = this.#leadingInput(tensor);
      const model = lead?.model ?? 0;
      return { tensor, model, file: fileRanks[model]?.get(lead?.file ?? '') ?? 0, start: lead?.start ?? 0 };
    });
    keyed.sort((a, b) => a.model - b.model || a.file - b.file || a.start - b.start);
    return keyed.map(({ tensor }) => tensor);
  }

  #leadingInput(tensor: ExpandedTensor): Pick<PlannedInput, 'model' | 'file' | 'start'> | undefined {
    const input = tensor.inputs[tensor.base ?? 0];
    const source = this.#resolved.slices[tensor.slice]?.sources[input?.source ?? -1];
    if (input === undefined || source === undefined) return undefined;
    const { intermediates } = this.#context;
    const made = intermediates.get(source.checkpoint)?.tensors.get(input.tensor.name);
    if (made !== undefined) return made.inputs[0];
    const { file, start } = input.tensor;
    return { model: this.#indexes.get(source.checkpoint) ?? 0, file, start };
  }

  plan(tensor: ExpandedTensor): Unplaced {
    const { method, slices } = this.#resolved;
    const slice = slices[tensor.slice];
    const lead = tensor.inputs[tensor.base ?? 0];
    const shape = lead?.tensor.shape ?? [];
    const leadDtype: Dtype = lead?.tensor.dtype ?? 'F32';
    const isFloat = isInputDtype(leadDtype);
    const isMerged = isFloat && !tensor.isCopy && slice !== undefined;
    const values = isMerged ? valuesOf(tensor, slice, this.#resolved, this.#findings) : null;
    const operands = this.#bounded(this.#operandsOf(tensor, slice?.sources ?? [], values));
    const outDtype = this.#outDtype;
    const planned: Omit<Unplaced, 'readsTwice' | 'wholeRows'> = {
      name: tensor.name,
      shape,
      dtype: isMerged
        ? (outDtype ?? writableDtypeOf(leadDtype))
        : isFloat
          ? (outDtype ?? leadDtype)
          : leadDtype,
      elementCount: elementCount(shape) ?? 0,
      // Integer tensors keep the base's values, so it goes first.
      ...numberInputs(isFloat || tensor.base === null ? operands : baseFirst(operands, tensor.base)),
      base: isFloat ? tensor.base : null,
      globalParameters: values?.globals ?? {},
      program: isMerged ? 'method' : isFloat ? 'copy' : 'copyEqual',
    };
    const once = { readsTwice: false, wholeRows: null };
    if (values === null || this.#findings.hasErrors) return { ...planned, ...once };
    const methodInputs = methodInputsOf(planned);
    reportRefusal(this.#resolved, methodInputs, values.path, this.#findings);
    if (method.copies?.(methodInputs)) {
      return { ...planned, dtype: outDtype ?? leadDtype, program: 'copy', ...once };
    }
    return {
      ...planned,
      readsTwice: method.readsTwice(methodInputs),
      wholeRows: method.wholeRows?.(methodInputs) ?? null,
    };
  }

  /** No operands, and a problem, where documents use each other so often that they would read too much. */
  #bounded(operands: readonly Unnumbered[]): readonly Unnumbered[] {
    const made = operands.flatMap(({ source }) => ('from' in source ? [source] : []));
    const inside = made.reduce((sum, { tensor }) => sum + tensor.inputs.length, 0);
    if (made.length === 0 || operands.length - made.length + inside <= MAX_NESTED_INPUTS) return operands;
    const names = listed([...new Set(made.map(({ from }) => from.checkpoint.ref))]);
    const message = `With all that ${names} are made of in turn, each tensor would be merged from more than ${MAX_NESTED_INPUTS} inputs. Use fewer documents here, or merge some of them in a run of their own and name the result.`;
    this.#findings.add('plan-refused', ['merge_method'], message);
    return [];
  }

  #operandsOf(
    tensor: ExpandedTensor,
    sources: readonly ResolvedSource[],
    values: TensorValues | null,
  ): Unnumbered[] {
    const { seed } = this.#resolved.recipe;
    const timesUsed = new Map<string, number>();
    return tensor.inputs.flatMap((input, index): Unnumbered[] => {
      const checkpoint = sources[input.source]?.checkpoint;
      if (checkpoint === undefined) return [];
      const { ref } = checkpoint;
      const use = (timesUsed.get(ref) ?? 0) + 1;
      timesUsed.set(ref, use);
      const told = {
        parameters: values?.models[index] ?? {},
        // A model that stands in a slice twice has a mask for each place.
        maskKey: maskKey(seed, use === 1 ? ref : `${ref}#${use}`, tensor.name),
      };
      const { name, file, dtype, start, end } = input.tensor;
      const from = this.#context.intermediates.get(checkpoint);
      const made = from?.tensors.get(name);
      if (from !== undefined && made !== undefined) return [{ source: { from, tensor: made }, ...told }];
      const model = this.#indexes.get(checkpoint) ?? 0;
      return [{ source: { model, tensor: name, file, dtype, start, end, ...told }, ...told }];
    });
  }
}

function baseFirst<T>(operands: readonly T[], base: number): T[] {
  return [...operands.slice(base, base + 1), ...operands.slice(0, base), ...operands.slice(base + 1)];
}
