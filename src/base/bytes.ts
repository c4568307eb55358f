/**
 * The two faces of bytes in Graft: something that can be read at any offset, and a model's set of such files.
 * The Hub, a local folder and the demo models all become these; caching, retrying and counting wrap them.
 */

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called with the count of newly arrived bytes, for progress. Bytes that are read twice count once. */
  readonly onBytes?: (count: number) => void;
  /** Called with true when the read begins to wait for a network that is gone, and with false when it goes on. */
  readonly onOffline?: (waits: boolean) => void;
}

/** A file of known size that can be read at any offset. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Fills the whole of `target` with the bytes from `start` on. Resolves only when every byte is there and
   * verified; a short or shifted answer is an error, never data.
   */
  read(start: number, target: Uint8Array, options?: ReadOptions): Promise<void>;
}

export interface FileEntry {
  /** Path inside the model, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 when the source tells it (LFS files of the Hub), in lower-case hex. */
  readonly sha256?: string;
  /** When the file was last written, in milliseconds since 1970, when the source tells it (folders). */
  readonly modifiedAtMs?: number;
}

/** Where a model comes from, enough to find the very same bytes again. `file` is set when it is one weight file of many. */
export type ModelOrigin =
  | {
      readonly kind: 'hub';
      readonly endpoint: string;
      readonly repo: string;
      readonly revision: string;
      readonly sha: string;
      readonly file?: string;
    }
  | { readonly kind: 'local'; readonly name: string; readonly file?: string }
  | { readonly kind: 'demo'; readonly name: string };

/** One model's files, wherever they live. */
export interface ModelFiles {
  readonly origin: ModelOrigin;
  /** All files, sorted by path. */
  readonly entries: readonly FileEntry[];
  /** Opens a file; throws `FileMissing` when the model has none of that path. */
  open(path: string, signal?: AbortSignal): Promise<ByteSource>;
}
