/** The exact byte ranges behind a run of elements of some tensors: what to fetch, where inputs lie in it, what to write. */

import { type Cluster, inputKey } from './clusters.ts';
import type { PlannedInput, PlannedTensor } from './types.ts';
import type { FetchRange, InputPlace, Piece, Step } from './work.ts';

/** Elements `[first, first + count)`. */
export interface ElementRun {
  readonly first: number;
  readonly count: number;
}

/**
 * The step that works on `run` (null: all elements) of every tensor of `clusters`. Within a cluster each input is
 * fetched once; adjacent inputs of one file become one range. Ranges are ordered by model, then file, then position.
 */
export function stepOf(
  tensors: readonly PlannedTensor[],
  clusters: readonly Cluster[],
  run: ElementRun | null,
): Step {
  const spans: FetchRange[] = [];
  const pending: { readonly tensor: PlannedTensor; readonly index: number; readonly spans: number[] }[] = [];
  for (const cluster of clusters) {
    const seen = new Map<string, number>();
    for (const index of cluster.tensors) {
      const tensor = tensors[index];
      if (tensor === undefined) continue;
      const spansOfTensor = tensor.inputs.map((input) => {
        const key = inputKey(input);
        const known = seen.get(key);
        if (known !== undefined) return known;
        seen.set(key, spans.length);
        spans.push(spanOf(input, tensor, run));
        return spans.length - 1;
      });
      pending.push({ tensor, index, spans: spansOfTensor });
    }
  }
  const { ranges, places } = coalesce(spans);
  const pieces = pending.map(({ tensor, index, spans: own }): Piece => {
    const { first, count } = run ?? { first: 0, count: tensor.elementCount };
    const output = byteRun(tensor.offset, tensor.sizeBytes, tensor.elementCount, { first, count });
    return {
      tensor: index,
      firstElement: first,
      elementCount: count,
      inputs: own.flatMap((span) => places[span] ?? []),
      output: { shard: tensor.shard, ...output },
    };
  });
  return { ranges, pieces };
}

function spanOf(input: PlannedInput, tensor: PlannedTensor, run: ElementRun | null): FetchRange {
  const { model, file, start, end } = input;
  if (run === null) return { model, file, start, end };
  return { model, file, ...byteRun(start, end - start, tensor.elementCount, run) };
}

/** Byte range of `run` in a tensor of `sizeBytes` that begins at `start`; runs begin at whole bytes for every dtype. */
function byteRun(
  start: number,
  sizeBytes: number,
  elementCount: number,
  run: ElementRun,
): { start: number; end: number } {
  const bytesPerElement = sizeBytes / elementCount;
  const end = run.first + run.count;
  return {
    start: start + run.first * bytesPerElement,
    end: start + (end === elementCount ? sizeBytes : end * bytesPerElement),
  };
}

/** Joins spans that touch. A span that another cluster fetches too (see MAX_CLUSTER) keeps its own range. */
function coalesce(spans: readonly FetchRange[]): {
  ranges: FetchRange[];
  places: InputPlace[];
} {
  const order = spans.map((span, index) => ({ span, index }));
  order.sort(
    (a, b) =>
      a.span.model - b.span.model ||
      (a.span.file < b.span.file ? -1 : a.span.file > b.span.file ? 1 : 0) ||
      a.span.start - b.span.start,
  );
  const ranges: FetchRange[] = [];
  const places: InputPlace[] = [];
  for (const { span, index } of order) {
    const last = ranges.at(-1);
    if (
      last !== undefined &&
      last.model === span.model &&
      last.file === span.file &&
      last.end === span.start
    ) {
      ranges[ranges.length - 1] = { ...last, end: span.end };
      places[index] = { range: ranges.length - 1, offset: span.start - last.start };
    } else {
      ranges.push(span);
      places[index] = { range: ranges.length - 1, offset: 0 };
    }
  }
  return { ranges, places };
}
