/** What the actions work with: the state, and the world outside it behind interfaces that tests replace. */

import type { StoreApi } from 'zustand/vanilla';
import { toWire } from '../base/errors.ts';
import type { EngineClient, OutputFile, RunSettings, SourceSettings } from '../engine/protocol.ts';
import type { Memory } from './memory.ts';
import type { GraftState, HubModel, Notice } from './state.ts';

export type SearchModels = (
  query: string,
  options: { readonly endpoint: string; readonly token: string | null; readonly signal: AbortSignal },
) => Promise<readonly HubModel[]>;

/** Writes every file into the folder; `file` opens one. Reports finished bytes. */
export type SaveToFolder = (
  folder: FileSystemDirectoryHandle,
  files: readonly OutputFile[],
  file: (path: string) => Promise<File>,
  onBytes: (writtenBytes: number) => void,
) => Promise<void>;

export interface StoreServices {
  readonly engine: EngineClient;
  readonly memory: Memory;
  readonly searchModels: SearchModels;
  readonly saveToFolder: SaveToFolder;
  /** A link that carries the recipe. */
  readonly recipeLink: (text: string) => Promise<string>;
  /** Starts a browser download of a file that may be larger than memory. */
  readonly offerDownload: (file: File, name: string) => void;
  readonly copyText: (text: string) => Promise<void>;
  /** Asks the browser not to evict what is stored; some ask the person, so it follows a press of a button. */
  readonly keepStorage: () => Promise<boolean>;
  readonly now: () => number;
}

export interface ActionContext {
  readonly store: StoreApi<GraftState>;
  readonly services: StoreServices;
}

/** Replaces one slice's fields. */
export function patch<Key extends keyof GraftState>(
  { store }: ActionContext,
  key: Key,
  fields: Partial<GraftState[Key]>,
): void {
  store.setState((state) => ({ [key]: { ...(state[key] as object), ...fields } }) as Pick<GraftState, Key>);
}

export function say({ store }: ActionContext, text: string, tone: Notice['tone'] = 'info'): void {
  store.setState((state) => ({ notice: { id: (state.notice?.id ?? 0) + 1, tone, text } }));
}

/** Shows any thrown value as a sentence with what to do. Cancelled work is what the person asked for: no notice. */
export function sayError(context: ActionContext, error: unknown): void {
  const { tag, message, fix } = toWire(error);
  if (tag !== 'Cancelled') say(context, fix === undefined ? message : `${message} ${fix}`, 'error');
}

export function sourceSettings({ settings, session, models }: GraftState): SourceSettings {
  return {
    endpoint: settings.endpoint,
    token: session.token,
    demo: true,
    locals: models.locals.map((folder) => folder.model),
  };
}

export function runSettings({ settings }: GraftState): RunSettings {
  return { engine: settings.engine, budgetBytes: settings.budgetBytes };
}
