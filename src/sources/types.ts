/** How models are found. Part of every request to the engine, so these are plain data and handles. */

/** How models are found; part of every request, so that a worker keeps no setting of its own. */
export interface SourceSettings {
  /** Origin of the hub, `https://huggingface.co` by default. */
  readonly endpoint: string;
  /** Held in memory only, sent to the endpoint's origin only. */
  readonly token: string | null;
  /** Whether the demo models that ship with the page may be named (`quill/base`); they win over the Hub. */
  readonly demo: boolean;
  /** Folders the person opened, by the name recipes use; they win over demo and Hub. */
  readonly locals: readonly LocalModel[];
}

export interface LocalModel {
  readonly name: string;
  /** A directory handle (remembered) or the files of a drop or folder input (this visit only). */
  readonly content:
    | { readonly kind: 'handle'; readonly handle: FileSystemDirectoryHandle }
    | { readonly kind: 'files'; readonly files: readonly { readonly path: string; readonly file: File }[] };
}
