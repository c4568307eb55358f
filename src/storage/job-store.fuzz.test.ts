/**
 * Power loss and full disks at random moments of a job's life, on accumulating state: whatever was promised before is
 * there afterwards, and whatever is claimed is true.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isGraftError } from '../base/errors.ts';
import { crc32c } from './crc32c.ts';
import { openJobStore } from './job-store.ts';
import { type FullDisk, MemoryDisk, PowerLoss } from './memory.ts';
import type { JobFiles, JournalRecord } from './types.ts';

const ID = 'job';
const REGION_BYTES = 48;
const REGIONS = 6;
/** More files than stay open at once. */
const FILES = Array.from({ length: 5 }, (_, i) => ({
  path: `shard-${i}`,
  sizeBytes: REGIONS * REGION_BYTES,
}));

type Step =
  | { readonly kind: 'write'; readonly file: number; readonly region: number }
  | { readonly kind: 'commit' | 'update' | 'reopen' | 'makeRoom' }
  | { readonly kind: 'fill'; readonly leftBytes: number; readonly whenFull: FullDisk };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      file: fc.nat(FILES.length - 1),
      region: fc.nat(REGIONS - 1),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'commit' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'update' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fill' as const),
      leftBytes: fc.nat(100),
      whenFull: fc.constantFrom<FullDisk>('short', 'lie', 'quota'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'makeRoom' as const }) },
);

/** One power-on to power-loss: the crash comes after so many disk operations, and takes what the seed says. */
const round = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  crashAfter: fc.nat(120),
  seed: fc.integer(),
});

/** Never zero, so that lost bytes show. */
function bytesOf(file: number, region: number): Uint8Array {
  return Uint8Array.from({ length: REGION_BYTES }, (_, i) => 1 + ((file * 61 + region * 17 + i) % 255));
}

function recordOf(file: number, region: number): JournalRecord {
  const start = region * REGION_BYTES;
  return { file, start, end: start + REGION_BYTES, crc32c: crc32c(bytesOf(file, region)) };
}

const keyOf = ({ file, start }: JournalRecord) => `${file}:${start}`;

/** Differs from other counts' everywhere, so that a torn mixture shows. */
function stateOf(count: number) {
  return { count, filler: `${count} `.repeat(3000) };
}

/** Mulberry32, in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A program using storage, and what it was promised so far. */
class Program {
  readonly #disk: MemoryDisk;
  readonly #committed = new Map<string, JournalRecord>();
  /** Written since the last commit. */
  readonly #written = new Map<string, JournalRecord>();
  #created = false;
  /** The last update that returned; a later one up to `#attempt` may have happened too. */
  #count = 0;
  #attempt = 0;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  /** Lives through `steps` or until the power goes. */
  async live(steps: readonly Step[]): Promise<void> {
    let job = await this.start();
    for (const step of steps) {
      try {
        if (step.kind === 'reopen') {
          await job.close();
          job = await this.start();
        } else {
          await this.#apply(job, step);
        }
      } catch (error) {
        if (!isGraftError(error, 'StorageFull')) throw error;
      }
    }
  }

  /** Opens the job, or makes it when it was not there yet, and checks every promise. */
  async start(): Promise<JobFiles> {
    this.#written.clear();
    const store = openJobStore(this.#disk.root);
    const [found] = await store.list();
    if (found?.state == null) {
      expect(this.#created).toBe(false);
      if (found !== undefined) await store.remove(ID);
      const job = await store.create({ id: ID, plan: '{}', state: stateOf(0) });
      this.#created = true;
      await job.allocate(FILES);
      return job;
    }
    const count = Number(found.state.count);
    expect(found.state).toEqual(stateOf(count));
    expect(count).toBeGreaterThanOrEqual(this.#count);
    expect(count).toBeLessThanOrEqual(this.#attempt);
    this.#created = true;
    const job = await store.open(ID);
    // A disk that keeps what it flushed never makes a claim false.
    expect(await job.allocate(FILES)).toEqual([]);
    const claimed = new Set(job.completed().map(keyOf));
    for (const key of this.#committed.keys()) expect(claimed).toContain(key);
    for (const { file, start, end, crc32c: claimedCrc } of job.completed()) {
      const target = new Uint8Array(end - start);
      await job.read(file, start, target);
      expect(target).toEqual(bytesOf(file, start / REGION_BYTES));
      expect(crc32c(target)).toBe(claimedCrc);
    }
    return job;
  }

  async #apply(job: JobFiles, step: Exclude<Step, { kind: 'reopen' }>): Promise<void> {
    switch (step.kind) {
      case 'write': {
        const record = recordOf(step.file, step.region);
        await job.write(step.file, record.start, bytesOf(step.file, step.region));
        this.#written.set(keyOf(record), record);
        return;
      }
      case 'commit':
        await job.commit([...this.#written.values()]);
        for (const [key, record] of this.#written) this.#committed.set(key, record);
        this.#written.clear();
        return;
      case 'update': {
        const count = ++this.#attempt;
        await openJobStore(this.#disk.root).update(ID, stateOf(count));
        this.#count = count;
        return;
      }
      case 'fill':
        this.#disk.capacityBytes = this.#disk.usedBytes + step.leftBytes;
        this.#disk.whenFull = step.whenFull;
        return;
      case 'makeRoom':
        this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
    }
  }
}

test('what was committed is there after any crash, and what is claimed is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 5 }), async (rounds) => {
      const disk = new MemoryDisk();
      const program = new Program(disk);
      for (const { steps, crashAfter, seed } of rounds) {
        disk.operationsLeft = crashAfter;
        try {
          await program.live(steps);
        } catch (error) {
          // Only the crash may stop the program.
          const crashed =
            error instanceof PowerLoss || (isGraftError(error) && error.cause instanceof PowerLoss);
          if (!crashed) throw error;
        }
        disk.crash(randomFrom(seed));
        disk.capacityBytes = Number.POSITIVE_INFINITY;
        await program.start();
        disk.crash(randomFrom(seed));
      }
    }),
    { numRuns: 250 },
  );
}, 60_000);
