/**
 * Model references: `PATH[@REV][+ADAPTER[@REV]]` (mergekit 0.1.4). PATH may go on to one weight file,
 * `owner/name/sub/file.safetensors`; the revision stays at the end, because branches have slashes too.
 */

import type { ModelRef } from './types.ts';

/** What the names of opened folders begin with; no hub is asked about such a name. */
export const LOCAL_OWNER = 'local';

interface ModelRefError {
  readonly code: 'invalid-model' | 'model-url' | 'local-path';
  /** What is wrong with the reference and what to write, as sentences. */
  readonly message: string;
  /** A reference that was probably meant. */
  readonly replacement: string | null;
}

export type ModelRefResult =
  | { readonly ok: true; readonly ref: ModelRef }
  | { readonly ok: false; readonly error: ModelRefError };

/** Names on the Hub: letters, digits, `-`, `_` and `.`, at most 96 of them. */
const HUB_NAME = /^(?!.*\.\.)[\w.-]{1,96}\/[\w.-]{1,96}$/;
const MAX_LOCAL_CHARS = 96;
/** Letters and digits of any script. */
const LOCAL_NAME = new RegExp(
  `^${LOCAL_OWNER}/(?!.*\\.\\.)[\\p{L}\\p{M}\\p{N}._-]{1,${MAX_LOCAL_CHARS}}$`,
  'u',
);
/** A folder's name: anything but separators, line ends and control characters. */
const FOLDER_NAME = /^(?!\.{1,2}$)[^/\\\p{Cc}\p{Zl}\p{Zp}]{1,255}$/u;
/** A repository and a weight file in it. Names of files may hold anything but separators, `@` and `+`. */
const FILE =
  /^([^/]+\/[^/]+)\/((?:(?!\.{1,2}\/)[^/\\\p{Cc}]{1,255}\/){0,8}[^/\\\p{Cc}]{1,240}\.safetensors)$/u;
/** `v1/sub/file.safetensors`: what stands behind the `@` when the revision was put before the file. */
const REVISION_AND_FILE = /^(refs\/pr\/\d+|[^/]+)\/(.+\.safetensors)$/;
/** A branch, tag, pull request reference or commit. */
const REVISION = /^(?!.*\.\.)[\w./-]{1,250}$/;
const HUB_URL = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/(.+)$/i;

/**
 * The reference that recipes use for an opened folder, or for a file without its ending: `local/` and its own name,
 * without the characters that references give a meaning (`@`, `+`, `/`, `..`, spaces).
 */
export function localName(folder: string): string {
  const plain = folder
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+/, '');
  const safe = [...plain].slice(0, MAX_LOCAL_CHARS).join('').replace(/-+$/, '');
  return `${LOCAL_OWNER}/${safe === '' ? 'model' : safe}`;
}

/** Reads a reference as a recipe writes it. */
export function parseModelRef(text: string): ModelRefResult {
  const refused = unwritable(text);
  if (refused) return { ok: false, error: refused };
  const [model = '', adapter, ...more] = text.split('+');
  if (more.length > 0)
    return invalid(`\`${shown(text)}\` has more than one \`+\`; one adapter can follow a model.`);
  const main = parsePart(model, text);
  if (!main.ok) return main;
  if (adapter === undefined) return { ok: true, ref: { text, ...main.part, adapter: null } };
  const second = parsePart(adapter, text);
  return second.ok ? { ok: true, ref: { text, ...main.part, adapter: second.part } } : second;
}

/** The reference in its string form. */
export function printModelRef(ref: Omit<ModelRef, 'text'>): string {
  const adapter = ref.adapter === null ? '' : `+${printPart(ref.adapter)}`;
  return `${printPart(ref)}${adapter}`;
}

interface RefPart {
  readonly repo: string;
  readonly file?: string;
  readonly revision: string | null;
}

function printPart({ repo, file, revision }: RefPart): string {
  const path = file === undefined ? repo : `${repo}/${file}`;
  return revision === null ? path : `${path}@${revision}`;
}

