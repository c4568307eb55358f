/** HTTP answers that are refusals, as typed errors in plain words. Shared by the API calls and the range reads. */

import { GraftError } from '../base/errors.ts';
import { type Failure, retryAfterSeconds } from './retry.ts';

export interface AnswerContext {
  /** What was asked for, for people: `owner/name` or `owner/name: path`. Never a URL, which may carry a signature. */
  readonly label: string;
  /** The model's `owner/name`; null for requests that concern no model. */
  readonly repo: string | null;
  /** Whether a token went along. */
  readonly signedIn: boolean;
  /** Whether the answer comes from the hub itself, and not from the host it redirects downloads to. */
  readonly fromHub: boolean;
  readonly nowMs: number;
}

/** The failure behind a status that is not the wanted one. Reads headers only; the body stays untouched. */
export function failureOfStatus(response: Response, context: AnswerContext): Failure {
  const { status, headers } = response;
  if (status === 429) {
    const seconds = retryAfterSeconds(headers, context.nowMs);
    const error = new GraftError(
      'RateLimited',
      `The server answers too many requests for ${context.label}.`,
      {
        where: context.label,
        fix: 'Wait some minutes and resume, or sign in: signed-in visitors have a higher limit.',
        ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
      },
    );
    return { error, persistence: 'transient' };
  }
  if (status >= 500 || status === 408) {
    return transient(context, `The server failed with status ${status} for ${context.label}.`);
  }
  if (context.fromHub && (status === 401 || status === 403 || status === 404)) {
    return { error: refusal(status, headers.get('X-Error-Code'), context), persistence: 'final' };
  }
  if (status === 416) {
    const error = new GraftError('SourceChanged', `${context.label} is shorter than it was.`, {
      where: context.label,
      fix: 'Open the model again and start over.',
    });
    return { error, persistence: 'final' };
  }
  const error = new GraftError('BadAnswer', `The server answered ${context.label} with status ${status}.`, {
    where: context.label,
    fix: 'Try again later; if it stays so, the model cannot be downloaded from this server.',
  });
  return { error, persistence: 'final' };
}

/** A `fetch` or a body that failed: the browser says no more than that. */
export function failureOfNetwork(label: string, cause: unknown): Failure {
  const error = new GraftError('NetworkLost', `The connection failed while reading ${label}.`, {
    where: label,
    fix: 'Check the network and resume; nothing that has arrived is fetched again.',
    cause,
  });
  return { error, persistence: 'transient' };
}

function transient(context: AnswerContext, message: string): Failure {
  const fix = 'Try again in some minutes.';
  return {
    error: new GraftError('BadAnswer', message, { where: context.label, fix }),
    persistence: 'transient',
  };
}

function refusal(status: number, code: string | null, context: AnswerContext): GraftError {
  const { label, repo, signedIn } = context;
  const where = label;
  if (code === 'GatedRepo') return gated(repo ?? label, signedIn);
  if (code === 'EntryNotFound') {
    return new GraftError('FileMissing', `${label} does not exist.`, { where, fix: 'Check the revision.' });
  }
  if (code === 'RevisionNotFound') {
    return new GraftError('ModelNotFound', `${label} has no such revision.`, {
      where,
      fix: 'Name a branch, a tag or a commit of the model after the @.',
    });
  }
  if (status === 404) {
    return new GraftError('ModelNotFound', `There is no model ${repo ?? label} on this hub.`, {
      where,
      fix: signedIn
        ? 'Check the spelling (owner/name). If it is private, sign in as somebody who may read it.'
        : 'Check the spelling (owner/name).',
    });
  }
  if (signedIn && status === 401) {
    return new GraftError('Unauthorized', 'The hub does not accept your token.', {
      where,
      fix: 'Sign in again, or paste a token that is still valid.',
    });
  }
  if (signedIn) {
    return new GraftError('ModelPrivate', `Your token may not read ${repo ?? label}.`, {
      where,
      fix: 'Give the token read access to this model, or use one that has it.',
    });
  }
  // The public Hub gives anonymous visitors the same answer for private and missing models.
  return new GraftError('ModelPrivate', `${repo ?? label} is private, or there is no model of that name.`, {
    where,
    fix: 'Check the spelling; if it is a private model, sign in as somebody who may read it.',
  });
}

function gated(repo: string, signedIn: boolean): GraftError {
  return new GraftError('ModelGated', `${repo} is gated: its owner wants visitors to ask for access first.`, {
    where: repo,
    fix: signedIn
      ? `Open the page of ${repo} on the hub, accept its conditions there, and try again.`
      : `Sign in; then open the page of ${repo} on the hub and accept its conditions there.`,
  });
}
