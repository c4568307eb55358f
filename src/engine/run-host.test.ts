import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { deferred } from '../base/deferred.ts';
import { createCpuKernels } from '../kernels/cpu/cpu-kernels.ts';
import { seededRandom } from '../kernels/test-tensors.ts';
import type { MergePlan } from '../plan/types.ts';
import type { LocalModel } from '../sources/types.ts';
import { type FullDisk, MemoryDisk } from '../storage/memory.ts';
import { EngineRoom } from './engine-room.ts';
import { FakeLocks } from './fake-locks.test-helper.ts';
import { madeModel } from './made-models.test-helper.ts';
import { planLocals } from './memory-run.test-helper.ts';
import type { RunState, RunStatus, SourceSettings } from './protocol.ts';
import { RunHost } from './run-host.ts';

const RECIPE = `merge_method: ties
base_model: made/base
models:
  - { model: made/a, parameters: { weight: 0.6, density: 0.4 } }
  - { model: made/b, parameters: { weight: 0.5, density: 0.7 } }
dtype: bfloat16
out_shard_size: 100KB
`;
/** So low that every tensor is a unit of its own. */
const RUN = { engine: 'cpu', budgetBytes: 3_000_000 } as const;
const ENDED: readonly RunState[] = ['done', 'failed', 'interrupted'];

/** A file whose reads of weights can be held up, or made to fail. */
class WatchedFile extends File {
  beforeRead: (start: number) => Promise<void> = async () => undefined;

  override slice(start = 0, end = this.size): Blob {
    const part = super.slice(start, end);
    part.arrayBuffer = async () => {
      await this.beforeRead(start);
      return new Response(super.slice(start, end)).arrayBuffer();
    };
    return part;
  }
}

const weights: WatchedFile[] = [];
const locals = [madeModel('made/base', 1), madeModel('made/a', 2), madeModel('made/b', 3)].map(watched);
const sources: SourceSettings = { endpoint: 'http://localhost', token: null, demo: false, locals };
let plan: MergePlan;
let expected: string;

function watched({ name, content }: LocalModel): LocalModel {
  if (content.kind !== 'files') throw new Error(name);
  const files = content.files.map(({ path, file }) => {
    if (!path.endsWith('.safetensors')) return { path, file };
    const own = new WatchedFile([file], path);
    weights.push(own);
    return { path, file: own };
  });
  return { name, content: { kind: 'files', files } };
}

/** A browser tab: its own worker, on storage and locks that tabs share. */
function openTab(disk: MemoryDisk) {
  const heard: RunStatus[] = [];
  const host = new RunHost({
    openRoot: async () => disk.root,
    room: new EngineRoom(createCpuKernels()),
    hashing: { append: async () => null, digest: async () => null, forget: async () => null },
    emit: (status) => heard.push(status),
  });
  const find = async (id: string) => {
    const run = (await host.list()).find((candidate) => candidate.id === id);
    if (run === undefined) throw new Error(`There is no run ${id}.`);
    return run;
  };
  return {
    host,
    heard,
    find,
    start: () => host.start({ name: 'test', plan, sources, run: RUN }),
    until: (id: string, ...states: RunState[]) =>
      vi.waitFor(
        async () => {
          const run = await find(id);
          if (!states.includes(run.state)) throw new Error(`${run.state}: ${run.error?.message}`);
          return run;
        },
        { timeout: 10_000, interval: 1 },
      ),
  };
}

type Tab = ReturnType<typeof openTab>;

/** Digest of every output file but the lock file, which names the time. */
async function outputOf({ host }: Tab, { id, files }: RunStatus): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, sizeBytes, sha256 } of files) {
    const bytes = new Uint8Array(await (await host.outputFile({ id, path })).arrayBuffer());
    expect(bytes.byteLength).toBe(sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
    if (path !== 'graft.lock.json') hash.update(path).update(bytes);
  }
  return hash.digest('hex');
}

/** Holds up every read of weights until the function it returns is called. */
function holdReads(): () => void {
  const gate = deferred<void>();
  for (const file of weights) file.beforeRead = () => gate.promise;
  return gate.resolve;
}

