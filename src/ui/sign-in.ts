/** Signing in on the Hub: OAuth with PKCE, no secret. The token that comes back is handed over and kept nowhere here. */

import { oauthHandleRedirectIfPresent, oauthLoginUrl } from '@huggingface/hub';

/** Reading is all a merge needs; gated repositories that the person has access to are part of it. */
const SCOPES = 'openid profile read-repos gated-repos';

export interface SignedIn {
  readonly token: string;
  readonly name: string;
}

/** The OAuth client of this deployment: set at build time, or by a Space of the Hub. Null: no sign-in is offered. */
export function oauthClientId(): string | null {
  const built: unknown = import.meta.env.VITE_OAUTH_CLIENT_ID;
  const space = (globalThis as { huggingface?: { variables?: { OAUTH_CLIENT_ID?: unknown } } }).huggingface;
  const id = built ?? space?.variables?.OAUTH_CLIENT_ID;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** Leaves the page for the hub's login. */
export async function leaveToSignIn(clientId: string, hubUrl: string): Promise<void> {
  const redirectUrl = location.origin + location.pathname;
  location.assign(await oauthLoginUrl({ clientId, hubUrl, scopes: SCOPES, redirectUrl }));
}

/** Takes the token when the address says that we come back from the login, and cleans the address. */
export async function arriveSignedIn(hubUrl: string): Promise<SignedIn | null> {
  const query = new URLSearchParams(location.search);
  if (!query.has('code') && !query.has('error')) return null;
  try {
    const result = await oauthHandleRedirectIfPresent({ hubUrl });
    if (result === false) return null;
    const { userInfo } = result;
    return { token: result.accessToken, name: userInfo.preferred_username ?? userInfo.name ?? 'you' };
  } finally {
    // The code is spent, and nothing about the login belongs into a copied link.
    history.replaceState(null, '', location.pathname + location.hash);
  }
}
