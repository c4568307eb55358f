import type { Page } from '@playwright/test';
import { App, openApp } from '../fixtures/app.ts';
import { modelCard } from '../fixtures/models-panel.ts';
import { inSettings } from '../fixtures/settings.ts';
import { placesWith } from '../fixtures/stored.ts';
import { test as base, expect, GOLDEN } from '../fixtures/test.ts';
import { startHub } from '../hub/server.ts';
import type { Hub } from '../hub/types.ts';

const CLIENT = 'graft-test';
const TOKEN = 'hf_oauth_of_the_reader';
const GATED = 'golden/alpha';
const RECIPE = `merge_method: linear\nparameters: {weight: 0.5}\nmodels: [{model: ${GATED}}, {model: golden/beta}]\n`;

interface Fixtures {
  /** A hub of its own origin: the one that serves the page is just a host of files here. */
  readonly signInHub: Hub;
  readonly signInApp: App;
}

const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from its first parameter.
  signInHub: async ({}, use) => {
    const hub = await startHub({
      models: `${GOLDEN}/models`,
      tokens: [TOKEN],
      oauthClientId: CLIENT,
      policies: { [GATED]: { gated: 'auto', readers: [TOKEN] } },
    });
    await use(hub);
    await hub.close();
  },
  signInApp: async ({ page, hub, signInHub }, use) => {
    // As a Space of the Hub tells its page.
    await page.addInitScript((id) => {
      Object.assign(window, { huggingface: { variables: { OAUTH_CLIENT_ID: id } } });
    }, CLIENT);
    const app = new App(page, `${hub.endpoint}/`, signInHub.endpoint);
    await app.open();
    await app.useHub();
    await app.setRecipe(RECIPE);
    await use(app);
    expect(app.troubles).toEqual([]);
  },
});

/** Leaves for the hub's page and presses one of its links; resolves when the app is back and ready. */
async function signIn(app: App, answer: 'Authorize' | 'Cancel'): Promise<void> {
  await openConsent(app.page);
  await app.comeBack(() => app.page.getByRole('link', { name: answer }).click());
}

async function openConsent(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign in with Hugging Face' }).click();
  await page.getByRole('heading', { name: /asks for openid profile read-repos gated-repos/ }).waitFor();
}

const signedInAs = (page: Page, name: string) =>
  inSettings(page, (dialog) => expect(dialog.getByText(`Signed in as ${name}.`)).toBeVisible());
const notSignedIn = (page: Page) =>
  inSettings(page, (dialog) =>
    expect(dialog.getByRole('button', { name: 'Sign in with Hugging Face' })).toBeVisible(),
  );

test('signing in opens a gated model; the token is kept by the page alone and goes to the hub alone', async ({
  signInApp: app,
  signInHub,
  hub,
}) => {
  const { page } = app;
  expect(await app.settled()).toMatch(/problem/);
  await expect(modelCard(page, GATED)).toContainText(/is gated: its owner wants visitors to ask/);
  await expect(modelCard(page, GATED).getByRole('button', { name: 'Sign in' })).toBeVisible();
  signInHub.clearLog();
  hub.clearLog();

  await signIn(app, 'Authorize');
  await expect(page.locator('.toast')).toContainText('Signed in as reader.');
  expect(page.url()).toBe(`${hub.endpoint}/`);
  await expect(modelCard(page, GATED)).toContainText('Fits the other models');
  expect(await app.settled()).toMatch(/^Ready/);
  await signedInAs(page, 'reader');
  const run = await app.waitForRun(await app.merge(), 'done');
  expect(run.files.length).toBeGreaterThan(0);

  const { found, looked } = await placesWith(page, TOKEN);
  expect(looked).toBeGreaterThan(6);
  expect(found).toEqual([]);
  // Nor is anything left of the sign-in itself.
  expect(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }])).toEqual([{}, {}]);

  const log = signInHub.log();
  const asked = log.filter(({ path }) => /^\/(api|golden)\//.test(path));
  expect(asked.length).toBeGreaterThan(4);
  expect(asked.every(({ method, authorization }) => method === 'OPTIONS' || authorization)).toBe(true);
  const downloads = log.filter(({ origin }) => origin === 'cdn');
  expect(downloads.length).toBeGreaterThan(2);
  expect([...downloads, ...hub.log()].some(({ authorization }) => authorization)).toBe(false);

  await app.reload();
  await expect(modelCard(page, GATED)).toContainText('is gated');
  await notSignedIn(page);
});