// Every range that waits for its turn listens to its run's signal; Node takes more than ten for a leak.
setMaxListeners(0);

beforeAll(async () => {
  vi.stubGlobal('navigator', { locks: new FakeLocks() });
  ({ plan } = await planLocals(RECIPE, locals));
  expect(plan.shards.length).toBeGreaterThan(2);
  const tab = openTab(new MemoryDisk());
  const { id } = await tab.start();
  expected = await outputOf(tab, await tab.until(id, 'done'));
});

afterEach(() => {
  vi.stubGlobal('navigator', { locks: new FakeLocks() });
  for (const file of weights) file.beforeRead = async () => undefined;
});

describe('one run', () => {
  test('a finished run tells true totals and its last state, once it is stored', async () => {
    const tab = openTab(new MemoryDisk());
    const { id } = await tab.start();
    const run = await tab.until(id, 'done');
    expect(run).toMatchObject({
      fetchedBytes: plan.totals.fetchBytes,
      fetchBytes: plan.totals.fetchBytes,
      engine: 'cpu',
    });
    expect(run.shards.map(({ writtenBytes }) => writtenBytes)).toEqual(
      plan.shards.map(({ sizeBytes }) => sizeBytes),
    );
    await vi.waitFor(() => expect(tab.heard.at(-1)).toMatchObject({ id, state: 'done' }));
    // A run that says it is done can be removed at once.
    await tab.host.remove(id);
    expect(await tab.host.list()).toEqual([]);
  });

  test('pausing stops it, also in its last steps, and resuming finishes it', async () => {
    const tab = openTab(new MemoryDisk());
    const go = holdReads();
    const { id } = await tab.start();
    await tab.host.pause(id);
    expect(await tab.find(id)).toMatchObject({ state: 'paused' });
    expect((await tab.find(id)).error).toBeUndefined();
    go();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await tab.find(id)).toMatchObject({ state: 'paused', files: [] });
    await tab.host.resume(id, sources, RUN);
    await tab.until(id, 'finishing', 'done');
    await tab.host.pause(id);
    await tab.host.resume(id, sources, RUN);
    expect((await tab.find(id)).state).not.toBe('running');
    expect(await outputOf(tab, await tab.until(id, 'done'))).toBe(expected);
    // Too late: it is done.
    await tab.host.pause(id);
    await tab.host.cancel(id);
    expect(await tab.find(id)).toMatchObject({ state: 'done' });
    expect(await outputOf(tab, await tab.find(id))).toBe(expected);
  });

  test('cancelling deletes its output, and it stays in the list', async () => {
    const disk = new MemoryDisk();
    const tab = openTab(disk);
    holdReads();
    const { id } = await tab.start();
    await tab.until(id, 'running');
    await tab.host.cancel(id);
    expect(await tab.find(id)).toMatchObject({ state: 'cancelled' });
    expect((await tab.find(id)).error).toBeUndefined();
    expect(disk.usedBytes).toBeLessThan(100_000);
    await expect(tab.host.resume(id, sources, RUN)).rejects.toMatchObject({
      tag: 'FileMissing',
      message: expect.stringContaining('cancelled'),
    });
    await tab.host.remove(id);
    expect(await tab.host.list()).toEqual([]);
  });

  test('what is merged when it is paused is kept, though the power goes then', async () => {
    const disk = new MemoryDisk();
    const tab = openTab(disk);
    // The bytes of the first tensors arrive, then no more for now.
    let reads = 0;
    const gate = deferred<void>();
    for (const file of weights) file.beforeRead = () => (reads++ < 50 ? Promise.resolve() : gate.promise);
    const { id } = await tab.start();
    await vi.waitFor(async () => expect((await tab.find(id)).writtenBytes).toBeGreaterThan(0));
    await tab.host.pause(id);
    const { writtenBytes } = await vi.waitFor(async () => {
      const before = await tab.find(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const now = await tab.find(id);
      expect(now.writtenBytes).toBe(before.writtenBytes);
      return now;
    });
    disk.crash(() => 1);
    vi.stubGlobal('navigator', { locks: new FakeLocks() });
    const next = openTab(disk);
    await next.host.resume(id, sources, { ...RUN, budgetBytes: 500_000_000 });
    await vi.waitFor(async () => expect((await next.find(id)).writtenBytes).toBe(writtenBytes));
    gate.resolve();
    expect(await outputOf(next, await next.until(id, 'done'))).toBe(expected);
  });

  test('a paused and an interrupted run can be cancelled', async () => {
    const disk = new MemoryDisk();
    const tab = openTab(disk);
    const go = holdReads();
    const { id } = await tab.start();
    await tab.host.pause(id);
    const cancelled = tab.host.cancel(id);
    go();
    await cancelled;
    expect(await tab.find(id)).toMatchObject({ state: 'cancelled' });

    holdReads();
    const { id: other } = await tab.start();
    await vi.waitFor(async () => expect((await tab.find(other)).inFlightBytes).toBeGreaterThan(0));
    disk.crash(() => 0.5);
    vi.stubGlobal('navigator', { locks: new FakeLocks() });
    const next = openTab(disk);
    expect(await next.find(other)).toMatchObject({ state: 'interrupted' });
    await next.host.cancel(other);
    expect(await next.find(other)).toMatchObject({ state: 'cancelled' });
  });

  test('a source that fails ends it in words, and resuming finishes it', async () => {
    const tab = openTab(new MemoryDisk());
    for (const file of weights) {
      file.beforeRead = async () => {
        throw new DOMException('gone', 'NotReadableError');
      };
    }
    const { id } = await tab.start();
    const failed = await tab.until(id, 'failed');
    expect(failed.error).toMatchObject({ tag: 'SourceChanged' });
    expect(failed.log.at(-1)?.text).toBe(failed.error?.message);
    for (const file of weights) file.beforeRead = async () => undefined;
    const resuming = tab.host.resume(id, sources, RUN);
    // From the first moment on.
    expect(await tab.find(id)).toMatchObject({ state: 'running' });
    await resuming;
    const run = await tab.until(id, 'done');
    expect(run.error).toBeUndefined();
    expect(await outputOf(tab, run)).toBe(expected);
  });

  test('models that are not there end it in words, and resuming with them finishes it', async () => {
    const tab = openTab(new MemoryDisk());
    const { id } = await tab.host.start({
      name: 'test',
      plan,
      sources: { ...sources, locals: [] },
      run: RUN,
    });
    expect((await tab.until(id, 'failed')).error).toMatchObject({ tag: 'PermissionNeeded' });
    await tab.host.resume(id, sources, RUN);
    expect(await outputOf(tab, await tab.until(id, 'done'))).toBe(expected);
  });
});

