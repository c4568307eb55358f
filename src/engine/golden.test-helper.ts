/** Compares a merged safetensors file with the one mergekit wrote, within the bounds of e2e/data/golden/README.md. */

import { dtypeBytes, isMergeDtype } from '../base/dtype.ts';
import { readHeader } from '../safetensors/header.ts';
import { memorySource } from '../safetensors/memory.test-helper.ts';

/** Methods that choose elements: a threshold within one f32 rounding may choose differently. */
const CHOOSING = /^(ties|arcee_fusion|breadcrumbs|sce|ram|nearswap)/;

/** Every way in which `actual` is not what `expected` allows, in words; empty when it matches. */
export async function goldenMisses(
  recipe: string,
  engine: 'gpu' | 'cpu',
  actual: Uint8Array,
  expected: Uint8Array,
): Promise<string[]> {
  const got = await readHeader(memorySource(actual), 'actual');
  const wanted = await readHeader(memorySource(expected), 'expected');
  const gotNames = new Map(got.tensors.map((tensor) => [tensor.name, tensor]));
  const misses: string[] = [];
  const halves = { elementCount: 0, unequal: 0 };
  if (got.tensors.length !== wanted.tensors.length) {
    misses.push(`${got.tensors.length} tensors instead of ${wanted.tensors.length}`);
  }
  for (const tensor of wanted.tensors) {
    const own = gotNames.get(tensor.name);
    if (own === undefined || own.dtype !== tensor.dtype || `${own.shape}` !== `${tensor.shape}`) {
      misses.push(
        `${tensor.name}: ${own?.dtype} [${own?.shape}] instead of ${tensor.dtype} [${tensor.shape}]`,
      );
      continue;
    }
    const left = new Uint8Array(actual.subarray(own.start, own.end));
    const right = new Uint8Array(expected.subarray(tensor.start, tensor.end));
    if (!isMergeDtype(tensor.dtype)) {
      if (left.some((byte, at) => byte !== right[at])) misses.push(`${tensor.name}: bytes differ`);
    } else if (dtypeBytes(tensor.dtype) === 4) {
      const far = farFloats(recipe, engine, left, right);
      if (far !== null) misses.push(`${tensor.name}: ${far}`);
    } else {
      const { unequal, far } = compareHalves(left, right);
      halves.elementCount += tensor.shape.reduce((product, size) => product * size, 1);
      halves.unequal += unequal;
      if (far > 0) misses.push(`${tensor.name}: ${far} elements more than one step apart`);
    }
  }
  if (halves.unequal > halves.elementCount * 0.001) {
    misses.push(`${halves.unequal} of ${halves.elementCount} elements are not equal bit for bit`);
  }
  return misses;
}

function farFloats(
  recipe: string,
  engine: 'gpu' | 'cpu',
  left: Uint8Array<ArrayBuffer>,
  right: Uint8Array<ArrayBuffer>,
): string | null {
  const a = new Float32Array(left.buffer);
  const b = new Float32Array(right.buffer);
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const bound = (engine === 'gpu' ? 2e-6 : 1e-6) * largest;
  const far = a.filter((value, at) => !(Math.abs(value - (b[at] ?? Number.NaN)) <= bound)).length;
  return far > (CHOOSING.test(recipe) ? 2 : 0) ? `${far} elements differ by more than ${bound}` : null;
}

/** Neighbours in sign-magnitude order are one step apart. */
function compareHalves(left: Uint8Array<ArrayBuffer>, right: Uint8Array<ArrayBuffer>) {
  const order = (half: number) => (half & 0x8000 ? 0x8000 - half : half);
  const b = new Uint16Array(right.buffer);
  let unequal = 0;
  let far = 0;
  new Uint16Array(left.buffer).forEach((half, at) => {
    const other = b[at] ?? 0;
    if (half !== other) unequal++;
    if (Math.abs(order(half) - order(other)) > 1) far++;
  });
  return { unequal, far };
}
