/**
 * Every failure Graft reports, as one closed set of tags.
 *
 * A `GraftError` says what is wrong (`message`), where (`where`) and what to do (`fix`); the page, the script and
 * the tests switch on `tag`. It survives structured clone through `toWire` / `fromWire`, because a plain `Error`
 * loses its fields on the way out of a worker.
 */

export const ERROR_TAGS = [
  /** A command line that cannot be understood. */
  'InvalidUsage',
  /** The recipe has problems; the problems themselves travel beside the error. */
  'RecipeRefused',
  /** A safetensors file, index or config breaks its format. */
  'InvalidFile',
  /** A file the model needs is not there. */
  'FileMissing',
  'ModelNotFound',
  'ModelGated',
  'ModelPrivate',
  'ModelRenamed',
  /** A local folder whose permission the browser no longer grants. */
  'PermissionNeeded',
  /** Status, Content-Range, length or encoding of an HTTP answer is not what was asked for. */
  'BadAnswer',
  /** The file's ETag or size is not the one the run was planned with. */
  'SourceChanged',
  'RateLimited',
  'Unauthorized',
  /** No connection, after all retries. */
  'NetworkLost',
  'Stalled',
  /** The origin's quota or the disk is full. */
  'StorageFull',
  /** The browser offers no (or a broken) private file system. */
  'StorageUnavailable',
  /** A stored job fails its own checks (journal, size, CRC). */
  'StorageCorrupt',
  /** Another tab runs this job. */
  'JobLocked',
  'GpuUnavailable',
  'DeviceLost',
  'ShaderInvalid',
  /** A tensor cannot be merged as planned (for example it does not fit any budget). */
  'CannotMerge',
  'Cancelled',
  'Internal',
] as const;

export type ErrorTag = (typeof ERROR_TAGS)[number];

export interface ErrorFields {
  /** The file, tensor, model or setting concerned. */
  readonly where?: string;
  /** What the person can do about it, as a sentence. */
  readonly fix?: string;
  /** Seconds the other side asked us to wait. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A `GraftError` as plain data, for `postMessage` and JSON. */
export interface WireError {
  readonly tag: ErrorTag;
  readonly message: string;
  readonly where?: string;
  readonly fix?: string;
}

export class GraftError extends Error {
  override readonly name = 'GraftError';
  readonly tag: ErrorTag;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(tag: ErrorTag, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.tag = tag;
    this.where = fields.where;
    this.fix = fields.fix;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

/** Narrows `error` to a `GraftError`, optionally of one tag. */
export function isGraftError(error: unknown, tag?: ErrorTag): error is GraftError {
  return error instanceof GraftError && (tag === undefined || error.tag === tag);
}

/** Any thrown value as a `GraftError`; an unknown one becomes `Internal`, an abort becomes `Cancelled`. */
export function toGraftError(error: unknown): GraftError {
  if (error instanceof GraftError) return error;
  if (error instanceof DOMException && error.name === 'AbortError') {
    return new GraftError('Cancelled', 'The work was cancelled.', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new GraftError('Internal', message, { cause: error });
}

export function toWire(error: unknown): WireError {
  const { tag, message, where, fix } = toGraftError(error);
  return { tag, message, ...(where === undefined ? {} : { where }), ...(fix === undefined ? {} : { fix }) };
}

export function fromWire(wire: WireError): GraftError {
  return new GraftError(wire.tag, wire.message, wire);
}
