/**
 * The demo models that ship with the page. They are small and come from any static host, which may not understand
 * ranges: so a file is fetched whole when its first byte is wanted, and checked against the manifest's size.
 */

import type { ByteSource, FileEntry, ModelFiles, ReadOptions } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { failureOfNetwork, failureOfStatus } from './answer-failure.ts';
import { readBounded } from './hub-api.ts';
import { fileMissing, isSafePath } from './paths.ts';
import { type Outcome, throwIfAborted, withRetry } from './retry.ts';

/** Demo models are called `quill/<name>`; other names are never looked for here. */
export const DEMO_OWNER = 'quill';

/** `public/demo/index.json`: what there is, so that nothing has to be probed. */
export interface DemoManifest {
  readonly models: readonly {
    readonly name: string;
    readonly files: readonly { readonly path: string; readonly sizeBytes: number; readonly sha256: string }[];
  }[];
}

export interface DemoRequest {
  /** `quill/<name>`. */
  readonly name: string;
  /** Folder of the manifest, with a trailing slash. */
  readonly root: URL;
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch;
}

const MANIFEST_BYTES = 1024 * 1024;

/** Opens a demo model; null when the page ships none of that name. */
export async function openDemoModel(request: DemoRequest): Promise<ModelFiles | null> {
  const { name, root, signal } = request;
  const get = request.fetch ?? fetch;
  const text = await download(get, new URL('index.json', root), MANIFEST_BYTES, 'the demo models', signal);
  const model = parseManifest(text).models.find((candidate) => candidate.name === name);
  if (model === undefined) return null;
  const entries: FileEntry[] = model.files
    .filter((file) => isSafePath(file.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const sources = new Map(
    entries.map((entry) => {
      const url = new URL(`${name}/${entry.path}`, root);
      return [entry.path, new DemoSource(get, url, entry.sizeBytes, `${name}: ${entry.path}`)];
    }),
  );
  return {
    origin: { kind: 'demo', name },
    entries,
    open: async (path) => {
      const source = sources.get(path);
      if (source === undefined) throw fileMissing(name, path);
      return source;
    },
  };
}

function parseManifest(text: Uint8Array): DemoManifest {
  try {
    return JSON.parse(new TextDecoder().decode(text)) as DemoManifest;
  } catch (error) {
    // Some static hosts answer every unknown path with their front page.
    throw new GraftError('BadAnswer', 'The list of demo models cannot be read.', {
      where: 'demo/index.json',
      fix: 'The site was published without its demo folder; its operator can add it.',
      cause: error,
    });
  }
}

class DemoSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #get: typeof fetch;
  readonly #url: URL;
  readonly #label: string;
  #whole: Promise<Uint8Array> | null = null;

  constructor(get: typeof fetch, url: URL, sizeBytes: number, label: string) {
    this.#get = get;
    this.#url = url;
    this.#label = label;
    this.sizeBytes = sizeBytes;
  }

  async read(start: number, target: Uint8Array, options: ReadOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    if (start < 0 || start + target.length > this.sizeBytes) {
      throw new GraftError('InvalidFile', `${this.#label} ends before byte ${start + target.length}.`, {
        where: this.#label,
      });
    }
    // Shared by all readers, so no single reader's signal may end it.
    this.#whole ??= this.#load().catch((error: unknown) => {
      this.#whole = null;
      throw error;
    });
    const whole = await this.#whole;
    throwIfAborted(options.signal);
    target.set(whole.subarray(start, start + target.length));
    options.onBytes?.(target.length);
  }

  async #load(): Promise<Uint8Array> {
    const bytes = await download(this.#get, this.#url, this.sizeBytes, this.#label, undefined);
    if (bytes.length === this.sizeBytes) return bytes;
    throw new GraftError(
      'SourceChanged',
      `${this.#label} has ${bytes.length} bytes, not ${this.sizeBytes}.`,
      {
        where: this.#label,
        fix: 'Reload the page: this site has been updated.',
      },
    );
  }
}

function download(
  get: typeof fetch,
  url: URL,
  limitBytes: number,
  label: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return withRetry(async (): Promise<Outcome<Uint8Array>> => {
    try {
      const response = await get(url.href, {
        cache: 'no-cache',
        ...(signal === undefined ? {} : { signal }),
      });
      if (response.ok) return { ok: true, value: await readBounded(response, limitBytes, label) };
      const context = { label, repo: null, signedIn: false, fromHub: false, nowMs: Date.now() };
      return { ok: false, failure: failureOfStatus(response, context) };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof GraftError) throw error;
      return { ok: false, failure: failureOfNetwork(label, error) };
    }
  }, signal);
}
