/** Paths inside the private file system. Names of side files come from strangers' repositories. */

import { GraftError } from '../base/errors.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Splits `a/b/c` into the directories on the way and the last name. Throws `InvalidFile` for anything that could leave the directory. */
export function splitPath(path: string): { readonly directories: readonly string[]; readonly name: string } {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  for (const part of [...parts, name]) checkName(part, path);
  return { directories: parts, name };
}

export function checkName(name: string, path = name): void {
  const odd = name === '' || name === '.' || name === '..' || name.length > 255 || /[/\\\p{Cc}]/u.test(name);
  if (odd)
    throw new GraftError('InvalidFile', `${JSON.stringify(path)} is not a usable file name.`, {
      where: path,
    });
}

export function checkJobId(id: string): void {
  if (!ID.test(id)) throw new GraftError('Internal', `${JSON.stringify(id)} is not a job id.`, { where: id });
}
