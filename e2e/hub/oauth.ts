/**
 * Signing in as the public Hub offers it to pages without a secret: OpenID Connect's discovery, the authorization code
 * grant (RFC 6749, section 4.1) and PKCE with S256 (RFC 7636). The page that asks for consent is plain links.
 */

import { createHash, randomBytes } from 'node:crypto';
import type { Exchange } from './exchange.ts';

/** The one path that is posted to. */
export const TOKEN_PATH = '/oauth/token';

const CODE_SECONDS = 600;
const TOKEN_SECONDS = 8 * 3600;
const SCOPES: readonly string[] = ['openid', 'profile', 'email', 'read-repos', 'gated-repos'];

/** A code that was handed out, and what must come with it. */
interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
  readonly expiresAt: number;
}

export interface OAuthOptions {
  readonly endpoint: string;
  /** The one client that is known. */
  readonly clientId: string;
  /** What consent grants: a token the hub knows. */
  readonly token: string;
}

export class OAuth {
  readonly #options: OAuthOptions;
  readonly #grants = new Map<string, Grant>();

  constructor(options: OAuthOptions) {
    this.#options = options;
  }

  /** Answers a request of the sign-in; false when the path is none of it. */
  async serve(exchange: Exchange): Promise<boolean> {
    switch (exchange.path) {
      case '/.well-known/openid-configuration':
        this.#describe(exchange);
        return true;
      case '/oauth/authorize':
        this.#askConsent(exchange);
        return true;
      case TOKEN_PATH:
        await this.#giveToken(exchange);
        return true;
      case '/oauth/userinfo':
        this.#describeUser(exchange);
        return true;
      default:
        return false;
    }
  }

  #describe(exchange: Exchange): void {
    const { endpoint } = this.#options;
    exchange.json(200, {
      issuer: endpoint,
      authorization_endpoint: `${endpoint}/oauth/authorize`,
      token_endpoint: `${endpoint}${TOKEN_PATH}`,
      userinfo_endpoint: `${endpoint}/oauth/userinfo`,
      scopes_supported: SCOPES,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code'],
      code_challenge_methods_supported: ['S256'],
    });
  }

  /** A wrong client or address is told here; anything else goes back to the page that asked, as the grant has it. */
  #askConsent(exchange: Exchange): void {
    const query = exchange.url.searchParams;
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.#options.clientId || !isOfThisMachine(redirectUri)) {
      exchange.json(400, { error: 'invalid_client' });
      return;
    }
    const back = (fields: Readonly<Record<string, string>>): string => {
      const target = new URL(redirectUri);
      const state = query.get('state') ?? '';
      for (const [name, value] of Object.entries({ ...fields, state })) target.searchParams.set(name, value);
      return target.href;
    };
    const wrong = faultOf(query);
    if (wrong !== null) {
      exchange.redirect(302, back({ error: wrong }));
      return;
    }
    const challenge = query.get('code_challenge') ?? '';
    const scope = query.get('scope') ?? '';
    const code = randomBytes(16).toString('hex');
    this.#grants.set(code, { redirectUri, challenge, scope, expiresAt: Date.now() + CODE_SECONDS * 1000 });
    const denied = { error: 'access_denied', error_description: 'The user denied the request.' };
    exchange.html(
      200,
      `<!doctype html><title>Sign in</title><h1>${escapeHtml(redirectUri)} asks for ${escapeHtml(scope)}</h1>
<p><a href="${escapeHtml(back({ code }))}">Authorize</a> <a href="${escapeHtml(back(denied))}">Cancel</a></p>`,
    );
  }

  async #giveToken(exchange: Exchange): Promise<void> {
    const form = new URLSearchParams(await exchange.text());
    const code = form.get('code') ?? '';
    const grant = this.#grants.get(code);
    // A code is good for one try, also for one that fails.
    this.#grants.delete(code);
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      form.get('grant_type') !== 'authorization_code' ||
      grant === undefined ||
      grant.expiresAt < Date.now() ||
      grant.redirectUri !== form.get('redirect_uri') ||
      grant.challenge !== proof
    ) {
      exchange.json(400, { error: 'invalid_grant' });
      return;
    }
    exchange.json(200, {
      access_token: this.#options.token,
      token_type: 'bearer',
      expires_in: TOKEN_SECONDS,
      scope: grant.scope,
    });
  }

  #describeUser(exchange: Exchange): void {
    if (exchange.token !== this.#options.token) {
      exchange.refuse(401, null, 'Invalid credentials in Authorization header');
      return;
    }
    exchange.json(200, {
      sub: createHash('sha1').update(this.#options.token).digest('hex').slice(0, 24),
      name: 'A Reader',
      preferred_username: 'reader',
      profile: `${this.#options.endpoint}/reader`,
      picture: `${this.#options.endpoint}/avatars/reader.svg`,
      isPro: false,
      orgs: [],
    });
  }
}

/** What is wrong with a request for consent, as RFC 6749 (section 4.1.2.1) names it; null when nothing is. */
function faultOf(query: URLSearchParams): string | null {
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  const isChallenge = /^[\w-]{43}$/.test(query.get('code_challenge') ?? '');
  if (query.get('code_challenge_method') !== 'S256' || !isChallenge) return 'invalid_request';
  const scopes = (query.get('scope') ?? '').split(' ');
  return scopes.every((each) => SCOPES.includes(each)) ? null : 'invalid_scope';
}

function isOfThisMachine(address: string): boolean {
  try {
    return ['127.0.0.1', 'localhost'].includes(new URL(address).hostname);
  } catch {
    return false;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
