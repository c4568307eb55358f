/** What a parameter is worth for one tensor: gradients, filters and the order of places (mergekit 0.1.4). */

import { GraftError } from '../base/errors.ts';
import type {
  ConditionalValue,
  Gradient,
  NodePath,
  OutputSlice,
  ParameterSet,
  ParameterValue,
  Recipe,
  SourceEntry,
} from './types.ts';

/** Position of layer `index` (from 0) in a slice of `count` layers, from 0 to 1; the only layer of a slice is at 1. */
export function layerPosition(index: number, count: number): number {
  return count === 1 ? 1 : index / (count - 1);
}

/**
 * The gradient's value at position `t` in [0, 1], linear between its numbers. Weights before and after the layers
 * are at t = 0. Throws `Internal` for a gradient without numbers, which no parsed recipe has.
 */
export function evaluateGradient(values: Gradient, t: number): number {
  const position = t * (values.length - 1);
  const index = Math.trunc(position);
  const low = values[index];
  const high = values[Math.min(values.length - 1, index + 1)];
  if (low === undefined || high === undefined) {
    throw new GraftError('Internal', `A gradient of ${values.length} numbers has no value at ${t}.`);
  }
  const fraction = position - index;
  return (1 - fraction) * low + fraction * high;
}

/** True when an entry with `filter` applies to `tensorName`: no filter, `*`, or a plain part of the name. */
export function filterMatches(filter: string | null, tensorName: string): boolean {
  return filter === null || filter === '*' || tensorName.includes(filter);
}

/** The value of the first entry that matches the tensor, at layer position `t`; null when none matches. */
export function evaluateValue(value: ParameterValue, tensorName: string, t: number): number | null {
  const entry = value.find((candidate: ConditionalValue) => filterMatches(candidate.filter, tensorName));
  return entry === undefined ? null : evaluateGradient(entry.value, t);
}

/** A parameter's value and the place in the recipe that gave it. */
export interface FoundParameter {
  readonly value: number;
  readonly path: NodePath;
}

/**
 * A per-model parameter (such as `weight`) of one source: looked up under the source, then the slice, then the
 * recipe; a place whose filters do not match is passed over. `inputTensorName` is the name in the source's own file.
 * Null when no place gives a value; the method's default then applies.
 */
export function lookupModelParameter(
  at: { readonly source: SourceEntry; readonly slice: OutputSlice; readonly recipe: Recipe },
  name: string,
  inputTensorName: string,
  t: number,
): FoundParameter | null {
  return (
    lookUp(at.source.parameters, at.source.path, name, inputTensorName, t) ??
    lookupGlobalParameter(at, name, inputTensorName, t)
  );
}

/** A global parameter (such as `normalize`): the slice's, else the recipe's; never a model's. Null when neither has it. */
export function lookupGlobalParameter(
  at: { readonly slice: OutputSlice; readonly recipe: Recipe },
  name: string,
  outputTensorName: string,
  t: number,
): FoundParameter | null {
  return (
    lookUp(at.slice.parameters, at.slice.path, name, outputTensorName, t) ??
    lookUp(at.recipe.parameters, [], name, outputTensorName, t)
  );
}

function lookUp(
  parameters: ParameterSet,
  owner: NodePath,
  name: string,
  tensorName: string,
  t: number,
): FoundParameter | null {
  const written = parameters.get(name);
  const value = written === undefined ? null : evaluateValue(written, tensorName, t);
  return value === null ? null : { value, path: [...owner, 'parameters', name] };
}
