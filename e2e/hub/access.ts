/** Who may read what, and the very answers the public Hub gives to those who may not. */

import type { Exchange } from './exchange.ts';
import type { RepoPolicy } from './types.ts';

export class Access {
  readonly #tokens: ReadonlySet<string>;
  readonly #policies = new Map<string, RepoPolicy>();
  readonly #hideMissing: boolean;

  constructor(
    tokens: readonly string[],
    policies: Readonly<Record<string, RepoPolicy>>,
    hideMissing: boolean,
  ) {
    this.#tokens = new Set(tokens);
    for (const [repo, policy] of Object.entries(policies)) this.#policies.set(repo, policy);
    this.#hideMissing = hideMissing;
  }

  setPolicy(repo: string, policy: RepoPolicy): void {
    this.#policies.set(repo, policy);
  }

  policy(repo: string): RepoPolicy {
    return this.#policies.get(repo) ?? {};
  }

  /** Answers 401 and returns false for a token the hub does not know. */
  knows(exchange: Exchange): boolean {
    if (exchange.token === null || this.#tokens.has(exchange.token)) return true;
    exchange.refuse(401, null, 'Invalid credentials in Authorization header');
    return false;
  }

  /** Whether this visitor may know that the repository exists. */
  sees(exchange: Exchange, repo: string): boolean {
    return this.policy(repo).private !== true || this.#isReader(exchange, repo);
  }

  missing(exchange: Exchange): void {
    if (this.#hideMissing && exchange.token === null) this.unseen(exchange);
    else exchange.refuse(404, 'RepoNotFound', 'Repository not found');
  }

  /** A private repository: anonymous visitors are asked to sign in, others are told it is not there. */
  unseen(exchange: Exchange): void {
    if (exchange.token === null) exchange.refuse(401, 'RepoNotFound', 'Invalid username or password.');
    else exchange.refuse(404, 'RepoNotFound', 'Repository not found');
  }

  /** Answers and returns false when a gated repository's files are closed to this visitor. */
  opens(exchange: Exchange, repo: string): boolean {
    if (this.policy(repo).gated === undefined || this.#isReader(exchange, repo)) return true;
    const asked =
      exchange.token === null ? 'You must have access to it and be authenticated' : 'Ask for access';
    const message = `Access to model ${repo} is restricted. ${asked}.`;
    exchange.refuse(exchange.token === null ? 401 : 403, 'GatedRepo', message);
    return false;
  }

  #isReader(exchange: Exchange, repo: string): boolean {
    return exchange.token !== null && (this.policy(repo).readers ?? []).includes(exchange.token);
  }
}
