/** Merges every case on an engine and counts, by method and output dtype, what is correctly rounded. */

import type { OutputDtype } from '../../src/base/dtype.ts';
import { isOutputDtype } from '../../src/base/dtype.ts';
import { parseHeader } from '../../src/safetensors/header.ts';
import { CASES, type MergeCase, recipeText } from './cases.ts';
import { evaluate } from './evaluate.ts';
import type { ModelTensor } from './models.ts';
import { addTallies, NO_ELEMENTS, type Result, type Tally, tallyElements } from './tally.ts';

/** Output dtypes by the names that recipes use. */
export const DTYPES = ['float32', 'float16', 'bfloat16', 'float8_e4m3fn', 'float8_e5m2'] as const;
export type DtypeName = (typeof DTYPES)[number];

/** By method, then by output dtype. */
export type Tallies = ReadonlyMap<string, ReadonlyMap<DtypeName, Tally>>;

/** Runs a recipe and returns the output's weight file. */
export type Merge = (recipe: string) => Promise<Uint8Array>;

/** @param onCase hears of every output that has been looked at */
export async function measure(
  tensors: readonly ModelTensor[],
  merge: Merge,
  {
    dtypes = DTYPES,
    onCase = () => undefined,
  }: { readonly dtypes?: readonly DtypeName[]; readonly onCase?: (text: string) => void } = {},
): Promise<Tallies> {
  const tallies = new Map<string, Map<DtypeName, Tally>>();
  for (const each of CASES) {
    const results = resultsOf(each, tensors);
    const ofMethod = tallies.get(each.method) ?? new Map<DtypeName, Tally>();
    tallies.set(each.method, ofMethod);
    for (const dtype of dtypes) {
      const tally = tallyFile(await merge(recipeText(each, dtype)), results);
      ofMethod.set(dtype, addTallies(ofMethod.get(dtype) ?? NO_ELEMENTS, tally));
      onCase(`${each.method} ${dtype}: ${tally.right} of ${tally.elementCount}`);
    }
  }
  return tallies;
}

function resultsOf(merge: MergeCase, tensors: readonly ModelTensor[]): Map<string, Result[]> {
  return new Map(tensors.map((tensor) => [tensor.name, evaluate(merge, tensor)]));
}

/** Tallies a weight file, which has to hold exactly the tensors of `results`. */
function tallyFile(file: Uint8Array, results: ReadonlyMap<string, readonly Result[]>): Tally {
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const { tensors } = parseHeader(file.subarray(8, 8 + headerBytes), file.length, 'output');
  if (tensors.length !== results.size)
    throw new Error(`${tensors.length} tensors in place of ${results.size}`);
  return tensors
    .map(({ name, dtype, start, end }) => {
      const expected = results.get(name);
      if (expected === undefined || !isOutputDtype(dtype))
        throw new Error(`${name} (${dtype}) is unexpected`);
      return tallyElements(
        { dtype: dtype satisfies OutputDtype, bytes: file.subarray(start, end) },
        expected,
      );
    })
    .reduce(addTallies);
}