type PartResult = { ok: true; part: RefPart } | { ok: false; error: ModelRefError };

function parsePart(part: string, whole: string): PartResult {
  const [path = '', revision, ...more] = part.split('@');
  if (more.length > 0)
    return invalid(`\`${shown(whole)}\` has more than one \`@\`; one revision can follow a name.`);
  if (path === '') return invalid(`\`${shown(whole)}\` does not name a model; write \`owner/name\`.`);
  const [, owner, file] = FILE.exec(path) ?? [];
  const repo = owner ?? path;
  const hasOwner = HUB_NAME.test(repo) || LOCAL_NAME.test(repo);
  if (!hasOwner && (owner !== undefined || !FOLDER_NAME.test(repo))) {
    return { ok: false, error: notAName(path) };
  }
  const named = file === undefined ? { repo } : { repo, file };
  if (revision === undefined) return { ok: true, part: { ...named, revision: null } };
  if (revision === '') {
    return invalid(
      `\`${shown(whole)}\` ends with \`@\`; write a branch, tag or commit behind it, or drop it.`,
      path,
    );
  }
  const misplaced = file === undefined && hasOwner ? REVISION_AND_FILE.exec(revision) : null;
  if (misplaced !== null) {
    return invalid(
      `\`${shown(whole)}\` has its revision before the file; write it at the end.`,
      `${repo}/${misplaced[2]}@${misplaced[1]}`,
    );
  }
  if (!REVISION.test(revision)) {
    return invalid(
      `\`${shown(revision)}\` cannot be a revision; write a branch, tag or commit of the model.`,
    );
  }
  return { ok: true, part: { ...named, revision } };
}

function invalid(message: string, replacement: string | null = null): { ok: false; error: ModelRefError } {
  return { ok: false, error: { code: 'invalid-model', message, replacement } };
}

function notAName(repo: string): ModelRefError {
  const folder =
    repo.split(/[/\\]+/).findLast((segment) => FOLDER_NAME.test(segment) && segment !== '~') ?? null;
  if (!/[/\\]/.test(repo)) {
    return {
      code: 'invalid-model',
      message: `\`${shown(repo)}\` cannot be a model's name. Write \`owner/name\`, or \`${LOCAL_OWNER}/name\` for an open folder.`,
      replacement: null,
    };
  }
  return {
    code: 'local-path',
    message:
      `\`${shown(repo)}\` is neither \`owner/name\` nor \`${LOCAL_OWNER}/name\`, an open folder. ` +
      `A page cannot follow paths on your disk: open the folder under Models and write the name that it has there.`,
    replacement: folder === null ? null : localName(folder.replace(/\.safetensors$/, '')),
  };
}

function unwritable(text: string): ModelRefError | null {
  const url = HUB_URL.exec(text);
  if (url) {
    return {
      code: 'model-url',
      message: `\`${shown(text)}\` is an address; write the model's name, \`owner/name\` or \`owner/name@revision\`.`,
      replacement: fromUrlPath(url[1] ?? ''),
    };
  }
  if (text.trim() === text) return null;
  const trimmed = text.trim();
  return {
    code: 'invalid-model',
    message: `\`${shown(text)}\` has spaces around the name.`,
    replacement: trimmed === '' ? null : trimmed,
  };
}

/** `owner/name/tree/v1` -> `owner/name@v1`; null when the result would not be a reference. */
function fromUrlPath(path: string): string | null {
  const [plain = ''] = path.split(/[?#]/);
  const [owner = '', name, view, revision, ...rest] = plain.split('/').filter((segment) => segment !== '');
  const file = view !== 'tree' && rest.at(-1)?.endsWith('.safetensors') ? `/${rest.join('/')}` : '';
  const repo = name === undefined ? owner : `${owner}/${name}${file}`;
  const pinned =
    (view === 'tree' || view === 'blob' || view === 'resolve') &&
    revision !== undefined &&
    revision !== 'main';
  const text = pinned ? `${repo}@${revision}` : repo;
  return parseModelRef(text).ok ? text : null;
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
