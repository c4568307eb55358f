/** The Hub's API as @huggingface/hub 2.17 uses it: search, model info, access check, tree, who am I. */

import { createHash } from 'node:crypto';
import type { Access } from './access.ts';
import { readCard } from './card.ts';
import type { Exchange } from './exchange.ts';
import type { FaultList } from './faults.ts';
import type { Repos } from './repos.ts';
import type { Repo, RepoFile } from './types.ts';

const ACTIONS = new Set(['revision', 'tree', 'auth-check']);

export interface ApiContext {
  readonly endpoint: string;
  readonly repos: Repos;
  readonly access: Access;
  readonly faults: FaultList;
  readonly pageSize: number;
}

/** Answers a request below `/api/`. */
export async function serveApi(exchange: Exchange, context: ApiContext): Promise<void> {
  if (!context.access.knows(exchange)) return;
  if (exchange.path === '/api/whoami-v2') return whoAmI(exchange);
  if (exchange.path === '/api/models') return search(exchange, context);
  const segments = exchange.path.split('/').slice(3);
  if (!exchange.path.startsWith('/api/models/') || segments.length === 0) {
    return exchange.refuse(404, null, 'Not found');
  }
  const nameLength = segments.length === 1 || ACTIONS.has(segments[1] ?? '') ? 1 : 2;
  const name = segments.slice(0, nameLength).join('/');
  const [action = 'revision', revision = 'HEAD', ...path] = segments.slice(nameLength);

  const { renamedTo } = context.access.policy(name);
  if (renamedTo !== undefined) {
    const location = exchange.url.pathname.replace(`/api/models/${name}`, `/api/models/${renamedTo}`);
    return exchange.redirect(307, `${location}${exchange.url.search}`);
  }
  const repo = await context.repos.find(name);
  if (repo === null) return context.access.missing(exchange);
  if (!context.access.sees(exchange, name)) return context.access.unseen(exchange);
  if (action === 'auth-check') {
    if (context.access.opens(exchange, name)) exchange.json(200, {});
    return;
  }
  if (!names(repo, revision)) {
    return exchange.refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  }
  if (action === 'tree') return tree(exchange, context, repo, path.join('/'));
  if (action === 'revision') return exchange.json(200, await modelInfo(context, repo));
  exchange.refuse(404, null, 'Not found');
}

/** Whether a revision names this repository's only commit. */
export function names(repo: Repo, revision: string): boolean {
  return revision === 'main' || revision === 'HEAD' || revision === repo.sha;
}

async function modelInfo(context: ApiContext, repo: Repo): Promise<Record<string, unknown>> {
  const policy = context.access.policy(repo.name);
  const { cardData, tags } = await readCard(repo);
  return {
    _id: createHash('sha1').update(repo.name).digest('hex').slice(0, 24),
    id: repo.name,
    modelId: repo.name,
    author: repo.name.split('/')[0],
    sha: repo.sha,
    private: policy.private ?? false,
    gated: policy.gated ?? false,
    disabled: false,
    downloads: 0,
    likes: 0,
    pipeline_tag: 'text-generation',
    lastModified: '2024-01-01T00:00:00.000Z',
    createdAt: '2024-01-01T00:00:00.000Z',
    tags,
    cardData,
    siblings: repo.files.map((file) => ({ rfilename: file.path })),
  };
}

async function search(exchange: Exchange, context: ApiContext): Promise<void> {
  const query = exchange.url.searchParams;
  const wanted = (query.get('search') ?? '').toLowerCase();
  const author = query.get('author');
  const found = (await context.repos.names()).filter(
    (name) =>
      name.toLowerCase().includes(wanted) &&
      (author === null || name.startsWith(`${author}/`)) &&
      context.access.policy(name).renamedTo === undefined &&
      context.access.sees(exchange, name),
  );
  const limit = Math.min(Number(query.get('limit') ?? 500), context.pageSize);
  const page = takePage(exchange, context, found, limit);
  const items: unknown[] = [];
  for (const name of page.items) {
    const repo = await context.repos.find(name);
    if (repo !== null) items.push(await modelInfo(context, repo));
  }
  exchange.json(200, items, page.headers);
}

function tree(exchange: Exchange, context: ApiContext, repo: Repo, folder: string): void {
  const recursive = ['true', '1', 'True'].includes(exchange.url.searchParams.get('recursive') ?? '');
  const prefix = folder === '' ? '' : `${folder}/`;
  const entries = new Map<string, unknown>();
  for (const file of repo.files) {
    if (!file.path.startsWith(prefix)) continue;
    const parts = file.path.slice(prefix.length).split('/');
    for (let depth = 1; depth < parts.length && (recursive || depth === 1); depth++) {
      const path = prefix + parts.slice(0, depth).join('/');
      entries.set(path, { type: 'directory', oid: gitId(path), size: 0, path });
    }
    if (!recursive && parts.length > 1) continue;
    entries.set(
      file.path,
      treeEntry(file, context.faults.extraBytes(`/${repo.name}/resolve/${repo.sha}/${file.path}`)),
    );
  }
  if (entries.size === 0 && folder !== '') {
    exchange.refuse(404, 'EntryNotFound', `${folder} does not exist on "main"`);
    return;
  }
  const page = takePage(exchange, context, [...entries.values()], context.pageSize);
  exchange.json(200, page.items, page.headers);
}

function treeEntry(file: RepoFile, extraBytes: number): Record<string, unknown> {
  const size = file.sizeBytes + extraBytes;
  return {
    type: 'file',
    oid: gitId(file.etag),
    size,
    path: file.path,
    ...(file.large && file.sha256 !== undefined ? { lfs: { oid: file.sha256, size, pointerSize: 135 } } : {}),
  };
}

const gitId = (text: string): string => createHash('sha1').update(text).digest('hex');

function takePage<T>(
  exchange: Exchange,
  context: ApiContext,
  all: readonly T[],
  limit: number,
): { items: readonly T[]; headers: Record<string, string> } {
  const from = Number(exchange.url.searchParams.get('cursor') ?? 0);
  const to = from + limit;
  if (to >= all.length) return { items: all.slice(from), headers: {} };
  const next = new URL(exchange.url.pathname + exchange.url.search, context.endpoint);
  next.searchParams.set('cursor', String(to));
  return { items: all.slice(from, to), headers: { Link: `<${next.href}>; rel="next"` } };
}

function whoAmI(exchange: Exchange): void {
  if (exchange.token === null) {
    exchange.refuse(401, null, 'Invalid username or password.');
    return;
  }
  exchange.json(200, {
    type: 'user',
    id: gitId(exchange.token).slice(0, 24),
    name: 'reader',
    fullname: 'A Reader',
    canPay: false,
    isPro: false,
    orgs: [],
    auth: { type: 'access_token', accessToken: { displayName: 'local', role: 'read' } },
  });
}
