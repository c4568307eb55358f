import type { App } from '../fixtures/app.ts';
import { modelCard as card } from '../fixtures/models-panel.ts';
import { inSettings, nameHub } from '../fixtures/settings.ts';
import { placesWith } from '../fixtures/stored.ts';
import { expect, GOLDEN, test } from '../fixtures/test.ts';
import { startHub } from '../hub/server.ts';
import type { HubOptions } from '../hub/types.ts';

const TOKEN = 'hf_reader';
const OTHER_TOKEN = 'hf_stranger';
const models = `${GOLDEN}/models`;
const hubOptions: HubOptions = {
  models,
  tokens: [TOKEN, OTHER_TOKEN],
  policies: {
    'golden/alpha': { gated: 'manual', readers: [TOKEN] },
    'golden/beta': { private: true, readers: [TOKEN] },
    'golden/old-gamma': { renamedTo: 'golden/gamma' },
  },
};

test.use({ hubOptions });

const linear = (...names: readonly string[]) =>
  `merge_method: linear\nparameters: {weight: 0.5}\nmodels: [${names.map((name) => `{model: ${name}}`).join(', ')}]\n`;

async function useToken({ page }: App, token: string): Promise<void> {
  await inSettings(page, async (dialog) => {
    await dialog.getByLabel('Access token').fill(token);
    await dialog.getByRole('button', { name: 'Use', exact: true }).click();
  });
}

test('gated, private, missing and renamed models are told apart in words, each with what to do', async ({
  app,
}) => {
  const { page } = app;
  await app.useHub();
  const refs = ['golden/alpha', 'golden/beta', 'golden/nothing', 'golden/old-gamma', 'golden/gamma@v9'];
  expect(await app.setRecipe(linear(...refs))).toBe('5 problems');

  await expect(card(page, 'golden/alpha')).toContainText(
    /golden\/alpha is gated: its owner wants visitors to ask/,
  );
  await expect(card(page, 'golden/alpha').getByRole('link', { name: 'Request access' })).toBeVisible();
  await expect(card(page, 'golden/alpha').getByRole('button', { name: 'Use a token' })).toBeVisible();
  await expect(card(page, 'golden/beta')).toContainText(
    /golden\/beta is private, or there is no model of that name/,
  );
  await expect(card(page, 'golden/beta').getByRole('button', { name: 'Use a token' })).toBeVisible();
  await expect(card(page, 'golden/nothing')).toContainText('There is no model golden/nothing on this hub.');
  await expect(card(page, 'golden/nothing')).toContainText('Check the spelling');
  await expect(card(page, 'golden/old-gamma')).toContainText('golden/old-gamma is now called golden/gamma.');
  await expect(card(page, 'golden/old-gamma')).toContainText('Write golden/gamma in the recipe.');
  await expect(card(page, 'golden/gamma@v9')).toContainText('golden/gamma@v9 has no such revision.');

  const problems = page.getByRole('region', { name: 'Problems' });
  await expect(problems).toContainText('golden/nothing');
});

test('a token opens gated and private models, and goes to the hub alone', async ({ app, hub }) => {
  const { page } = app;
  await app.useHub();
  expect(await app.setRecipe(linear('golden/alpha', 'golden/beta'))).toBe('2 problems');
  hub.clearLog();
  await useToken(app, TOKEN);
  await expect(card(page, 'golden/beta')).toContainText('Fits the other models');
  expect(await app.settled()).toMatch(/^Ready/);
  await app.waitForRun(await app.merge(), 'done');

  const log = hub.log();
  const asked = log.filter(({ origin, path }) => origin === 'cdn' || /^\/(api|golden)\//.test(path));
  expect(asked.filter(({ origin }) => origin === 'hub').every(({ authorization }) => authorization)).toBe(
    true,
  );
  const downloads = asked.filter(({ origin }) => origin === 'cdn');
  expect(downloads.map(({ status }) => status)).toEqual(downloads.map(() => 206));
  expect(downloads.length).toBeGreaterThan(2);
  expect(downloads.some(({ authorization }) => authorization)).toBe(false);
  // The page's own files are the hub's here, and need no token either.
  const others = log.filter((entry) => !asked.includes(entry));
  expect(others.some(({ authorization }) => authorization)).toBe(false);
});

test('another hub never sees the token', async ({ app }) => {
  const { page } = app;
  const stranger = await startHub({ models });
  await app.useHub();
  await useToken(app, TOKEN);
  expect(await app.setRecipe(linear('golden/alpha', 'golden/beta'))).toMatch(/^Ready/);

  // A script names it for one run, and a person for good.
  const run = await app.start(linear('golden/gamma'), { endpoint: stranger.endpoint });
  await app.waitForRun(run.id, 'done');
  await nameHub(page, stranger.endpoint);
  await app.settled();
  expect(await app.setRecipe(linear('golden/gamma', 'golden/base'))).toMatch(/^Ready/);
  expect(stranger.log().length).toBeGreaterThan(0);
  expect(stranger.log().some(({ authorization }) => authorization)).toBe(false);
  await stranger.close();
});

test('a token that the hub does not know, or that may not read, is told so', async ({ app }) => {
  const { page } = app;
  await app.useHub();
  await app.setRecipe(linear('golden/alpha', 'golden/beta'));
  await useToken(app, 'hf_wrong');
  await expect(card(page, 'golden/alpha')).toContainText('The hub does not accept your token.');
  await inSettings(page, (dialog) => dialog.getByRole('button', { name: 'Forget the token' }).click());
  await useToken(app, OTHER_TOKEN);
  await expect(card(page, 'golden/alpha')).toContainText('accept its conditions there');
  await expect(card(page, 'golden/beta')).toContainText('There is no model golden/beta on this hub.');
  await expect(card(page, 'golden/beta')).toContainText('If it is private');
});

test('the token is gone with the page', async ({ app }) => {
  const { page } = app;
  await app.useHub();
  await useToken(app, TOKEN);
  expect(await app.setRecipe(linear('golden/alpha'))).toMatch(/^Ready/);
  const { found, looked } = await placesWith(page, TOKEN);
  expect(looked).toBeGreaterThan(4);
  expect(found).toEqual([]);
  await app.reload();
  await expect(card(page, 'golden/alpha')).toContainText('is gated');
});

test('a hub that does not answer is told on the card, and asked anew at once when a person wants it', async ({
  app,
  hub,
}) => {
  const { page } = app;
  await app.useHub();
  hub.faults.add({ kind: 'reset', match: '^/api/models/', times: 0 });
  await app.setRecipe(linear('golden/gamma'));
  await expect(card(page, 'golden/gamma')).toContainText('The connection failed while reading golden/gamma.');
  hub.faults.clear();
  await card(page, 'golden/gamma').getByRole('button', { name: 'Try again' }).click();
  await expect(card(page, 'golden/gamma')).toContainText('Fits the other models');
});
