/** One weight file of a repository or folder as a model of its own: nothing beside it but the card is looked at. */

import type { ModelFiles } from '../base/bytes.ts';
import { GraftError } from '../base/errors.ts';

/** Says whose work the file is. */
const CARD = 'README.md';
/** Names told where a file is missing. */
const MAX_NAMED = 5;

/**
 * `files` with the weight file at `path` and the card alone.
 * @throws GraftError `FileMissing` when there is no such file; the fix names those that there are
 */
export function singleFile(files: ModelFiles, path: string): ModelFiles {
  const { origin } = files;
  const entries = files.entries.filter((entry) => entry.path === path || entry.path === CARD);
  if (!entries.some((entry) => entry.path === path)) throw missing(files, path);
  return {
    origin: origin.kind === 'demo' ? origin : { ...origin, file: path },
    entries,
    open: (wanted, signal) => files.open(wanted, signal),
  };
}

function missing({ origin, entries }: ModelFiles, path: string): GraftError {
  const name = origin.kind === 'hub' ? origin.repo : origin.name;
  const weights = entries.map((entry) => entry.path).filter((each) => each.endsWith('.safetensors'));
  const shown = weights.slice(0, MAX_NAMED).map((each) => `${name}/${each}`);
  const more = weights.length > MAX_NAMED ? ` and ${weights.length - MAX_NAMED} more` : '';
  return new GraftError('FileMissing', `${name} has no file ${path}.`, {
    where: `${name}: ${path}`,
    fix: shown.length === 0 ? 'It has no safetensors files.' : `It has ${shown.join(', ')}${more}.`,
  });
}