test('signing out forgets the token at once', async ({ signInApp: app }) => {
  const { page } = app;
  await signIn(app, 'Authorize');
  expect(await app.settled()).toMatch(/^Ready/);
  await inSettings(page, (dialog) => dialog.getByRole('button', { name: 'Sign out' }).click());
  await expect(modelCard(page, GATED)).toContainText('is gated');
});

test('a sign-in that the person cancels, or that the hub turns down, is told in words', async ({
  signInApp: app,
  signInHub,
  hub,
}) => {
  const { page } = app;
  await signIn(app, 'Cancel');
  const toast = page.locator('.toast');
  await expect(toast).toContainText('You are not signed in: access was not granted. Sign in again');
  expect(page.url()).toBe(`${hub.endpoint}/`);
  await notSignedIn(page);

  signInHub.faults.add({ kind: 'status', status: 500, match: '^/oauth/token$' });
  await signIn(app, 'Authorize');
  await expect(toast).toContainText(`Signing in at ${signInHub.endpoint} did not work:`);
  expect(page.url()).toBe(`${hub.endpoint}/`);
  await notSignedIn(page);
  expect(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }])).toEqual([{}, {}]);
});

test('a hub without a sign-in is told in words, and the page stays', async ({
  signInApp: app,
  signInHub,
}) => {
  const { page } = app;
  signInHub.faults.add({ kind: 'status', status: 404, match: '^/\\.well-known/', times: 0 });
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign in with Hugging Face' }).click();
  const words = page.getByRole('dialog', { name: 'Settings' }).getByRole('alert');
  await expect(words).toContainText(`Signing in at ${signInHub.endpoint} did not work:`);
  await expect(words).toContainText('Check the hub address, or use an access token instead.');
  signInHub.faults.clear();
  await page.getByRole('button', { name: 'Sign in with Hugging Face' }).click();
  await expect(page.getByRole('link', { name: 'Authorize' })).toBeVisible();
});

test('an address that only looks like the end of a sign-in does nothing, and is cleaned', async ({
  signInApp: app,
  signInHub,
  hub,
}) => {
  const { page } = app;
  signInHub.clearLog();
  for (const query of ['?code=stolen&state=%7B%7D', '?error=access_denied&error_description=Call+us']) {
    await app.open(query);
    expect(page.url()).toBe(`${hub.endpoint}/`);
    await expect(page.locator('.toast')).toHaveCount(0);
  }
  expect(signInHub.log().some(({ path }) => path.startsWith('/oauth/'))).toBe(false);
  await notSignedIn(page);
});

test('a code that comes back after the hub was changed is taken to neither', async ({
  signInApp: app,
  signInHub,
  hub,
  context,
}) => {
  const { page } = app;
  await openConsent(page);
  // Another tab of the same person.
  const other = await openApp(await context.newPage(), hub);
  await other.useHub();
  await other.page.close();
  signInHub.clearLog();
  hub.clearLog();
  await app.comeBack(() => page.getByRole('link', { name: 'Authorize' }).click());
  await expect(page.locator('.toast')).toContainText(
    `You signed in at ${signInHub.endpoint}, and the hub is ${hub.endpoint} by now. Sign in again.`,
  );
  const logs = [...signInHub.log(), ...hub.log()];
  expect(logs.some(({ method }) => method === 'POST')).toBe(false);
  await notSignedIn(page);
});
