/**
 * Opened checkpoints, kept while the recipe is being written, so that a keystroke opens nothing twice. Failures are
 * forgotten after some seconds, because gates open and typing goes on.
 */

import type { ModelFiles } from '../base/bytes.ts';
import { type GraftError, toGraftError } from '../base/errors.ts';
import { openCheckpoint } from '../model/open-checkpoint.ts';
import type { Checkpoint } from '../model/types.ts';
import type { ModelRef } from '../recipe/types.ts';
import { openModel } from '../sources/open-model.ts';
import type { LocalModel, SourceSettings } from './protocol.ts';

/** A model that cannot be opened is asked for again after this long. */
const FAILURE_MS = 5_000;
/** A reference must stand still this long before a server is asked about it: nobody types a name in one keystroke. */
const SETTLE_MS = 350;

/** A checkpoint, or why it cannot be opened. */
export type Opened = Checkpoint | GraftError;

interface Entry {
  readonly key: string;
  readonly result: Promise<Opened>;
  failedAtMs: number | null;
}

export class ModelCache {
  readonly #entries = new Map<string, Entry>();

  /**
   * The checkpoint, or why it cannot be opened; rejects only when `signal` aborts first.
   * @param again asks anew when it could not be opened before
   */
  async open(ref: ModelRef, settings: SourceSettings, signal: AbortSignal, again = false): Promise<Opened> {
    const key = await keyOf(ref, settings);
    const known = this.#entries.get(ref.text);
    const fresh = known?.key === key && !(again ? known.failedAtMs !== null : isStale(known));
    if (!fresh) await settle(signal);
    const entry = fresh ? known : this.#add(ref, key, settings);
    return raceAbort(entry.result, signal);
  }

  #add(ref: ModelRef, key: string, settings: SourceSettings): Entry {
    const entry: Entry = { key, failedAtMs: null, result: this.#load(ref, settings) };
    this.#entries.set(ref.text, entry);
    void entry.result.then((result) => {
      if (result instanceof Error) entry.failedAtMs = Date.now();
    });
    return entry;
  }

  async #load(ref: ModelRef, settings: SourceSettings): Promise<Opened> {
    try {
      const files: ModelFiles = await openModel(ref, settings);
      return await openCheckpoint(files, ref.text);
    } catch (error) {
      return toGraftError(error);
    }
  }
}

function isStale(entry: Entry): boolean {
  return entry.failedAtMs !== null && Date.now() - entry.failedAtMs > FAILURE_MS;
}

/** Everything that could change what a reference opens. The token counts by presence and value, in memory only. */
async function keyOf(ref: ModelRef, settings: SourceSettings): Promise<string> {
  const local = settings.locals.find(({ name }) => name === ref.repo);
  if (local !== undefined) return `local ${await localKey(local)}`;
  return JSON.stringify([settings.endpoint, settings.token, settings.demo]);
}

async function localKey({ name, content }: LocalModel): Promise<string> {
  if (content.kind === 'files') {
    return content.files.map(({ path, file }) => `${path} ${file.size} ${file.lastModified}`).join('\n');
  }
  const sizes: string[] = [];
  try {
    for await (const [path, entry] of content.handle.entries()) {
      if (entry.kind !== 'file') continue;
      const file = await entry.getFile();
      sizes.push(`${path} ${file.size} ${file.lastModified}`);
    }
  } catch {
    // Permission is gone or the folder is: opening it says so in words.
    return `${name} closed ${Date.now()}`;
  }
  return sizes.sort().join('\n');
}

function settle(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, SETTLE_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
