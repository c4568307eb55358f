/** What an elementwise kernel writes: rows of four elements, as output.wgsl packs them. */

import { DTYPE_BITS, type OutputDtype } from '../../base/dtype.ts';

/** Elements per workgroup of a kernel in which a lane makes a row; as in the shaders. */
const ROWS_RUN = 256;

export function rowWorkgroups(elementCount: number): readonly [number, number] {
  return [Math.ceil(elementCount / ROWS_RUN), 1];
}

/** Bytes of the output in whole rows. */
export function rowBytes(elementCount: number, out: OutputDtype): number {
  return Math.ceil(elementCount / 4) * 4 * outputBytes(out);
}

/** The elements among the rows read back. */
export function elementsOf(
  result: ArrayBuffer,
  elementCount: number,
  out: OutputDtype,
): Uint8Array<ArrayBuffer> {
  const sizeBytes = elementCount * outputBytes(out);
  return sizeBytes === result.byteLength
    ? new Uint8Array(result)
    : new Uint8Array(result.slice(0, sizeBytes));
}

/** Bytes of one element. */
export function outputBytes(out: OutputDtype): number {
  return DTYPE_BITS[out] / 8;
}
