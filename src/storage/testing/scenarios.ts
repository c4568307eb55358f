/** What opfs.gpu.test.ts runs inside a dedicated worker, where sync access handles exist. Each returns plain data. */

import { isGraftError } from '../../base/errors.ts';
import { crc32c } from '../crc32c.ts';
import { openJobStore } from '../job-store.ts';
import { openOpfsRoot } from '../opfs.ts';
import { probeQuota } from '../quota.ts';
import type { JobFiles } from '../types.ts';
import { holdJob, type JobHold } from '../web-lock.ts';
import { readAll, writeAll } from '../write-all.ts';

const BYTES = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 7) % 251);
const AT = 3_000_001;
const FIRST = 'model-1.safetensors';
const FILES = [
  { path: FIRST, sizeBytes: 9_000_000 },
  { path: 'model-2.safetensors', sizeBytes: 9_000_000 },
];
const RECORD = { file: 0, start: AT, end: AT + BYTES.byteLength, crc32c: crc32c(BYTES) };

/** Kept between calls: what this worker holds open. */
let openJob: JobFiles | null = null;
let hold: JobHold | null = null;

export const SCENARIOS = {
  /** Makes a job with one record and leaves it open, one more write unflushed. */
  async makeJob(id: string) {
    const store = openJobStore(await openOpfsRoot());
    openJob = await store.create({ id, plan: '{"a":1}', state: { step: 0 } });
    await openJob.allocate(FILES);
    await openJob.write(0, AT, BYTES);
    await openJob.commit([RECORD]);
    await openJob.write(1, 0, BYTES);
    await openJob.writeWhole('nested/config.json', new TextEncoder().encode('{}'));
    return store.update(id, { step: 1 });
  },

  async closeJob() {
    await openJob?.close();
  },

  /** A File and a listing, while some worker has the job open. */
  async lookAt(id: string) {
    const store = openJobStore(await openOpfsRoot({ lockPatienceMs: 50 }));
    const file = await store.file(id, FIRST);
    const part = new Uint8Array(await file.slice(AT, AT + BYTES.byteLength).arrayBuffer());
    return {
      sizeBytes: file.size,
      crcMatches: crc32c(part) === RECORD.crc32c,
      config: await (await store.file(id, 'nested/config.json')).text(),
      listed: (await store.list()).find((job) => job.id === id)?.state,
      openAgain: await tagOf(() => store.open(id)),
      remove: await tagOf(() => store.remove(id)),
    };
  },

  async reopen(id: string) {
    const job = await openJobStore(await openOpfsRoot()).open(id);
    try {
      const dropped = await job.allocate(FILES);
      const target = new Uint8Array(BYTES.byteLength);
      await job.read(0, AT, target);
      const subtle = await crypto.subtle.digest('SHA-256', await (await job.file(FIRST)).arrayBuffer());
      return {
        plan: job.plan,
        state: job.state,
        dropped,
        completedIsRecord: JSON.stringify(job.completed()) === JSON.stringify([RECORD]),
        bytesMatch: crc32c(target) === RECORD.crc32c,
        shaMatches: (await job.sha256(FIRST)) === hexOf(new Uint8Array(subtle)),
      };
    } finally {
      await job.close();
    }
  },

  async removeJob(id: string) {
    const store = openJobStore(await openOpfsRoot());
    await store.remove(id);
    return { listed: (await store.list()).some((job) => job.id === id), orphans: await store.orphans() };
  },

  /** A lock that is freed late is waited for. */
  async waitForLock() {
    const root = await openOpfsRoot();
    const first = await root.openFile('contended', { create: true });
    writeAll(first, BYTES, 0, 'contended');
    setTimeout(() => first.close(), 150);
    const second = await root.openFile('contended', { create: false });
    const target = new Uint8Array(BYTES.byteLength);
    readAll(second, target, 0, 'contended');
    second.close();
    await root.remove('contended');
    return crc32c(target) === RECORD.crc32c;
  },

  async missing() {
    const root = await openOpfsRoot();
    return {
      file: await tagOf(() => root.openFile('nowhere', { create: false })),
      nested: await tagOf(() => root.getFile('no/such/file')),
      directory: await tagOf(() => root.directory('nowhere', { create: false })),
      remove: await tagOf(() => root.remove('nowhere')),
      escape: await tagOf(() => root.openFile('../up', { create: true })),
    };
  },

  async quota() {
    const root = await openOpfsRoot();
    const small = await probeQuota(root, 10_000_000);
    const huge = await probeQuota(root, 2 ** 50);
    const leftOver = (await root.list()).some(({ name }) => name === 'quota-probe');
    return { small, huge, leftOver };
  },

  async hold(id: string) {
    hold = await holdJob(id);
  },

  async release() {
    hold?.release();
  },
};

async function tagOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    return isGraftError(error) ? error.tag : String(error);
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
