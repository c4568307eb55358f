/** Paths inside a model, as strangers give them. */

import { GraftError } from '../base/errors.ts';

/** Whether a path stays inside its model: plain segments, no dots, no backslashes, no control characters. */
export function isSafePath(path: unknown): path is string {
  return (
    typeof path === 'string' &&
    path.length <= 1024 &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this keeps out.
    !/[\\\u0000-\u001f]/.test(path) &&
    path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  );
}

export function fileMissing(model: string, path: string): GraftError {
  return new GraftError('FileMissing', `${model} has no file ${path}.`, {
    where: `${model}: ${path}`,
    fix: 'Check that the model is complete.',
  });
}
