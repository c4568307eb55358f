/** One tensor of a unit: its tiles from the fetched bytes, its pieces to the output, whatever happens to the engine. */

import { GraftError, isGraftError } from '../base/errors.ts';
import type { MethodDefinition } from '../methods/types.ts';
import { maxTileElements } from '../plan/engine-shape.ts';
import type { PlannedTensor } from '../plan/types.ts';
import type { Piece } from '../plan/work.ts';
import type { RunControl } from './control.ts';
import type { EngineLease } from './engine-room.ts';
import type { Health, TensorExam } from './health.ts';
import { Intervals } from './intervals.ts';
import type { StoredOperand } from './kernel-operand.ts';
import { mergeTensor } from './merge-tensor.ts';
import type { Meter } from './meter.ts';
import type { OutputWriter } from './output-writer.ts';
import type { StepFeed } from './step-feed.ts';
import type { TileFeed } from './tiles.ts';

export interface MergeParts {
  readonly method: MethodDefinition;
  readonly engine: EngineLease;
  readonly writer: OutputWriter;
  readonly control: RunControl;
  readonly meter: Meter;
  readonly onTensor: (name: string) => void;
  readonly health: Health;
  readonly warn: (text: string) => void;
}

/** A tensor of a unit with the places its pieces come from and go to. */
export interface TensorWork {
  readonly tensor: PlannedTensor;
  readonly parts: readonly WorkPart[];
  /** Whether its tiles stay in the engine between passes; else each pass reads them again. */
  readonly keep: boolean;
  /** Whether it begins when all before it are written: there is one scratch file. */
  readonly alone: boolean;
}

export interface WorkPart {
  readonly piece: Piece;
  readonly step: StepFeed;
  /**
   * Gives back the memory of this part when it is written. Present for resident tiles, whose fetched bytes are also
   * dropped as soon as the engine holds them; other bytes stay until their unit is written, in case a device is lost.
   */
  readonly giveBack: (() => void) | null;
}

/**
 * Merges one tensor's pieces, and writes them after `turn`. A lost device is replaced and the tensor is done again, except
 * for writing what is written; the engine that takes over may cut other tiles.
 */
export async function mergeWork(
  { tensor, parts: pieces, keep }: TensorWork,
  parts: MergeParts,
  turn: Promise<void>,
): Promise<void> {
  const { control, engine, meter, method, writer, warn } = parts;
  parts.onTensor(tensor.name);
  const written = new Intervals();
  const exam = parts.health.examOf(tensor);
  const elementBytes = tensor.sizeBytes / tensor.elementCount;
  const emit = async (firstIndex: number, bytes: Uint8Array, isFresh: boolean) => {
    await turn;
    for (const { start, end } of written.missing(firstIndex, firstIndex + bytes.byteLength / elementBytes)) {
      const part = bytes.subarray((start - firstIndex) * elementBytes, (end - firstIndex) * elementBytes);
      meter.mergedBytes += part.byteLength;
      exam.seeOutput(start, end - start, part);
      const isWhole = part.byteLength === bytes.byteLength;
      await writer.write(tensor.shard, tensor.offset + start * elementBytes, part, isFresh && isWhole);
      written.add(start, end);
    }
  };
  let largest = tensor.elementCount;
  for (;;) {
    await control.pass();
    const kernels = engine.kernels;
    // Never larger than before: the unit's cost was reckoned with the first engine's tiles.
    largest = Math.min(largest, maxTileElements(tensor, kernels));
    const feeds = pieces.flatMap((part) => feedsOf(tensor, part, largest, exam));
    try {
      await mergeTensor(kernels, method, { tensor, feeds, keep, emit, warn });
      parts.health.settle(tensor);
      return;
    } catch (error) {
      if (!isGraftError(error, 'DeviceLost')) throw error;
      await engine.recover(kernels);
    }
  }
}

/** The tiles of one piece, none larger than the engine takes. */
function feedsOf(
  tensor: PlannedTensor,
  { piece, step, giveBack }: WorkPart,
  largest: number,
  exam: TensorExam,
): TileFeed[] {
  const tileCount = Math.max(1, Math.ceil(piece.elementCount / largest));
  let leftToLoad = tileCount;
  let leftToFinish = tileCount;
  return Array.from({ length: tileCount }, (_, at) => {
    const offset = at * largest;
    const elementCount = Math.min(largest, piece.elementCount - offset);
    return {
      firstIndex: piece.firstElement + offset,
      elementCount,
      operands: async () => {
        const operands = operandsOf(tensor, piece, await step.buffers(), offset, elementCount);
        exam.seeInputs(piece.firstElement + offset, elementCount, operands);
        return operands;
      },
      drop: () => {
        leftToLoad--;
        if (giveBack !== null && leftToLoad === 0) step.drop();
      },
      done: () => {
        leftToFinish--;
        if (leftToFinish === 0) giveBack?.();
      },
    };
  });
}

function operandsOf(
  tensor: PlannedTensor,
  piece: Piece,
  buffers: readonly Uint8Array[],
  offset: number,
  elementCount: number,
): StoredOperand[] {
  return tensor.inputs.map(({ dtype, start, end }, at) => {
    const place = piece.inputs[at];
    const buffer = place === undefined ? undefined : buffers[place.range];
    if (place === undefined || buffer === undefined) {
      throw new GraftError('Internal', 'A piece names a range that its step has not.', {
        where: tensor.name,
      });
    }
    const width = (end - start) / tensor.elementCount;
    const first = place.offset + offset * width;
    return { dtype, bytes: buffer.subarray(first, first + elementCount * width) };
  });
}
