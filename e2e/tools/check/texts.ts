/** Rules about texts: how long a file may be, what it must not name, and that documents name what exists. */

import type { SourceText } from './project-files.ts';

const MAX_LINES = 400;
/** Where a reason for a long file must stand: its first lines, as `Long because: ...`. */
const HEAD_LINES = 12;

export function checkLength(files: readonly SourceText[]): string[] {
  return files.flatMap(({ file, text }) => {
    const lines = text.split('\n');
    const head = lines.slice(0, HEAD_LINES).join('\n');
    if (lines.length - 1 <= MAX_LINES || /Long because: \S/.test(head)) return [];
    return [`${file}: ${lines.length - 1} lines; split it, or say "Long because: ..." in its head`];
  });
}

/** Machine paths and package registries: a clone elsewhere has neither. `me` is nobody's name. */
const FORBIDDEN: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a machine's absolute path", pattern: /(?<![\w./-])\/(?:home|root|work|Users)\/(?!me\/)[\w.-]+/ },
  {
    what: 'a package registry',
    pattern: /\b(?:registry\.(?:npmjs|yarnpkg)|deb\.debian|pypi)\.(?:org|com)\b/,
  },
];

export function checkForbidden(files: readonly SourceText[]): string[] {
  return files.flatMap(({ file, text }) =>
    FORBIDDEN.flatMap(({ what, pattern }) => {
      const match = pattern.exec(text);
      if (match === null) return [];
      const line = text.slice(0, match.index).split('\n').length;
      return [`${file}:${line}: names ${what} (${match[0]})`];
    }),
  );
}

/** Paths in backquotes and relative links of Markdown documents that no file of the project matches. */
export function checkDocumentPaths(
  documents: readonly SourceText[],
  projectFiles: readonly string[],
  scripts: readonly string[],
): string[] {
  const known = new Set(projectFiles);
  for (const file of projectFiles) {
    for (let at = file.indexOf('/'); at >= 0; at = file.indexOf('/', at + 1)) known.add(file.slice(0, at));
  }
  return documents.flatMap(({ file, text }) => {
    const missing: string[] = [];
    for (const named of namedPaths(text)) {
      if (!known.has(named.replace(/\/$/, ''))) missing.push(`${file}: names ${named}, which does not exist`);
    }
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) {
      if (script !== undefined && !scripts.includes(script)) {
        missing.push(`${file}: names \`npm run ${script}\`, which package.json lacks`);
      }
    }
    return missing;
  });
}

/** Only what is surely a path of this project: it starts in one of its folders, or is a relative link. */
function namedPaths(text: string): Set<string> {
  const named = new Set<string>();
  for (const [, path] of text.matchAll(/`((?:src|shaders|public|e2e|\.ci)\/[\w./-]*)`/g)) {
    if (path !== undefined) named.add(path);
  }
  for (const [, path] of text.matchAll(/\]\((?!\w+:|#)([\w./-]+)(?:#[\w-]*)?\)/g)) {
    if (path !== undefined) named.add(path);
  }
  return named;
}