describe('several runs', () => {
  test('only one is at work, however fast they are started', async () => {
    const tab = openTab(new MemoryDisk());
    const go = holdReads();
    const starts = await Promise.allSettled([tab.start(), tab.start()]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = starts.find((start) => start.status === 'rejected');
    expect(refused?.reason).toMatchObject({ tag: 'JobLocked', message: 'Another run is at work.' });

    // A paused one lets another go ahead, and has to wait for it then.
    const [first] = await tab.host.list();
    if (first === undefined) throw new Error('no run');
    await tab.host.pause(first.id);
    const second = await tab.start();
    await expect(tab.host.resume(first.id, sources, RUN)).rejects.toMatchObject({ tag: 'JobLocked' });
    go();
    await tab.until(second.id, 'done');
    await tab.host.resume(first.id, sources, RUN);
    expect(await outputOf(tab, await tab.until(first.id, 'done'))).toBe(expected);
  });

  test('another tab can do nothing to a run, and hears how it ends', async () => {
    const disk = new MemoryDisk();
    const [tab, other] = [openTab(disk), openTab(disk)];
    const go = holdReads();
    const { id } = await tab.start();
    expect(await other.find(id)).toMatchObject({ state: 'running' });
    const lockedElsewhere = { tag: 'JobLocked', message: expect.stringContaining('another tab') };
    await expect(other.host.resume(id, sources, RUN)).rejects.toMatchObject(lockedElsewhere);
    await expect(other.host.pause(id)).rejects.toMatchObject(lockedElsewhere);
    await expect(other.host.cancel(id)).rejects.toMatchObject(lockedElsewhere);
    await expect(other.host.remove(id)).rejects.toMatchObject({ tag: 'JobLocked' });
    go();
    expect(await outputOf(tab, await tab.until(id, 'done'))).toBe(expected);
    await vi.waitFor(() => expect(other.heard.at(-1)).toMatchObject({ id, state: 'done' }));
  });
});

describe('a full disk', () => {
  test.each<FullDisk>(['short', 'lie', 'quota'])(
    '(%s) pauses it in words; room finishes it',
    async (whenFull) => {
      const totalBytes = plan.totals.writeBytes;
      for (const share of [0.02, 0.4, 0.8, 0.999]) {
        const disk = new MemoryDisk();
        disk.whenFull = whenFull;
        const tab = openTab(disk);
        const go = holdReads();
        const { id } = await tab.start();
        disk.capacityBytes = disk.usedBytes + share * totalBytes;
        go();
        const paused = await tab.until(id, 'paused');
        expect(paused.error).toMatchObject({
          tag: 'StorageFull',
          fix: expect.stringContaining('Free space'),
        });
        // Resuming without room pauses again.
        await tab.host.resume(id, sources, RUN);
        await tab.until(id, 'paused');
        disk.capacityBytes = Number.POSITIVE_INFINITY;
        await tab.host.resume(id, sources, RUN);
        const run = await tab.until(id, 'done');
        expect(run.fetchedBytes).toBe(plan.totals.fetchBytes);
        expect(run.error).toBeUndefined();
        expect(await outputOf(tab, run)).toBe(expected);
      }
    },
  );
});

describe('a crash', () => {
  test('at any moment loses nothing that was recorded: resuming gives the same bytes', async () => {
    // Units are recorded after some time; here every look at the clock is two seconds later.
    let clockMs = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (clockMs += 2000));
    const sound = new MemoryDisk();
    const soundTab = openTab(sound);
    let reads = 0;
    for (const file of weights) {
      file.beforeRead = async () => {
        reads++;
      };
    }
    const { id: soundId } = await soundTab.start();
    const begun = sound.log.length;
    await soundTab.until(soundId, 'done');
    const operations = sound.log.length;
    const commits = sound.log.filter(
      (operation) => operation.startsWith('write') && operation.endsWith('journal'),
    );
    expect(commits.length).toBeGreaterThan(5);
    const readsOfAll = reads;
    let wentOn = 0;
    const random = seededRandom(7);
    for (let round = 0; round < 25; round++) {
      const disk = new MemoryDisk();
      disk.operationsLeft = begun + Math.floor(random() * (operations - begun));
      const tab = openTab(disk);
      const { id } = await tab.start();
      await tab.until(id, ...ENDED);
      disk.crash(random);
      vi.stubGlobal('navigator', { locks: new FakeLocks() });

      reads = 0;
      const next = openTab(disk);
      const found = await next.find(id);
      expect(['interrupted', 'failed', 'done']).toContain(found.state);
      // With another ceiling every other time, which makes other units.
      const settings = { ...RUN, budgetBytes: round % 2 === 0 ? RUN.budgetBytes : 500_000_000 };
      if (found.state !== 'done') await next.host.resume(id, sources, settings);
      const run = await next.until(id, 'done', 'failed');
      expect(run.error).toBeUndefined();
      if (reads > 0 && reads < readsOfAll) wentOn++;
      expect(await outputOf(next, run)).toBe(expected);
      expect(run.fetchedBytes).toBe(plan.totals.fetchBytes);
    }
    clock.mockRestore();
    // Most resumed in the middle.
    expect(wentOn).toBeGreaterThan(10);
  });
});
