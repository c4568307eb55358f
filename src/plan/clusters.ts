/**
 * Which output tensors are worked on together because they read the same input tensor: repeated layers of a
 * passthrough, blends of overlapping layer ranges, a head that is another model's embedding. Their bytes are then
 * fetched once.
 */

import type { PlannedInput, PlannedTensor } from './types.ts';

export interface Cluster {
  /** Indexes into the plan's tensors, ascending; all have the same number of elements. */
  readonly tensors: readonly number[];
  /** Bytes of its distinct inputs. */
  readonly fetchBytes: number;
}

/**
 * A chain of tensors that share inputs two by two (a model blended with itself, shifted by one layer) would tie the whole
 * model together. Past this many the chain is cut, and the input at the cut is fetched again; totals count it twice.
 */
const MAX_CLUSTER = 8;

/** Identity of an input's bytes within a plan. */
export function inputKey(input: PlannedInput): string {
  return `${input.model}\0${input.file}\0${input.start}`;
}

/** Clusters in the order of their first tensor. Tensors without bytes, and those that are left out, are in none. */
export function clusterTensors(
  tensors: readonly PlannedTensor[],
  isLeftOut: (tensor: PlannedTensor) => boolean = () => false,
): Cluster[] {
  const isIn = (tensor: PlannedTensor) => tensor.sizeBytes > 0 && !isLeftOut(tensor);
  const parents = tensors.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    for (let up = parents[root] ?? root; up !== root; up = parents[root] ?? root) root = up;
    for (let at = index; at !== root; ) {
      const up = parents[at] ?? root;
      parents[at] = root;
      at = up;
    }
    return root;
  };
  const readers = new Map<string, number>();
  for (const [index, tensor] of tensors.entries()) {
    if (!isIn(tensor)) continue;
    for (const input of tensor.inputs) {
      const key = `${inputKey(input)}\0${tensor.elementCount}`;
      const other = readers.get(key);
      if (other === undefined) readers.set(key, index);
      else parents[Math.max(rootOf(other), rootOf(index))] = Math.min(rootOf(other), rootOf(index));
    }
  }
  const members = new Map<number, number[]>();
  for (const [index, tensor] of tensors.entries()) {
    if (!isIn(tensor)) continue;
    const root = rootOf(index);
    const list = members.get(root);
    if (list === undefined) members.set(root, [index]);
    else list.push(index);
  }
  return [...members.values()]
    .flatMap((list) => chunksOf(list, MAX_CLUSTER))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    .map((list) => ({ tensors: list, fetchBytes: distinctInputBytes(tensors, list) }));
}

function chunksOf(list: readonly number[], size: number): number[][] {
  const chunks: number[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}

function distinctInputBytes(tensors: readonly PlannedTensor[], cluster: readonly number[]): number {
  const distinct = new Map<string, number>();
  for (const index of cluster) {
    for (const input of tensors[index]?.inputs ?? []) {
      distinct.set(inputKey(input), input.end - input.start);
    }
  }
  return [...distinct.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0);
}
