/** The built app as static files: right MIME types, ranges, no caching, and 404 for what is not there. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Exchange } from './exchange.ts';
import { sendFile } from './send-file.ts';

const MIME_TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.wasm', 'application/wasm'],
  ['.woff2', 'font/woff2'],
  ['.ttf', 'font/ttf'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.md', 'text/markdown; charset=utf-8'],
  ['.yml', 'text/yaml; charset=utf-8'],
]);

/** Answers from `root`; the page itself at `/`. */
export async function serveApp(exchange: Exchange, root: string): Promise<void> {
  const relative = exchange.path === '/' ? 'index.html' : exchange.path.slice(1);
  const base = path.resolve(root);
  const absolute = path.resolve(base, relative);
  const found =
    absolute.startsWith(base + path.sep) && !absolute.includes('\0')
      ? await stat(absolute).catch(() => null)
      : null;
  if (found === null || !found.isFile()) return exchange.refuse(404, null, 'Not found');
  const file = {
    path: relative,
    sizeBytes: found.size,
    etag: createHash('sha1').update(`${relative} ${found.size} ${found.mtimeMs}`).digest('hex'),
    large: false,
    async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
      if (start >= end) return;
      for await (const chunk of createReadStream(absolute, { start, end: end - 1 })) yield chunk as Buffer;
    },
  };
  await sendFile(exchange, file, {
    contentType: MIME_TYPES.get(path.extname(absolute)) ?? 'application/octet-stream',
  });
}
