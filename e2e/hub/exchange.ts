/** One request and its answer: decoded path, CORS as the public Hub and its CDN send it, JSON and typed errors, the log. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultKind, LogEntry, OriginName } from './types.ts';

const EXPOSED = [
  'X-Repo-Commit',
  'X-Request-Id',
  'X-Error-Code',
  'X-Error-Message',
  'X-Total-Count',
  'ETag',
  'Link',
  'Accept-Ranges',
  'Content-Range',
  'X-Linked-Size',
  'X-Linked-ETag',
  'X-Xet-Hash',
].join(',');

export type Headers = Record<string, string | number>;

export class Exchange {
  readonly origin: OriginName;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Decoded, without the query. */
  readonly path: string;
  cors = true;
  bytes = 0;
  fault: FaultKind | null = null;
  status = 0;

  constructor(origin: OriginName, base: string, request: IncomingMessage, response: ServerResponse) {
    this.origin = origin;
    this.request = request;
    this.response = response;
    this.url = new URL(request.url ?? '/', base);
    this.path = decodePath(this.url.pathname);
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get range(): string | null {
    return this.request.headers.range ?? null;
  }

  /** The bearer token; null for none. */
  get token(): string | null {
    const header = this.request.headers.authorization;
    return header === undefined ? null : header.replace(/^Bearer /, '');
  }

  /** Starts the answer. */
  head(status: number, headers: Headers): void {
    this.status = status;
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': EXPOSED };
    this.response.writeHead(status, { 'Cache-Control': 'no-store', ...(this.cors ? cors : {}), ...headers });
  }

  json(status: number, body: unknown, headers: Headers = {}): void {
    this.#write(status, 'application/json; charset=utf-8', JSON.stringify(body), headers);
  }

  html(status: number, text: string): void {
    this.#write(status, 'text/html; charset=utf-8', text, {});
  }

  #write(status: number, type: string, text: string, headers: Headers): void {
    this.bytes = Buffer.byteLength(text);
    this.head(status, { 'Content-Type': type, 'Content-Length': this.bytes, ...headers });
    this.response.end(this.method === 'HEAD' ? undefined : text);
  }

  /** The request's body. */
  async text(): Promise<string> {
    let text = '';
    for await (const chunk of this.request) text += String(chunk);
    return text;
  }

  /** An error as the Hub words it: a code and a message in headers, the message again in the body. */
  refuse(status: number, code: string | null, message: string, headers: Headers = {}): void {
    const codes = code === null ? {} : { 'X-Error-Code': code };
    this.json(status, { error: message }, { ...codes, 'X-Error-Message': message, ...headers });
  }

  redirect(status: 302 | 307, location: string, headers: Headers = {}): void {
    this.head(status, { Location: location, 'Content-Length': 0, ...headers });
    this.response.end();
  }

  /** Preflight: the Hub allows what its own client sends. */
  allow(): void {
    this.head(204, {
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'Access-Control-Allow-Headers': 'Authorization, Range, Accept, Content-Type',
      'Access-Control-Max-Age': 600,
    });
    this.response.end();
  }

  entry(): LogEntry {
    return {
      origin: this.origin,
      method: this.method,
      path: this.path,
      range: this.range,
      status: this.status,
      bytes: this.bytes,
      authorization: this.token !== null,
      fault: this.fault,
    };
  }
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
