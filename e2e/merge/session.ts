/**
 * The built app in a headless Chromium, beside a local hub, driven through the app's own automation surface
 * (`window.graft`). Used by the command line and by the benchmarks.
 */

import { mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fromWire, GraftError, type WireError } from '../../src/base/errors.ts';
import type { CheckReport, RunStatus } from '../../src/engine/protocol.ts';
import { startHub } from '../hub/server.ts';
import type { Hub, HubOptions } from '../hub/types.ts';
import { DIST, ensureBuilt } from '../tools/build.ts';
import { type Browser, type DownloadProgress, launchBrowser, type Page } from '../tools/cdp.ts';

export interface SessionOptions {
  readonly hub: HubOptions;
  readonly flags?: readonly string[];
  /** Hears the page's warnings, errors and uncaught exceptions. */
  readonly onMessage?: (kind: string, text: string) => void;
}

export interface RunOptions {
  readonly engine: 'auto' | 'gpu' | 'cpu';
  readonly name: string;
  readonly budgetBytes?: number;
}

/** How often a run's status is asked for. */
const POLL_MS = 100;

export class AppSession {
  readonly hub: Hub;
  readonly page: Page;
  readonly #browser: Browser;
  #onDownload: (progress: DownloadProgress) => void = () => undefined;
  #downloadDir: string | null = null;

  private constructor(hub: Hub, browser: Browser, page: Page) {
    this.hub = hub;
    this.#browser = browser;
    this.page = page;
  }

  /** Builds the app when its sources are newer, starts hub and browser, and waits until the app is ready. */
  static async open({ hub: hubOptions, flags, onMessage }: SessionOptions): Promise<AppSession> {
    ensureBuilt();
    const hub = await startHub({ ...hubOptions, app: DIST });
    let browser: Browser | null = null;
    try {
      browser = await launchBrowser(flags === undefined ? {} : { flags });
      const page = await browser.newPage(`${hub.endpoint}/`, (kind, text) => {
        if (kind !== 'log' && kind !== 'info') onMessage?.(kind, text);
      });
      await page.evaluate('graft.ready');
      return new AppSession(hub, browser, page);
    } catch (error) {
      await browser?.kill();
      await hub.close();
      throw error;
    }
  }

  /** Process id of the browser. */
  get pid(): number {
    return this.#browser.pid;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.hub.close();
    if (this.#downloadDir !== null) await rm(this.#downloadDir, { recursive: true, force: true });
  }

  check(text: string, options: RunOptions): Promise<CheckReport> {
    return this.#call('check', text, this.#settings(options));
  }

  start(text: string, options: RunOptions): Promise<RunStatus> {
    return this.#call('start', text, this.#settings(options));
  }

  /** Resolves with the run's last status once it has ended or waits for someone. */
  async wait(
    id: string,
    onStatus: (status: RunStatus) => void | Promise<void> = () => undefined,
  ): Promise<RunStatus> {
    for (;;) {
      const status = await this.#call<RunStatus>('status', id);
      await onStatus(status);
      if (status.state !== 'running' && status.state !== 'finishing') return status;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Saves one file of a finished run as `target`, streaming from the browser's storage to disk. */
  async save(id: string, file: string, target: string): Promise<void> {
    const dir = await this.#openDownloads(path.dirname(target));
    const guid = await new Promise<string>((resolve, reject) => {
      this.#onDownload = (progress) => {
        if (progress.state === 'completed') resolve(progress.guid);
        else if (progress.state === 'canceled') reject(unsaved(file, target));
      };
      this.#call('download', id, file).catch(reject);
    });
    await rename(path.join(dir, guid), target);
  }

  /** The folder that downloads arrive in, on the disk where they will stay so that a rename is enough. */
  async #openDownloads(near: string): Promise<string> {
    if (this.#downloadDir !== null) return this.#downloadDir;
    const dir = await mkdtemp(path.join(near, '.graft-'));
    this.#downloadDir = dir;
    await this.#browser.setDownloadDir(dir, (progress) => this.#onDownload(progress));
    return dir;
  }

  #settings(options: RunOptions) {
    return { ...options, endpoint: this.hub.endpoint, demo: false };
  }

  /** Calls `graft[method]` in the page; what it throws arrives as the same typed error here. */
  async #call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    const call = `graft.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
    const answer = await this.page.evaluate<{ value: T } | { error: WireError }>(
      `Promise.resolve(${call}).then(
        (value) => ({ value }),
        ({ tag = 'Internal', message, where, fix }) => ({ error: { tag, message, where, fix } }),
      )`,
    );
    if ('error' in answer) throw fromWire(answer.error);
    return answer.value;
  }
}

function unsaved(file: string, target: string): GraftError {
  return new GraftError('StorageFull', `The browser gave up saving ${file}.`, {
    where: target,
    fix: 'See that its disk has room for the whole output, and merge again.',
  });
}
