/**
 * Lays out the weight files of an output from names, dtypes and shapes alone, so that every byte's place is known before
 * the first weight arrives.
 *
 * Inside a shard tensors lie in the given order, which is the order they are merged in, so writes go forward. Readers
 * map tensors in place and want each one aligned to its element; where the given order would break that (an odd
 * number of 16-bit elements before 32-bit ones) that shard is ordered by element width, widest first, as the
 * reference writer does.
 */

import { DTYPE_BITS, type Dtype } from '../base/dtype.ts';
import { GraftError } from '../base/errors.ts';
import { elementCount } from './header.ts';

export interface OutputTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** One weight file as it will be written (a plan's PlannedShard). */
interface ShardLayout {
  readonly path: string;
  /** The 8-byte length and the JSON header, padded with spaces to a multiple of 8. */
  readonly headerBytes: Uint8Array;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

/** Where one tensor's bytes go. */
interface TensorPlacement {
  /** Index into the shards. */
  readonly shard: number;
  /** Absolute offset in the shard's file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface OutputLayout {
  readonly shards: readonly ShardLayout[];
  /** One for each tensor, in the given order. */
  readonly placements: readonly TensorPlacement[];
  /** Bytes of all tensors, without headers. */
  readonly tensorBytes: number;
}

const HEADER_ALIGNMENT = 8;

interface Sized extends OutputTensor {
  readonly index: number;
  readonly sizeBytes: number;
}

/**
 * Splits `tensors` into shards and places each.
 * @param maxShardBytes largest sum of tensor bytes in a shard; 0 or less means one shard. A tensor that would exceed it
 *   starts a new shard, and one that is larger gets its own (mergekit 0.1.4).
 * @throws GraftError `CannotMerge` when two tensors share a name or a size cannot be counted
 */
export function layOut(tensors: readonly OutputTensor[], maxShardBytes: number): OutputLayout {
  const groups = split(tensors, maxShardBytes > 0 ? maxShardBytes : Number.POSITIVE_INFINITY);
  const placements = new Array<TensorPlacement>(tensors.length);
  let tensorBytes = 0;
  const shards = groups.map((group, shard) => {
    const ordered = alignedOrder(group);
    const headerBytes = headerOf(ordered);
    let offset = headerBytes.length;
    for (const { index, sizeBytes } of ordered) {
      placements[index] = { shard, offset, sizeBytes };
      offset += sizeBytes;
    }
    tensorBytes += offset - headerBytes.length;
    return { path: shardName(shard, groups.length), headerBytes, sizeBytes: offset };
  });
  return { shards, placements, tensorBytes };
}

/** `model.safetensors.index.json` of a layout with several shards; null when one file needs no index. */
export function indexJson(layout: OutputLayout, tensors: readonly OutputTensor[]): string | null {
  if (layout.shards.length < 2) return null;
  // Lines by hand: a tensor named like a number or `__proto__` must neither move nor vanish.
  const lines = tensors.map(({ name }, index) => {
    const path = layout.shards[layout.placements[index]?.shard ?? 0]?.path ?? '';
    return `    ${JSON.stringify(name)}: ${JSON.stringify(path)}`;
  });
  return `{\n  "metadata": {\n    "total_size": ${layout.tensorBytes}\n  },\n  "weight_map": {\n${lines.join(',\n')}\n  }\n}\n`;
}

function split(tensors: readonly OutputTensor[], maxShardBytes: number): readonly (readonly Sized[])[] {
  const names = new Set<string>();
  const groups: Sized[][] = [[]];
  let group: Sized[] = groups[0] ?? [];
  let groupBytes = 0;
  tensors.forEach((tensor, index) => {
    if (names.has(tensor.name)) {
      throw new GraftError('CannotMerge', `The merge would write the tensor ${tensor.name} twice.`, {
        where: tensor.name,
      });
    }
    names.add(tensor.name);
    const sizeBytes = tensorSizeBytes(tensor);
    if (group.length > 0 && groupBytes + sizeBytes > maxShardBytes) {
      group = [];
      groups.push(group);
      groupBytes = 0;
    }
    group.push({ ...tensor, index, sizeBytes });
    groupBytes += sizeBytes;
  });
  return groups;
}

function tensorSizeBytes({ name, dtype, shape }: OutputTensor): number {
  const sizeBytes = ((elementCount(shape) ?? Number.NaN) * DTYPE_BITS[dtype]) / 8;
  if (Number.isSafeInteger(sizeBytes)) return sizeBytes;
  throw new GraftError('CannotMerge', `The size of the tensor ${name} is not a whole number of bytes.`, {
    where: name,
  });
}

function alignedOrder(group: readonly Sized[]): readonly Sized[] {
  let offset = 0;
  const aligned = group.every(({ dtype, sizeBytes }) => {
    const start = offset;
    offset += sizeBytes;
    return start % alignment(dtype) === 0;
  });
  return aligned ? group : [...group].sort((a, b) => alignment(b.dtype) - alignment(a.dtype));
}

/** Bytes an element's address must be a multiple of; C64 is a pair of F32 but readers ask for its whole width. */
function alignment(dtype: Dtype): number {
  return Math.max(1, Math.floor(DTYPE_BITS[dtype] / 8));
}

function headerOf(ordered: readonly Sized[]): Uint8Array {
  let offset = 0;
  // Text by hand, for the reason given in `indexJson`.
  const entries = ordered.map(({ name, dtype, shape, sizeBytes }) => {
    const start = offset;
    offset += sizeBytes;
    return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${start},${offset}]}`;
  });
  const json = new TextEncoder().encode(`{${['"__metadata__":{"format":"pt"}', ...entries].join(',')}}`);
  const paddedLength = Math.ceil(json.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const bytes = new Uint8Array(8 + paddedLength).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(paddedLength), true);
  bytes.set(json, 8);
  return bytes;
}

function shardName(shard: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const digits = (value: number) => String(value).padStart(5, '0');
  return `model-${digits(shard + 1)}-of-${digits(count)}.safetensors`;
}
