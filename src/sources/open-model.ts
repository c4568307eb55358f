/** Finds a model by the name a recipe gives it: an opened folder first, then the demo models, then the Hub. */

import type { FileEntry, ModelFiles, ModelOrigin } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';
import { LOCAL_OWNER } from '../recipe/model-ref.ts';
import type { ModelRef } from '../recipe/types.ts';
import { DEMO_OWNER, openDemoModel } from './demo-source.ts';
import { openHubModel } from './hub-source.ts';
import { openLocalModel } from './local-source.ts';
import { singleFile } from './single-file.ts';
import type { SourceSettings } from './types.ts';

/** What only tests change. */
export interface OpenOptions {
  /** Folder of the demo models; where the page's build puts them by default. */
  readonly demoRoot?: URL;
}

/**
 * Opens the model of a reference (not its adapter), or the one file of it that the reference names. Throws
 * `ModelNotFound` and its kin, `PermissionNeeded`, or a network error. The revision of a reference is for the Hub;
 * folders and demo models have none.
 */
export async function openModel(
  ref: ModelRef,
  settings: SourceSettings,
  signal?: AbortSignal,
  options: OpenOptions = {},
): Promise<ModelFiles> {
  const files = await openWhole(ref, settings, signal, options);
  return ref.file === undefined ? files : singleFile(files, ref.file);
}

async function openWhole(
  ref: ModelRef,
  settings: SourceSettings,
  signal: AbortSignal | undefined,
  options: OpenOptions,
): Promise<ModelFiles> {
  const local = settings.locals.find((model) => model.name === ref.repo);
  if (local !== undefined) return openLocalModel(local, signal);
  if (ref.repo.startsWith(`${LOCAL_OWNER}/`)) throw notOpen(ref.repo);
  if (settings.demo && ref.repo.startsWith(`${DEMO_OWNER}/`)) {
    const demo = await openDemoModel({ name: ref.repo, root: options.demoRoot ?? demoRoot(), signal });
    if (demo !== null) return demo;
  }
  const { endpoint, token } = settings;
  return openHubModel({ endpoint, token, repo: ref.repo, revision: ref.revision, signal });
}

/**
 * Opens the very model a run was planned with: the same place, the same commit, and for every file in `expected` the
 * same size (and SHA-256 or time of writing, where the source knows it); else `SourceChanged`. A token of the settings
 * is used only when the run's endpoint is still the settings' own.
 */
export async function reopenModel(
  origin: ModelOrigin,
  settings: SourceSettings,
  signal?: AbortSignal,
  expected: readonly FileEntry[] = [],
  options: OpenOptions = {},
): Promise<ModelFiles> {
  const files = await find(origin, settings, signal, options);
  const now = new Map(files.entries.map((entry) => [entry.path, entry]));
  for (const { path, sizeBytes, sha256, modifiedAtMs } of expected) {
    const entry = now.get(path);
    const same =
      entry?.sizeBytes === sizeBytes &&
      (sha256 === undefined || entry.sha256 === undefined || sha256 === entry.sha256) &&
      modifiedAtMs === entry.modifiedAtMs;
    if (!same) throw changed(nameOf(origin), path);
  }
  return files;
}

async function find(
  origin: ModelOrigin,
  settings: SourceSettings,
  signal: AbortSignal | undefined,
  options: OpenOptions,
): Promise<ModelFiles> {
  if (origin.kind === 'hub') {
    const { endpoint, repo, revision, sha } = origin;
    const sameHub =
      URL.canParse(settings.endpoint) && new URL(settings.endpoint).origin === new URL(endpoint).origin;
    const token = sameHub ? settings.token : null;
    return openHubModel({ endpoint, token, repo, revision, sha, signal });
  }
  if (origin.kind === 'local') {
    const local = settings.locals.find((model) => model.name === origin.name);
    if (local !== undefined) return openLocalModel(local, signal);
    throw notOpen(origin.name);
  }
  const demo = await openDemoModel({ name: origin.name, root: options.demoRoot ?? demoRoot(), signal });
  if (demo !== null) return demo;
  throw changed(origin.name, 'the model');
}

const nameOf = (origin: ModelOrigin): string => (origin.kind === 'hub' ? origin.repo : origin.name);

function notOpen(name: string): GraftError {
  return new GraftError('PermissionNeeded', `The folder ${name} is not open.`, {
    where: name,
    fix: `Open the folder ${name} again, under the same name.`,
  });
}

function changed(model: string, path: string): GraftError {
  return new GraftError(
    'SourceChanged',
    `${model} is not what the merge was planned with: ${path} differs.`,
    {
      where: `${model}: ${path}`,
      fix: 'Start the merge anew, so that it is of one version.',
    },
  );
}

/**
 * `demo/` beside the page. Workers live one folder below it (`assets/`) in a build with a relative base, so a
 * relative base is taken from the parent of the worker's folder.
 */
function demoRoot(): URL {
  const base = import.meta.env.BASE_URL;
  const inWorker = typeof document === 'undefined';
  const page = base.startsWith('.') && inWorker ? new URL('..', location.href) : new URL(base, location.href);
  return new URL('demo/', page);
}
