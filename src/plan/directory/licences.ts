/**
 * Which licence a merge of several models may carry. Not legal advice: a cautious default for the model card, and a
 * warning wherever a person has to decide.
 */

export interface ParentLicence {
  readonly ref: string;
  /** The Hub's identifier (`apache-2.0`), or null when the card names none. */
  readonly license: string | null;
}

export interface CombinedLicence {
  /** For the card's `license` key; null when no parent names one. */
  readonly license: string | null;
  readonly warning: string | null;
}

/** Licences that let a derived work be licensed otherwise, the least demanding first. */
const PERMISSIVE = [
  'cc0-1.0',
  'unlicense',
  'wtfpl',
  'isc',
  'zlib',
  'bsd',
  'bsd-2-clause',
  'bsd-3-clause',
  'bsd-3-clause-clear',
  'mit',
  'bsl-1.0',
  'ncsa',
  'afl-3.0',
  'ms-pl',
  'apache-2.0',
  'cdla-permissive-1.0',
  'cdla-permissive-2.0',
  'cc-by-2.0',
  'cc-by-2.5',
  'cc-by-3.0',
  'cc-by-4.0',
];
/** These do not name a licence but say that there is some. */
const UNNAMED: ReadonlySet<string> = new Set(['other', 'unknown']);
/** GPL 2 does not accept Apache 2's patent clause (gnu.org/licenses/license-list.html#apache2). */
const GPL_2 = 'gpl-2.0';

/**
 * One licence shared by all stays. Permissive ones mix to the most demanding. One other licence beside permissive ones
 * covers the whole. Anything else is `other` with a warning that names who says what.
 */
export function combineLicences(parents: readonly ParentLicence[]): CombinedLicence {
  const named = [
    ...new Set(parents.flatMap(({ license }) => (license === null ? [] : [license.toLowerCase()]))),
  ];
  const [first] = named;
  if (first === undefined) return { license: null, warning: null };
  const silent = parents.filter(({ license }) => license === null).map(({ ref }) => ref);
  if (silent.length > 0) {
    return other(parents, `${silent.join(', ')} ${silent.length === 1 ? 'names' : 'name'} no licence`);
  }
  if (named.length === 1) return { license: first, warning: null };
  const binding = named.filter((license) => !PERMISSIVE.includes(license));
  const [only] = binding;
  if (only === undefined) {
    const ranked = [...named].sort((a, b) => PERMISSIVE.indexOf(b) - PERMISSIVE.indexOf(a));
    return { license: ranked[0] ?? first, warning: null };
  }
  const conflicts =
    binding.length > 1 || UNNAMED.has(only) || (only === GPL_2 && named.includes('apache-2.0'));
  return conflicts ? other(parents, 'The licences of the models differ') : { license: only, warning: null };
}

function other(parents: readonly ParentLicence[], reason: string): CombinedLicence {
  const said = parents.map(({ ref, license }) => `${ref}: ${license ?? 'none'}`).join('; ');
  return {
    license: 'other',
    warning: `${reason} (${said}). Check what they allow before you share the merge; the model card says "other".`,
  };
}
