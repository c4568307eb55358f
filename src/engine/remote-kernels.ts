/**
 * The CPU engine in workers of its own, so that merging goes on while the run worker fetches and writes. The kernels'
 * interface is the same; a tile lives in one worker, which gets a copy of its operands.
 */

import { GraftError } from '../base/errors.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import type { Kernels, Operand, Tile, TileInput } from '../kernels/types.ts';
import { BufferPool } from './buffer-pool.ts';
import { type Connection, connect, type Handlers, type MessageEnd } from './rpc.ts';

/** The kernels that work on a tile. */
export type TileKernel = {
  [Name in keyof Kernels]: Kernels[Name] extends (tile: Tile, ...rest: never[]) => Promise<unknown>
    ? Name
    : never;
}[keyof Kernels];

/** What a kernel takes besides its tile. */
type RestOf<Name extends TileKernel> = Kernels[Name] extends (tile: Tile, ...rest: infer Rest) => unknown
  ? Rest
  : never;

export type KernelCalls = {
  load: { input: { readonly tile: number; readonly input: TileInput }; output: null };
  /** Answers with the memory of the tile's operands, to be used again. */
  release: { input: number; output: readonly ArrayBuffer[] };
  compute: {
    input: { readonly tile: number; readonly kernel: TileKernel; readonly rest: readonly unknown[] };
    output: unknown;
  };
};

/** The worker's side. */
export function kernelHandlers(): Handlers<KernelCalls> {
  const kernels = createCpuKernels();
  const tiles = new Map<number, { readonly tile: Tile; readonly buffers: readonly ArrayBuffer[] }>();
  return {
    async load({ tile, input }) {
      const buffers = input.operands.map(({ bytes }) => bytes.buffer as ArrayBuffer);
      tiles.set(tile, { tile: await kernels.load(input), buffers });
      return null;
    },
    async release(tile) {
      const held = tiles.get(tile);
      tiles.delete(tile);
      held?.tile.release();
      return held?.buffers ?? [];
    },
    async compute({ tile, kernel, rest }) {
      const held = tiles.get(tile);
      if (held === undefined) throw new GraftError('Internal', 'The tile was released.');
      const work = kernels[kernel] as (tile: Tile, ...rest: readonly unknown[]) => Promise<unknown>;
      return work.call(kernels, held.tile, ...rest);
    },
  };
}

/** Buffers that an answer of the worker gives away: outputs and operands, which it needs no more. */
export function movedBuffers(output: unknown): Transferable[] {
  if (output instanceof Uint8Array) return [output.buffer];
  return Array.isArray(output) ? output.filter((item) => item instanceof ArrayBuffer) : [];
}

class RemoteTile implements Tile {
  readonly firstIndex: number;
  readonly elementCount: number;
  readonly operandCount: number;
  readonly number: number;
  readonly end: WorkerEnd;
  readonly #onRelease: () => void;
  #released = false;

  constructor(input: TileInput, number: number, end: WorkerEnd, onRelease: () => void) {
    this.firstIndex = input.firstIndex;
    this.elementCount = input.elementCount;
    this.operandCount = input.operands.length;
    this.number = number;
    this.end = end;
    this.#onRelease = onRelease;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#onRelease();
  }
}

/** What the engine needs of a Worker. */
export interface KernelWorker extends MessageEnd {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'error', listener: (event: { readonly message: string }) => void): void;
}

interface WorkerEnd {
  readonly connection: Connection<KernelCalls>;
  tileCount: number;
}

class RemoteKernels implements Kernels {
  readonly engine = 'cpu';
  readonly #shape = createCpuKernels();
  readonly device = this.#shape.device;
  readonly maxTileElements = this.#shape.maxTileElements.bind(this.#shape);
  readonly residentBytes = this.#shape.residentBytes.bind(this.#shape);
  readonly #ends: readonly WorkerEnd[];
  readonly #pool = new BufferPool();
  #tiles = 0;

  constructor(workers: readonly KernelWorker[]) {
    this.#ends = workers.map((worker) => {
      const connection = connect<KernelCalls, never>(worker);
      worker.addEventListener('error', ({ message }) => {
        connection.close(
          new GraftError('Internal', message || 'The worker of the CPU engine could not start.', {
            fix: 'Reload the page.',
          }),
        );
      });
      return { connection, tileCount: 0 };
    });
  }

  async load(input: TileInput): Promise<Tile> {
    const end = this.#ends.reduce((least, other) => (other.tileCount < least.tileCount ? other : least));
    const number = this.#tiles++;
    const operands = input.operands.map((operand) => this.#copied(operand));
    end.tileCount++;
    const release = () => {
      end.tileCount--;
      end.connection.call('release', number).then(
        (buffers) => {
          for (const buffer of buffers) this.#pool.give(buffer);
        },
        () => undefined,
      );
    };
    try {
      await end.connection.call(
        'load',
        { tile: number, input: { ...input, operands } },
        undefined,
        operands.map(({ bytes }) => bytes.buffer),
      );
    } catch (error) {
      release();
      throw error;
    }
    return new RemoteTile(input, number, end, release);
  }

  gram: Kernels['gram'] = (tile, ...rest) => this.#compute('gram', tile, rest);
  groupGram: Kernels['groupGram'] = (tile, ...rest) => this.#compute('groupGram', tile, rest);
  histograms: Kernels['histograms'] = (tile, ...rest) => this.#compute('histograms', tile, rest);
  indexOfMagnitude: Kernels['indexOfMagnitude'] = (tile, ...rest) =>
    this.#compute('indexOfMagnitude', tile, rest);
  sums: Kernels['sums'] = (tile, ...rest) => this.#compute('sums', tile, rest);
  overlaps: Kernels['overlaps'] = (tile, ...rest) => this.#compute('overlaps', tile, rest);
  rowDivergence: Kernels['rowDivergence'] = (tile, ...rest) => this.#compute('rowDivergence', tile, rest);
  combine: Kernels['combine'] = (tile, ...rest) => this.#compute('combine', tile, rest);
  consensus: Kernels['consensus'] = (tile, ...rest) => this.#compute('consensus', tile, rest);
  pick: Kernels['pick'] = (tile, ...rest) => this.#compute('pick', tile, rest);

  dispose(): void {
    for (const { connection } of this.#ends) {
      connection.close(new GraftError('Cancelled', 'The engine was closed.'));
    }
  }

  async #compute<Name extends TileKernel>(
    kernel: Name,
    tile: Tile,
    rest: RestOf<Name>,
  ): Promise<Awaited<ReturnType<Kernels[Name]>>> {
    if (!(tile instanceof RemoteTile) || tile.released || !this.#ends.includes(tile.end)) {
      throw new GraftError('Internal', 'The tile was released or belongs to another engine.');
    }
    const output = await tile.end.connection.call('compute', { tile: tile.number, kernel, rest });
    return output as Awaited<ReturnType<Kernels[Name]>>;
  }

  #copied({ dtype, bytes }: Operand): Operand & { readonly bytes: Uint8Array<ArrayBuffer> } {
    const copy = this.#pool.take(bytes.byteLength);
    copy.set(bytes);
    return { dtype, bytes: copy };
  }
}

/** The CPU engine over workers that serve `kernelHandlers`; tiles go to the one that has the fewest. */
export function createRemoteKernels(workers: readonly KernelWorker[]): Kernels {
  return new RemoteKernels(workers);
}
