/** A model on the Hub: its revision pinned to a commit once, its files listed at that commit, its bytes by strict ranges. */

import { listFiles, modelInfo } from '@huggingface/hub';
import type { ByteSource, FileEntry, ModelFiles } from '../base/bytes.ts';
import { GraftError, isGraftError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type HttpAccess, HttpSource } from './http-source.ts';
import { type ApiCall, apiFetch, asHubError, normalEndpoint } from './hub-api.ts';
import { fileMissing, isSafePath } from './paths.ts';

export interface HubModelRequest extends HttpAccess {
  /** `owner/name`. */
  readonly repo: string;
  /** Branch, tag or commit; the main branch when null. */
  readonly revision: string | null;
  /** The commit that the revision meant when it was first opened; it is opened again, wherever the branch is now. */
  readonly sha?: string;
  readonly signal?: AbortSignal | undefined;
}

const REPO_NAME = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/**
 * Opens a model of the Hub. Two requests (info, file list), one more when it is gated; no weights. Throws
 * `ModelNotFound`, `ModelGated`, `ModelPrivate`, `ModelRenamed`, `Unauthorized`, or a network error.
 *
 * Bytes come by plain ranged GET on `/resolve/`, which every hub and CDN serves, and not by the Xet protocol: its
 * ranges are those of its own blocks, so that bytes could not be checked, counted and resumed one by one.
 */
export async function openHubModel(request: HubModelRequest): Promise<ModelFiles> {
  const { repo, revision, signal } = request;
  const wanted = request.sha ?? revision;
  const access: HttpAccess = { ...request, endpoint: normalEndpoint(request.endpoint) };
  if (!REPO_NAME.test(repo) || repo.includes('..')) {
    throw new GraftError('ModelNotFound', `"${repo}" is not the name of a model.`, {
      where: repo,
      fix: 'Write it as owner/name, as in the address of its page.',
    });
  }
  const label = wanted === null ? repo : `${repo}@${wanted}`;
  const call: ApiCall = { label, repo, signal };
  try {
    const sha = await pin(access, call, wanted);
    if (request.sha !== undefined && request.sha !== sha) {
      throw new GraftError('SourceChanged', `The hub answers with another commit than ${label}.`, {
        where: repo,
        fix: 'Start the merge anew, so that it is of one version.',
      });
    }
    const entries = await list(access, call, repo, sha);
    return new HubModel(access, repo, revision ?? 'main', sha, entries);
  } catch (error) {
    throw asHubError(error, label);
  }
}

/** The commit behind a revision, after the checks of name and access. */
async function pin(access: HttpAccess, call: ApiCall, revision: string | null): Promise<string> {
  const repo = call.repo ?? call.label;
  const info = await modelInfo({
    name: repo,
    hubUrl: access.endpoint,
    additionalFields: ['sha'],
    fetch: apiFetch(access, call),
    ...(revision === null ? {} : { revision }),
  });
  if (typeof info.name !== 'string' || !/^[0-9a-f]{40}$/.test(info.sha)) {
    throw new GraftError('BadAnswer', `The hub does not name the commit of ${call.label}.`, { where: repo });
  }
  if (info.name.toLowerCase() !== repo.toLowerCase()) {
    throw new GraftError('ModelRenamed', `${repo} is now called ${info.name}.`, {
      where: repo,
      fix: `Write ${info.name} in the recipe.`,
    });
  }
  if (info.gated) await checkGate(access, call, repo);
  return info.sha;
}

/** Info and file list of a gated model are public, its files are not: better to know before the first of them. */
async function checkGate(access: HttpAccess, call: ApiCall, repo: string): Promise<void> {
  const ask = apiFetch(access, { ...call, patient: false });
  try {
    await ask(`${access.endpoint}/api/models/${repo}/auth-check`);
  } catch (error) {
    const telling = ['ModelGated', 'ModelPrivate', 'Unauthorized', 'Cancelled'] as const;
    if (telling.some((tag) => isGraftError(error, tag))) throw error;
    // The hub does not answer the question; the first file will.
  }
}

async function list(
  access: HttpAccess,
  call: ApiCall,
  repo: string,
  sha: string,
): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  const files = listFiles({
    repo,
    recursive: true,
    revision: sha,
    hubUrl: access.endpoint,
    fetch: apiFetch(access, call),
  });
  let seen = 0;
  for await (const item of files) {
    if (++seen > LIMITS.modelFiles) {
      throw new GraftError('BadAnswer', `${call.label} has more than ${LIMITS.modelFiles} files.`, {
        where: repo,
        fix: 'This is not a model that can be merged.',
      });
    }
    if (item.type !== 'file') continue;
    const sizeBytes = item.lfs?.size ?? item.size;
    if (!isSafePath(item.path) || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw new GraftError('BadAnswer', `The hub's file list of ${call.label} is malformed.`, {
        where: repo,
        fix: 'Check the address of the hub.',
      });
    }
    const sha256 = item.lfs?.oid;
    entries.push({
      path: item.path,
      sizeBytes,
      ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    });
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

class HubModel implements ModelFiles {
  readonly origin: ModelFiles['origin'];
  readonly entries: readonly FileEntry[];
  readonly #access: HttpAccess;
  readonly #base: string;
  readonly #repo: string;
  /** Kept, so that all readers of a file share its signed URL. */
  readonly #sources = new Map<string, HttpSource>();

  constructor(
    access: HttpAccess,
    repo: string,
    revision: string,
    sha: string,
    entries: readonly FileEntry[],
  ) {
    this.origin = { kind: 'hub', endpoint: access.endpoint, repo, revision, sha };
    this.entries = entries;
    this.#access = access;
    this.#repo = repo;
    this.#base = `${access.endpoint}/${repo}/resolve/${sha}/`;
  }

  async open(path: string): Promise<ByteSource> {
    const entry = this.entries.find((candidate) => candidate.path === path);
    if (entry === undefined) throw fileMissing(this.#repo, path);
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const url = this.#base + path.split('/').map(encodeURIComponent).join('/');
    const file = { url, sizeBytes: entry.sizeBytes, label: `${this.#repo}: ${path}`, repo: this.#repo };
    const source = new HttpSource(file, this.#access);
    this.#sources.set(path, source);
    return source;
  }
}
