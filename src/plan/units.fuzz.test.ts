import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DTYPE_BITS, type MergeDtype } from '../base/dtype.ts';
import { BLOCK_ELEMENTS } from '../base/limits.ts';
import { clusterTensors } from './clusters.ts';
import { NOMINAL_ENGINE } from './cost.ts';
import { maxTileElements, tileGranule } from './engine-shape.ts';
import type { PlannedInput, PlannedTensor } from './types.ts';
import { planUnits } from './units.ts';
import { type Piece, type Step, type Unit, unitFetchBytes } from './work.ts';

const MIB = 1024 * 1024;

interface Drawn {
  readonly elementCount: number;
  readonly out: MergeDtype;
  readonly readsTwice: boolean;
  readonly hasWholeRows: boolean;
  /** Model and dtype of each input; `shared` reads the previous tensor's bytes of that model, when it can. */
  readonly inputs: readonly {
    readonly model: number;
    readonly dtype: MergeDtype;
    readonly shared: boolean;
  }[];
}

const dtype = fc.constantFrom<MergeDtype>('BF16', 'F16', 'F32');
const drawn: fc.Arbitrary<Drawn> = fc.record({
  elementCount: fc.oneof(
    fc.integer({ min: 0, max: 100_000 }),
    fc.integer({ min: 1_000_000, max: 60_000_000 }),
    fc.constantFrom(1, 4096, 4097, 32_000_000, 500_000_000),
  ),
  out: dtype,
  readsTwice: fc.boolean(),
  hasWholeRows: fc.boolean(),
  inputs: fc.uniqueArray(
    fc.record({ model: fc.nat(3), dtype, shared: fc.integer({ min: 0, max: 4 }).map((n) => n === 0) }),
    { minLength: 1, maxLength: 4, selector: ({ model }) => model },
  ),
});

/** Tensors that share an input have one shape, so one row length. */
function rowLengthOf(elementCount: number): number {
  return [1, 3, 64, 896, 2880, 4096, 14336][elementCount % 7] ?? 1;
}

/** Lays drawn tensors out: inputs one after another in their model's two files, outputs in one shard. */
function planned(tensors: readonly Drawn[]): PlannedTensor[] {
  const ends = new Map<string, number>();
  const last = new Map<number, { readonly elementCount: number; readonly input: PlannedInput }>();
  let offset = 500;
  return tensors.map(({ elementCount, out, readsTwice, hasWholeRows, inputs }, index) => {
    const sizeBytes = (elementCount * DTYPE_BITS[out]) / 8;
    const placed = inputs.map(({ model, dtype: stored, shared }): PlannedInput => {
      const previous = last.get(model);
      if (shared && previous?.elementCount === elementCount) return previous.input;
      const file = `part-${Math.floor(index / 5)}`;
      const start = ends.get(`${model}${file}`) ?? 100;
      const end = start + (elementCount * DTYPE_BITS[stored]) / 8;
      ends.set(`${model}${file}`, end);
      const input = {
        model,
        tensor: `t${index}`,
        file,
        dtype: stored,
        start,
        end,
        parameters: {},
        maskKey: [0, 0],
      } as const;
      last.set(model, { elementCount, input });
      return input;
    });
    const start = offset;
    offset += sizeBytes;
    return {
      name: `t${index}`,
      shape: [elementCount],
      dtype: out,
      elementCount,
      shard: 0,
      offset: start,
      sizeBytes,
      inputs: placed,
      base: null,
      globalParameters: {},
      program: 'method',
      readsTwice,
      wholeRows: hasWholeRows ? rowLengthOf(elementCount) : null,
    };
  });
}

function stepsOf(unit: Unit): readonly Step[] {
  return 'tiles' in unit ? unit.tiles : [unit];
}

const cases = fc.record({
  tensors: fc.array(drawn, { minLength: 1, maxLength: 25 }),
  budgetBytes: fc.integer({ min: 64, max: 600 }).map((count) => count * MIB),
});

/** What is wrong with a piece, or null: its run, its output, or where its inputs' bytes come from. */
function fault(step: Step, piece: Piece, tensor: PlannedTensor, from: number): string | null {
  const { firstElement, elementCount, output, inputs } = piece;
  if (firstElement !== from || firstElement % BLOCK_ELEMENTS !== 0)
    return `starts at ${firstElement}, not ${from}`;
  if (firstElement % (tensor.wholeRows ?? 1) !== 0) return `cuts a row at ${firstElement}`;
  const width = DTYPE_BITS[tensor.dtype] / 8;
  const start = tensor.offset + firstElement * width;
  if (output.start !== start || output.end !== start + elementCount * width) return 'writes elsewhere';
  if (inputs.length !== tensor.inputs.length) return 'has not all inputs';
  for (const [index, input] of tensor.inputs.entries()) {
    const place = inputs[index];
    const range = step.ranges[place?.range ?? -1];
    if (place === undefined || range === undefined) return 'has an input without bytes';
    const inputWidth = DTYPE_BITS[input.dtype] / 8;
    const at = range.start + place.offset;
    if (range.model !== input.model || range.file !== input.file) return 'reads another file';
    if (at !== input.start + firstElement * inputWidth) return 'reads elsewhere';
    if (at + elementCount * inputWidth > range.end) return 'reads past its range';
  }
  return null;
}

