/** All jobs of this origin: making, opening, listing and removing their directories (layout in types.ts). */

import { GraftError, isGraftError } from '../base/errors.ts';
import { OUTPUT_DIRECTORY, openJobFiles, SPOOL } from './job-files.ts';
import { createState, readState, STATE_SLOTS, updateState } from './job-state.ts';
import { Journal } from './journal.ts';
import { checkJobId, checkName } from './paths.ts';
import { sha256Digest } from './sha256.ts';
import { corrupt } from './storage-errors.ts';
import type {
  JobFiles,
  JobStore,
  Orphan,
  StoredJob,
  StoredJobSummary,
  StoredState,
  SyncDirectory,
} from './types.ts';
import { flushFile, writeAll } from './write-all.ts';

const JOBS = 'jobs';
const PLAN = 'plan.json';
const JOURNAL = 'journal';

/** `root`: of the private file system, from `openOpfsRoot`. Nothing is touched before the first call. */
export function openJobStore(root: SyncDirectory): JobStore {
  return new DirectoryJobStore(root);
}

class DirectoryJobStore implements JobStore {
  readonly #root: SyncDirectory;
  /** The end of each job's queue of updates. */
  readonly #updates = new Map<string, Promise<unknown>>();

  constructor(root: SyncDirectory) {
    this.#root = root;
  }

  async create({ id, plan, state }: StoredJob): Promise<JobFiles> {
    checkJobId(id);
    const jobs = await this.#root.directory(JOBS, { create: true });
    if ((await jobs.list()).some(({ name }) => name === id)) {
      throw new GraftError('Internal', `There is already a job ${id}.`, { where: id });
    }
    try {
      return await createIn(await jobs.directory(id, { create: true }), { id, plan, state });
    } catch (error) {
      // Only what this call made; a failure to tidy up matters less than the failure itself.
      await jobs.remove(id).catch(() => {});
      throw error;
    }
  }

  async open(id: string): Promise<JobFiles> {
    const directory = await this.#job(id);
    const planFile = new Uint8Array(await (await directory.getFile(PLAN)).arrayBuffer());
    const digest = await sha256Digest(planFile);
    const journal = await openJournal(directory, (file) => Journal.open(file, digest, JOURNAL), false);
    return closingOnError(journal, async () => {
      const state = await stateOf(directory, id);
      await removeIfThere(directory, SPOOL);
      return openJobFiles({ id, plan: new TextDecoder().decode(planFile), state, directory, journal });
    });
  }

  async list(): Promise<readonly StoredJobSummary[]> {
    const jobs = await ifThere(() => this.#root.directory(JOBS, { create: false }));
    if (jobs === undefined) return [];
    const ids = (await jobs.list()).filter(({ kind }) => kind === 'directory').map(({ name }) => name);
    return Promise.all(
      ids
        .sort()
        .map(async (id) => ({ id, state: await readState(await jobs.directory(id, { create: false })) })),
    );
  }

  async orphans(): Promise<readonly Orphan[]> {
    const jobs = (await this.list()).filter(({ state }) => state === null);
    return [
      ...jobs.map(({ id }) => ({ path: `${JOBS}/${id}`, kind: 'job' as const })),
      ...(await swapFiles(this.#root, '')),
    ];
  }

  update(id: string, patch: object): Promise<StoredState> {
    const run = async () => updateState(await this.#job(id), patch);
    const before = this.#updates.get(id) ?? Promise.resolve();
    const result = before.then(run, run);
    this.#updates.set(id, result);
    return result;
  }

  async remove(id: string): Promise<void> {
    const directory = await this.#idleJob(id);
    // The state first: cut short, this leaves an orphan and not a job without its files.
    for (const slot of STATE_SLOTS) await removeIfThere(directory, slot);
    await (await this.#root.directory(JOBS, { create: false })).remove(id);
    this.#updates.delete(id);
  }

  async removeOutput(id: string): Promise<void> {
    const directory = await this.#idleJob(id);
    // The journal first: what it claims must be there.
    for (const name of [JOURNAL, OUTPUT_DIRECTORY, SPOOL, PLAN]) await removeIfThere(directory, name);
  }

  async file(id: string, path: string): Promise<File> {
    const output = await (await this.#job(id)).directory(OUTPUT_DIRECTORY, { create: false });
    return output.getFile(path);
  }

  /** The directory of a job that nobody has open, else `JobLocked`: the journal is open for as long as its job is. */
  async #idleJob(id: string): Promise<SyncDirectory> {
    const directory = await this.#job(id);
    const journal = await ifThere(() => directory.openFile(JOURNAL, { create: false }));
    journal?.close();
    return directory;
  }

  async #job(id: string): Promise<SyncDirectory> {
    checkName(id);
    const jobs = await this.#root.directory(JOBS, { create: false });
    return jobs.directory(id, { create: false });
  }
}

async function createIn(directory: SyncDirectory, { id, plan, state }: StoredJob): Promise<JobFiles> {
  const encoded = new TextEncoder().encode(plan);
  await writeNew(directory, PLAN, encoded);
  const digest = await sha256Digest(encoded);
  const journal = await openJournal(directory, (file) => Journal.create(file, digest, JOURNAL), true);
  return closingOnError(journal, async () => {
    // Last, because a directory is a job once it has a state.
    await createState(directory, state);
    return openJobFiles({ id, plan, state: await stateOf(directory, id), directory, journal });
  });
}

async function stateOf(directory: SyncDirectory, id: string): Promise<StoredState> {
  const state = await readState(directory);
  if (state === null) throw corrupt(id, 'The state of this run cannot be read.');
  return state;
}

async function writeNew(directory: SyncDirectory, name: string, bytes: Uint8Array): Promise<void> {
  const file = await directory.openFile(name, { create: true });
  try {
    writeAll(file, bytes, 0, name);
    flushFile(file, name);
  } finally {
    file.close();
  }
}

async function openJournal(
  directory: SyncDirectory,
  make: (file: Awaited<ReturnType<SyncDirectory['openFile']>>) => Journal,
  create: boolean,
): Promise<Journal> {
  const file = await directory.openFile(JOURNAL, { create });
  return closingOnError(file, async () => make(file));
}

/** Runs `action`; when it throws, `resource` is closed, so that the job is not locked against its own retry. */
async function closingOnError<Result>(
  resource: { close(): void },
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    resource.close();
    throw error;
  }
}

async function ifThere<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isGraftError(error, 'FileMissing')) return undefined;
    throw error;
  }
}

async function removeIfThere(directory: SyncDirectory, name: string): Promise<void> {
  await ifThere(() => directory.remove(name));
}

/** What a killed browser leaves of createWritable (Chromium's name for it). */
async function swapFiles(directory: SyncDirectory, prefix: string): Promise<Orphan[]> {
  const found: Orphan[] = [];
  for (const { name, kind } of await directory.list()) {
    if (kind === 'file' && name.endsWith('.crswap')) found.push({ path: prefix + name, kind: 'swapFile' });
    if (kind === 'directory') {
      const inner = await directory.directory(name, { create: false });
      found.push(...(await swapFiles(inner, `${prefix}${name}/`)));
    }
  }
  return found;
}
