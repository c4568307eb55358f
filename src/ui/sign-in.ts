/** Signing in on the Hub: OAuth with PKCE, no secret. The token that comes back is handed over and kept nowhere here. */

import { oauthHandleRedirect, oauthLoginUrl } from '@huggingface/hub';
import { GraftError, toGraftError } from '../base/errors.ts';

/** Reading is all a merge needs; gated repositories that the person has access to are part of it. */
const SCOPES = 'openid profile read-repos gated-repos';

/** In this tab's own storage, from leaving until coming back: two tabs may sign in at once. */
const PENDING_KEY = 'graft.sign-in';

/** What must be known again after the login: where it is, and the proof that this tab began it. */
interface PendingSignIn {
  readonly hubUrl: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

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

/** Leaves the page for the hub's login. Throws `Unauthorized` where the hub offers none or does not answer. */
export async function leaveToSignIn(clientId: string, hubUrl: string): Promise<void> {
  const redirectUrl = location.origin + location.pathname;
  const secrets: { nonce?: string; codeVerifier?: string } = {};
  try {
    const address = await oauthLoginUrl({
      clientId,
      hubUrl,
      scopes: SCOPES,
      redirectUrl,
      localStorage: secrets,
    });
    sessionStorage.setItem(PENDING_KEY, JSON.stringify({ hubUrl, ...secrets }));
    location.assign(address);
  } catch (error) {
    throw failed(hubUrl, error, 'Check the hub address, or use an access token instead.');
  }
}

/**
 * Takes the token when the address says that we come back from the login, and cleans the address. Null when this tab
 * began no login: such an address was copied, or made by a stranger. Throws `Unauthorized` when the login came to nothing.
 */
export async function arriveSignedIn(hubUrl: string): Promise<SignedIn | null> {
  const { searchParams, href } = new URL(location.href);
  if (!searchParams.has('code') && !searchParams.has('error')) return null;
  // Before anything is asked: the code is good once, and nothing about the login belongs into a copied link.
  history.replaceState(null, '', location.pathname + location.hash);
  const pending = takePending();
  if (pending === null) return null;
  if (pending.hubUrl !== hubUrl) {
    throw new GraftError(
      'Unauthorized',
      `You signed in at ${pending.hubUrl}, and the hub is ${hubUrl} by now.`,
      { fix: 'Sign in again.' },
    );
  }
  if (searchParams.get('error') === 'access_denied') {
    throw new GraftError('Unauthorized', 'You are not signed in: access was not granted.', {
      fix: 'Sign in again, or use an access token instead.',
    });
  }
  try {
    const { accessToken, userInfo } = await oauthHandleRedirect({ ...pending, redirectedUrl: href });
    return { token: accessToken, name: userInfo.preferred_username ?? userInfo.name ?? 'you' };
  } catch (error) {
    throw failed(hubUrl, error, 'Sign in again, or use an access token instead.');
  }
}

function takePending(): PendingSignIn | null {
  const stored = sessionStorage.getItem(PENDING_KEY);
  sessionStorage.removeItem(PENDING_KEY);
  // Written above, in this tab; nobody else writes there.
  return stored === null ? null : (JSON.parse(stored) as PendingSignIn);
}

function failed(hubUrl: string, error: unknown, fix: string): GraftError {
  const reason = toGraftError(error).message.replace(/\.?$/, '.');
  return new GraftError('Unauthorized', `Signing in at ${hubUrl} did not work: ${reason}`, {
    fix,
    cause: error,
  });
}
