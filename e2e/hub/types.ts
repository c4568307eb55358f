/** What the test hub is told, what it serves, and what it reports. */

import type { MergeDtype } from '../../src/base/dtype.ts';

/** How a request is broken on purpose. Bytes count within the answer's body. */
export type FaultKind =
  /** Answers `status` instead (`cors: false` leaves the CORS headers out, as failing proxies do). */
  | 'status'
  /** 429 with `Retry-After` when `retryAfterSeconds` is given, and the Hub's `RateLimit` header. */
  | 'rate-limit'
  /** Closes the socket without an answer. */
  | 'reset'
  /** Closes the socket after `atByte` bytes of the promised body. */
  | 'cut'
  /** Sends `atByte` bytes and never another one. */
  | 'stall'
  /** 206 for the range asked for, with only `atByte` bytes and a Content-Length that agrees. */
  | 'short'
  /** 206 whose body is 16 bytes longer than its Content-Range says. */
  | 'long'
  /** 206 for a range `shiftBytes` (16) further on. */
  | 'shifted'
  /** 200 with the whole file. */
  | 'whole'
  /** 206 with a gzip-encoded body. */
  | 'gzip'
  /** Another ETag than before. */
  | 'etag'
  /** The file is `shiftBytes` (16) longer than it was: in Content-Range, and in the tree listing. */
  | 'size'
  /** The signed URL has expired: 403 from the CDN. */
  | 'expire'
  /** At most `bytesPerSecond`. */
  | 'slow';

export interface FaultSpec {
  /** A regular expression over the decoded path, for example `model\\.safetensors$`. */
  readonly match: string;
  readonly kind: FaultKind;
  /** Only on this origin; both when absent. */
  readonly origin?: OriginName;
  /** How many requests it breaks; 1 by default, 0 for all of them. */
  readonly times?: number;
  /** How many matching requests pass unharmed first; 0 by default. */
  readonly after?: number;
  readonly atByte?: number;
  readonly shiftBytes?: number;
  readonly status?: number;
  readonly cors?: boolean;
  readonly retryAfterSeconds?: number;
  readonly bytesPerSecond?: number;
}

export type OriginName = 'hub' | 'cdn';

export interface LogEntry {
  readonly origin: OriginName;
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly range: string | null;
  readonly status: number;
  /** Body bytes handed to the socket. */
  readonly bytes: number;
  /** Whether the request carried an Authorization header. */
  readonly authorization: boolean;
  readonly fault: FaultKind | null;
}

/** Who may see a repository. Repositories without a policy are public. */
export interface RepoPolicy {
  readonly gated?: 'auto' | 'manual';
  readonly private?: boolean;
  /** The repository's new name; every request under the old one redirects there. */
  readonly renamedTo?: string;
  /** Tokens that may read a gated or private repository; none by default. */
  readonly readers?: readonly string[];
}

/** A family of virtual models `<owner>/<name>-<variant>`; see virtual.ts. */
export interface VirtualSpec {
  /** `owner/name`. */
  readonly name: string;
  /** Wanted size of all weights; met within 1 %. */
  readonly totalBytes: number;
  readonly dtype: MergeDtype;
  /** Largest weight file; one file by default. */
  readonly shardBytes?: number;
}

export interface HubOptions {
  /** Folder with `<owner>/<name>/` inside, looked at anew for every request. */
  readonly models?: string;
  /** 0 (default) takes a free port. */
  readonly port?: number;
  readonly cdnPort?: number;
  /** Folder served at `/` of the hub's origin: the built app. */
  readonly app?: string;
  readonly virtual?: readonly VirtualSpec[];
  readonly faults?: readonly FaultSpec[];
  /** Throttle of every weight download. */
  readonly bytesPerSecond?: number;
  /** Life of a signed URL; 3600 by default. */
  readonly signedUrlSeconds?: number;
  readonly policies?: Readonly<Record<string, RepoPolicy>>;
  /** Tokens the hub knows; `hf_reader` by default. Any other is refused as invalid. */
  readonly tokens?: readonly string[];
  /** The OAuth client that pages sign in as; consent grants the first of `tokens`. Without one there is no sign-in. */
  readonly oauthClientId?: string;
  /** Answer 401 for missing repositories to anonymous visitors, as the public Hub does; 404 by default. */
  readonly hideMissing?: boolean;
  /** Entries in one page of a listing; 1000 by default. */
  readonly pageSize?: number;
}

export interface Hub {
  /** `http://127.0.0.1:PORT`, what the app takes as its endpoint. */
  readonly endpoint: string;
  readonly cdnOrigin: string;
  readonly faults: {
    add(spec: FaultSpec): void;
    clear(): void;
  };
  /** Every request since the start or the last `clearLog`, oldest first. */
  log(): readonly LogEntry[];
  clearLog(): void;
  setPolicy(repo: string, policy: RepoPolicy): void;
  addVirtual(spec: VirtualSpec): void;
  close(): Promise<void>;
}

/** A file of a served repository. */
export interface RepoFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Identity of the contents, for ETag and commit: changes when they do. */
  readonly etag: string;
  /** SHA-256, where it is known. */
  readonly sha256?: string;
  /** Kept in large-file storage: served by the CDN behind a redirect. */
  readonly large: boolean;
  /** The bytes `[start, end)` in order, in chunks that the caller must not change. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface Repo {
  /** `owner/name`. */
  readonly name: string;
  /** Commit: 40 hex digits, a function of the files. */
  readonly sha: string;
  /** Sorted by path. */
  readonly files: readonly RepoFile[];
}
