/**
 * A Chromium driven over its debugging pipe, and nothing more: no Network domain, which halves what a page can fetch.
 * For measuring and for the command line; end-to-end tests use Playwright.
 *
 * Protocol: https://chromedevtools.github.io/devtools-protocol/ ; messages are JSON, each ended by a NUL byte, written to
 * the browser's descriptor 3 and read from its descriptor 4.
 */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PipeConnection } from './cdp-pipe.ts';
import { CHROMIUM_FLAGS } from './chromium.mjs';
import { ensureChromium } from './install.mjs';

export interface LaunchOptions {
  /** Added to the usual flags; a later flag wins over an earlier one. */
  readonly flags?: readonly string[];
  /** Profile folder, kept; a fresh one that is deleted at the end when absent. */
  readonly userDataDir?: string;
}

export interface DownloadProgress {
  /** Identifies the download; also the file's name in the folder until it is complete. */
  readonly guid: string;
  /** The name the page gave the file. */
  readonly name: string;
  readonly state: 'inProgress' | 'completed' | 'canceled';
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** `kind` is `exception`, or the console method: `log`, `warning`, `error`... */
export type MessageListener = (kind: string, text: string) => void;

export interface Browser {
  /** Process id of the browser's main process. */
  readonly pid: number;
  /**
   * Opens `url` in a new tab and resolves when it has loaded. `listener` hears the page's `console` calls and uncaught
   * exceptions from the start, as text.
   */
  newPage(url: string, listener?: MessageListener): Promise<Page>;
  /** Lets pages download into `dir` (absolute), each file under its guid; `listener` hears every step. */
  setDownloadDir(dir: string, listener: (progress: DownloadProgress) => void): Promise<void>;
  /** Ends the browser in order; its profile is complete on disk afterwards. */
  close(): Promise<void>;
  /** Ends the browser as a crash does. */
  kill(): Promise<void>;
}

export interface Page {
  /**
   * The value of a JavaScript expression in the page, awaited and copied as JSON. Rejects with the page's own words
   * when it throws, and when the page or browser goes away.
   */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Bytes in use on the JavaScript heaps of the page and its workers; array buffers are not on a heap. */
  heapBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a headless Chromium with WebGPU, installing one first when there is none. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const profile = options.userDataDir ?? (await mkdtemp(path.join(tmpdir(), 'graft-chromium-')));
  const child = spawn(
    ensureChromium(),
    [
      ...CHROMIUM_FLAGS,
      '--headless=new',
      '--remote-debugging-pipe',
      '--no-default-browser-check',
      `--user-data-dir=${profile}`,
      ...(options.flags ?? []),
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const pipe = new PipeConnection(child);
  const end = async (): Promise<void> => {
    await ended;
    if (options.userDataDir === undefined) {
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  };
  await pipe.send('Browser.getVersion');
  return {
    pid: child.pid ?? 0,
    newPage: (url, listener) => openPage(pipe, url, listener),
    async setDownloadDir(dir, listener) {
      const names = new Map<string, string>();
      pipe.on('Browser.downloadWillBegin', ({ guid, suggestedFilename }) => {
        names.set(String(guid), String(suggestedFilename));
      });
      pipe.on('Browser.downloadProgress', (params) => {
        const { guid, state, receivedBytes, totalBytes } = params as unknown as DownloadProgress;
        listener({ guid, name: names.get(guid) ?? guid, state, receivedBytes, totalBytes });
      });
      await pipe.send('Browser.setDownloadBehavior', {
        behavior: 'allowAndName',
        downloadPath: dir,
        eventsEnabled: true,
      });
    },
    async close() {
      // The answer may not come any more: the browser closes the pipe as it leaves.
      await pipe.send('Browser.close').catch(() => undefined);
      await end();
    },
    async kill() {
      child.kill('SIGKILL');
      await end();
    },
  };
}

async function openPage(pipe: PipeConnection, url: string, listener?: MessageListener): Promise<Page> {
  const { targetId } = await pipe.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await pipe.send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(sessionId);
  const loaded = new Promise<void>((resolve) => {
    pipe.on('Page.loadEventFired', () => resolve(), session);
  });
  pipe.on('Inspector.targetCrashed', () => pipe.failSession(session, 'The page crashed.'), session);
  pipe.on('Target.detachedFromTarget', (params) => {
    if (params.sessionId === session) pipe.failSession(session, 'The page was closed.');
  });
  const heaps = new Set([session]);
  pipe.on('Target.attachedToTarget', (params) => heaps.add(String(params.sessionId)), session);
  pipe.on('Target.detachedFromTarget', (params) => heaps.delete(String(params.sessionId)), session);
  await pipe.send(
    'Target.setAutoAttach',
    { autoAttach: true, waitForDebuggerOnStart: false, flatten: true },
    session,
  );
  await pipe.send('Page.enable', {}, session);
  await pipe.send('Inspector.enable', {}, session);
  if (listener !== undefined) forwardMessages(pipe, session, listener);
  await pipe.send('Runtime.enable', {}, session);
  const { errorText } = await pipe.send('Page.navigate', { url }, session);
  if (typeof errorText === 'string' && errorText !== '') throw new Error(`${url}: ${errorText}`);
  await loaded;
  return {
    async evaluate<Value>(expression: string): Promise<Value> {
      const { result, exceptionDetails } = await pipe.send(
        'Runtime.evaluate',
        { expression, awaitPromise: true, returnByValue: true, userGesture: true },
        session,
      );
      if (exceptionDetails !== undefined) throw new Error(exceptionText(exceptionDetails));
      return (result as { value: Value }).value;
    },
    async heapBytes() {
      const answers = await Promise.allSettled(
        [...heaps].map((heap) => pipe.send('Runtime.getHeapUsage', {}, heap)),
      );
      return answers.reduce(
        (sum, answer) => sum + (answer.status === 'fulfilled' ? Number(answer.value.usedSize) : 0),
        0,
      );
    },
    async close() {
      await pipe.send('Target.closeTarget', { targetId });
    },
  };
}

function forwardMessages(pipe: PipeConnection, session: string, listener: MessageListener): void {
  pipe.on(
    'Runtime.consoleAPICalled',
    ({ type, args }) => listener(String(type), (args as RemoteObject[]).map(remoteText).join(' ')),
    session,
  );
  pipe.on(
    'Runtime.exceptionThrown',
    ({ exceptionDetails }) => listener('exception', exceptionText(exceptionDetails)),
    session,
  );
}

interface RemoteObject {
  readonly value?: unknown;
  readonly description?: string;
}

function remoteText(object: RemoteObject): string {
  return object.description ?? String(object.value);
}

function exceptionText(details: unknown): string {
  const { text, exception } = details as { text: string; exception?: RemoteObject };
  return exception === undefined ? text : remoteText(exception);
}
