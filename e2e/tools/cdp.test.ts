import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, type DownloadProgress, launchBrowser } from './cdp.ts';

const PAGE = `<!doctype html><title>Page</title><script>addEventListener('load', () => console.log('loaded', 7))</script>`;

let browser: Browser;
let server: Server;
let address: string;

beforeAll(async () => {
  // A file that is a download by its headers, and a page for everything else (also a secure context, for WebGPU).
  server = createServer((request, response) => {
    if (request.url !== '/file.bin') return response.setHeader('content-type', 'text/html').end(PAGE);
    return response
      .setHeader('content-disposition', 'attachment; filename=file.bin')
      .end('x'.repeat(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser.close();
  server.close();
});

test('values, promises and exceptions come back from the page', async () => {
  const page = await browser.newPage(address);
  expect(await page.evaluate('document.title')).toBe('Page');
  expect(await page.evaluate('Promise.resolve({ list: [1, null, "ü"] })')).toEqual({ list: [1, null, 'ü'] });
  expect(await page.evaluate('"é".repeat(3_000_000).length')).toBe(3_000_000);
  expect(await page.evaluate<string>('"é".repeat(300_000)')).toHaveLength(300_000);
  await expect(page.evaluate('Promise.reject(new TypeError("no"))')).rejects.toThrow('TypeError: no');
  await expect(page.evaluate('(')).rejects.toThrow('SyntaxError');
  await page.close();
});

test('the page has a WebGPU adapter', async () => {
  const page = await browser.newPage(address);
  expect(await page.evaluate('navigator.gpu.requestAdapter().then((adapter) => adapter !== null)')).toBe(
    true,
  );
  await page.close();
});

test('console calls and uncaught exceptions are heard', async () => {
  const heard: string[] = [];
  const page = await browser.newPage(address, (kind, text) => heard.push(`${kind}: ${text.split('\n')[0]}`));
  await page.evaluate('setTimeout(() => { throw new Error("late") }); console.warn("a", 1)');
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))');
  expect(heard).toContain('log: loaded 7');
  expect(heard).toContain('warning: a 1');
  expect(heard).toContain('exception: Error: late');
  await page.close();
});

test('a download arrives whole under its guid', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'graft-download-'));
  const finished = new Promise<DownloadProgress>((resolve) => {
    void browser.setDownloadDir(dir, (progress) => progress.state !== 'inProgress' && resolve(progress));
  });
  const page = await browser.newPage(address);
  await page.evaluate('location.assign("/file.bin")');
  const { state, name, guid, receivedBytes } = await finished;
  expect({ state, name, receivedBytes }).toEqual({
    state: 'completed',
    name: 'file.bin',
    receivedBytes: 100_000,
  });
  expect(await readFile(path.join(dir, guid), 'utf8')).toBe('x'.repeat(100_000));
  await rm(dir, { recursive: true });
});

test('a call in flight is rejected when the page or the browser goes away', async () => {
  const other = await launchBrowser();
  const crashing = await other.newPage(address);
  const forever = crashing.evaluate('new Promise(() => {})');
  await Promise.all([expect(forever).rejects.toThrow('closed'), crashing.close()]);
  const page = await other.newPage(address);
  await Promise.all([
    expect(page.evaluate('new Promise(() => {})')).rejects.toThrow('SIGKILL'),
    other.kill(),
  ]);
}, 60_000);

test('a page that cannot be reached is an error', async () => {
  await expect(browser.newPage('http://127.0.0.1:9/')).rejects.toThrow('ERR_');
});
