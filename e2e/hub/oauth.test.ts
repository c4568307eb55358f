import { oauthHandleRedirect, oauthLoginUrl } from '@huggingface/hub';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHub } from './server.ts';
import type { Hub } from './types.ts';

const CLIENT = 'graft-test';
const redirectUrl = 'http://127.0.0.1:9/app/';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ oauthClientId: CLIENT, tokens: ['hf_first', 'hf_second'] });
});
afterAll(() => hub.close());

interface Login {
  readonly url: string;
  readonly secrets: { readonly nonce: string; readonly codeVerifier: string };
}

async function begin(
  fields: { clientId?: string; scopes?: string; redirectUrl?: string } = {},
): Promise<Login> {
  const secrets: { nonce?: string; codeVerifier?: string } = {};
  const url = await oauthLoginUrl({
    clientId: CLIENT,
    redirectUrl,
    scopes: 'openid profile gated-repos',
    hubUrl: hub.endpoint,
    localStorage: secrets,
    ...fields,
  });
  return { url, secrets: secrets as Login['secrets'] };
}

/** Where a link of the consent page leads. */
async function follow({ url }: Login, link: 'Authorize' | 'Cancel'): Promise<string> {
  const page = await (await fetch(url)).text();
  const href = new RegExp(`<a href="([^"]+)">${link}<`).exec(page)?.[1] ?? '';
  return href.replaceAll('&amp;', '&');
}

const finish = (redirectedUrl: string, secrets: Login['secrets']) =>
  oauthHandleRedirect({ redirectedUrl, ...secrets, hubUrl: hub.endpoint });

test('consent brings the client library a token that the hub knows, and who it is', async () => {
  const login = await begin();
  const arrived = await follow(login, 'Authorize');
  expect(arrived.startsWith(`${redirectUrl}?code=`)).toBe(true);
  const result = await finish(arrived, login.secrets);
  expect(result).toMatchObject({
    accessToken: 'hf_first',
    scope: 'openid profile gated-repos',
    userInfo: { preferred_username: 'reader' },
  });
  // A code is good once.
  await expect(finish(arrived, login.secrets)).rejects.toMatchObject({ statusCode: 400 });
});

test('a code without its verifier, or for another address, is refused and spent', async () => {
  const login = await begin();
  const arrived = await follow(login, 'Authorize');
  const stolen = { ...login.secrets, codeVerifier: crypto.randomUUID() + crypto.randomUUID() };
  await expect(finish(arrived, stolen)).rejects.toMatchObject({ statusCode: 400 });
  await expect(finish(arrived, login.secrets)).rejects.toMatchObject({ statusCode: 400 });

  const other = await begin();
  const code = new URL(await follow(other, 'Authorize')).searchParams.get('code') ?? '';
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'http://127.0.0.1:9/elsewhere/',
    code_verifier: other.secrets.codeVerifier,
  });
  const answer = await fetch(`${hub.endpoint}/oauth/token`, { method: 'POST', body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ error: 'invalid_grant' });
});

test('a refusal goes back to the page; a client or an address that is not known does not', async () => {
  const login = await begin();
  const denied = await follow(login, 'Cancel');
  await expect(finish(denied, login.secrets)).rejects.toThrow('access_denied');
  const ask = async (fields: Parameters<typeof begin>[0]) =>
    fetch((await begin(fields)).url, { redirect: 'manual' });
  const greedy = await ask({ scopes: 'openid write-repos' });
  expect(greedy.status).toBe(302);
  expect(new URL(greedy.headers.get('Location') ?? '').searchParams.get('error')).toBe('invalid_scope');
  expect((await ask({ clientId: 'another' })).status).toBe(400);
  expect((await ask({ redirectUrl: 'https://example.org/' })).status).toBe(400);
});

test('a hub that knows no client offers no sign-in, and takes no posts', async () => {
  const mirror = await startHub();
  const login = oauthLoginUrl({ clientId: CLIENT, redirectUrl, hubUrl: mirror.endpoint, localStorage: {} });
  await expect(login).rejects.toMatchObject({ statusCode: 404 });
  expect((await fetch(`${mirror.endpoint}/oauth/token`, { method: 'POST' })).status).toBe(405);
  await mirror.close();
});
