/** Downloads: `/<repo>/resolve/<revision>/<path>` on the hub, signed links that expire on the CDN's own origin. */

import { createHmac, randomBytes } from 'node:crypto';
import type { Access } from './access.ts';
import { names } from './api.ts';
import type { Exchange } from './exchange.ts';
import type { FaultList } from './faults.ts';
import type { Repos } from './repos.ts';
import { sendFile } from './send-file.ts';

export interface DownloadContext {
  readonly cdnOrigin: string;
  readonly repos: Repos;
  readonly access: Access;
  readonly faults: FaultList;
  readonly signer: Signer;
  readonly bytesPerSecond: number | undefined;
}

const DOWNLOAD = /^\/([^/]+(?:\/[^/]+)?)\/(resolve|raw)\/([^/]+)\/(.+)$/;

/** Answers a download on the hub's origin; false when the path is not one. */
export async function serveResolve(exchange: Exchange, context: DownloadContext): Promise<boolean> {
  const match = DOWNLOAD.exec(exchange.path);
  if (match === null) return false;
  const [, name = '', , revision = '', path = ''] = match;
  if (!context.access.knows(exchange)) return true;
  const { renamedTo } = context.access.policy(name);
  if (renamedTo !== undefined) {
    exchange.redirect(307, exchange.url.pathname.replace(`/${name}/`, `/${renamedTo}/`));
    return true;
  }
  const repo = await context.repos.find(name);
  if (repo === null) {
    context.access.missing(exchange);
  } else if (!context.access.sees(exchange, name)) {
    context.access.unseen(exchange);
  } else if (!names(repo, revision)) {
    exchange.refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  } else if (context.access.opens(exchange, name)) {
    const file = repo.files.find((candidate) => candidate.path === path);
    if (file === undefined) {
      exchange.refuse(404, 'EntryNotFound', 'Entry not found', { 'X-Repo-Commit': repo.sha });
    } else if (file.large) {
      const target = new URL(`/cdn/${encodePath(`${name}/${repo.sha}/${path}`)}`, context.cdnOrigin);
      context.signer.sign(target);
      exchange.redirect(302, target.href, {
        'X-Repo-Commit': repo.sha,
        'X-Linked-Size': file.sizeBytes,
        'X-Linked-ETag': `"${file.sha256 ?? file.etag}"`,
      });
    } else {
      await sendFile(exchange, file, { fault: context.faults.take('body', 'hub', exchange.path) });
    }
  }
  return true;
}

/** Answers a request on the CDN's origin. It speaks GET and HEAD only: a preflight is refused without CORS. */
export async function serveCdn(exchange: Exchange, context: DownloadContext): Promise<void> {
  if (exchange.token !== null) {
    return exchange.refuse(400, null, 'Only one auth mechanism allowed');
  }
  if (!context.signer.accepts(exchange.url)) return exchange.refuse(403, null, 'Request has expired');
  const [, , owner = '', name = '', , ...path] = exchange.path.split('/');
  const repo = await context.repos.find(`${owner}/${name}`);
  const file = repo?.files.find((candidate) => candidate.path === path.join('/'));
  if (file === undefined) return exchange.refuse(404, null, 'No such key');
  const fault = context.faults.take('body', 'cdn', exchange.path);
  await sendFile(exchange, file, { fault, bytesPerSecond: context.bytesPerSecond });
}

/** Signs URLs for a time with a key of this run. */
export class Signer {
  readonly #key = randomBytes(16);
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  sign(url: URL): void {
    const expires = String(Date.now() + this.#seconds * 1000);
    url.searchParams.set('Expires', expires);
    url.searchParams.set('Signature', this.#signature(url.pathname, expires));
  }

  accepts(url: URL): boolean {
    const expires = url.searchParams.get('Expires') ?? '';
    return (
      Number(expires) > Date.now() &&
      url.searchParams.get('Signature') === this.#signature(url.pathname, expires)
    );
  }

  #signature(pathname: string, expires: string): string {
    return createHmac('sha256', this.#key).update(`${pathname} ${expires}`).digest('hex');
  }
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