test('every element of every tensor is merged exactly once, in order, from the right bytes', () => {
  fc.assert(
    fc.property(cases, ({ tensors: raw, budgetBytes }) => {
      const tensors = planned(raw);
      const next = tensors.map(() => 0);
      const faults: string[] = [];
      for (const step of planUnits({ tensors }, { budgetBytes, engine: NOMINAL_ENGINE }).flatMap(stepsOf)) {
        for (const piece of step.pieces) {
          const tensor = tensors[piece.tensor];
          const wrong = tensor && fault(step, piece, tensor, next[piece.tensor] ?? -1);
          if (wrong !== null) faults.push(`${tensor?.name} ${wrong}`);
          next[piece.tensor] = piece.firstElement + piece.elementCount;
        }
      }
      expect(faults).toEqual([]);
      expect(next).toEqual(tensors.map(({ elementCount }) => elementCount));
    }),
    { numRuns: 100 },
  );
});

test('no unit costs more than the ceiling, nor less than it fetches and writes', () => {
  fc.assert(
    fc.property(cases, ({ tensors: raw, budgetBytes }) => {
      const costs: number[] = [];
      for (const unit of planUnits({ tensors: planned(raw) }, { budgetBytes, engine: NOMINAL_ENGINE })) {
        const steps = stepsOf(unit);
        const moving = steps.map((step) => {
          const fetched = step.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
          return step.pieces.reduce((sum, { output }) => sum + output.end - output.start, fetched);
        });
        if (unit.costBytes > budgetBytes || unit.costBytes < Math.max(...moving)) costs.push(unit.costBytes);
      }
      expect(costs).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('no byte is fetched twice, except where a chain of sharing tensors is cut, and the totals count it', () => {
  fc.assert(
    fc.property(cases, ({ tensors: raw, budgetBytes }) => {
      const tensors = planned(raw);
      const units = planUnits({ tensors }, { budgetBytes, engine: NOMINAL_ENGINE });
      const fetched = units.reduce((sum, unit) => sum + unitFetchBytes(unit), 0);
      const clusters = clusterTensors(tensors);
      expect(fetched).toBe(clusters.reduce((sum, { fetchBytes }) => sum + fetchBytes, 0));
      if (clusters.some((cluster) => cluster.tensors.length === 8)) return;
      const distinct = new Map<string, number>();
      for (const { model, file, start, end } of tensors.flatMap(({ inputs }) => inputs)) {
        distinct.set(
          `${model}/${file}/${start}`,
          Math.max(end - start, distinct.get(`${model}/${file}/${start}`) ?? 0),
        );
      }
      expect(fetched).toBe([...distinct.values()].reduce((sum, size) => sum + size, 0));
    }),
    { numRuns: 100 },
  );
});

test('tiles of an engine end where rows end, and are no larger than it takes', () => {
  const rows = fc.record({
    wholeRows: fc.integer({ min: 1, max: 5000 }),
    rowCount: fc.integer({ min: 1, max: 20_000 }),
    mostBlocks: fc.integer({ min: 1, max: 4000 }),
  });
  fc.assert(
    fc.property(rows, ({ wholeRows, rowCount, mostBlocks }) => {
      const elementCount = wholeRows * rowCount;
      const drawnTensor = {
        elementCount,
        out: 'F32',
        readsTwice: true,
        hasWholeRows: true,
        inputs: [],
      } as const;
      const [laid] = planned([drawnTensor]);
      if (laid === undefined) throw new Error('no tensor');
      const tensor = { ...laid, wholeRows };
      const engine = { ...NOMINAL_ENGINE, maxTileElements: () => mostBlocks * BLOCK_ELEMENTS };
      const granule = tileGranule(tensor);
      expect(granule === elementCount || granule % BLOCK_ELEMENTS === 0).toBe(true);
      expect(granule % wholeRows).toBe(0);
      if (granule > mostBlocks * BLOCK_ELEMENTS) {
        expect(() => maxTileElements(tensor, engine)).toThrow(/whole rows .* of t0/);
        return;
      }
      const most = maxTileElements(tensor, engine);
      expect(most % granule).toBe(0);
      expect(most).toBeLessThanOrEqual(mostBlocks * BLOCK_ELEMENTS);
      expect(most + granule).toBeGreaterThan(mostBlocks * BLOCK_ELEMENTS);
    }),
  );
});
