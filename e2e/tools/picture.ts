/** Renews the README's picture: the workspace after the demo merge. Run it when the page's look has changed. */

import path from 'node:path';
import { chromium } from '@playwright/test';
import { openApp } from '../fixtures/app.ts';
import { launchOptions } from '../fixtures/launch.ts';
import { startHub } from '../hub/server.ts';
import { DIST, ensureBuilt } from './build.ts';
import { ensureChromium, ROOT } from './install.mjs';

ensureBuilt();
ensureChromium();
const hub = await startHub({ app: DIST });
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
const app = await openApp(page, hub);
await app.settled();
await app.waitForRun(await app.merge(), 'done');
await page.getByRole('table', { name: 'Files of the merged model' }).waitFor();
// Colours fade in.
await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
await page.screenshot({ path: path.join(ROOT, 'e2e/data/pictures/workspace.png') });
await browser.close();
await hub.close();
