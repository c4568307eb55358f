/** Quick fixes for problems of methods and parameters. Null where the text's style leaves no safe edit. */

import { replaceSpan, textScalar } from '../recipe/fixes.ts';
import type { NodePath, ParameterSet, QuickFix } from '../recipe/types.ts';
import type { Findings } from './findings.ts';

/** Writes `text` in place of the value at `path`. */
export function writeValue({ parsed }: Findings, path: NodePath, text: string): QuickFix | null {
  const span = parsed.locate(path);
  return span.end > span.start ? replaceSpan(`Write \`${text}\``, span, text) : null;
}

export function renameKeyAt({ parsed }: Findings, path: NodePath, name: string): QuickFix | null {
  const span = parsed.locate(path, 'key');
  return span.end > span.start ? replaceSpan(`Write \`${name}\``, span, textScalar(name)) : null;
}

/** Removes a one-line entry of a block map that stands alone on its line. */
export function removeLine({ parsed, positions }: Findings, path: NodePath, name: string): QuickFix | null {
  const key = parsed.locate(path, 'key');
  const value = parsed.locate(path);
  const start = positions.lineStart(key.start);
  const isAlone = positions.text.slice(start, key.start).trim() === '';
  if (!isAlone || value.endLine !== key.line) return null;
  return replaceSpan(`Remove \`${name}\``, positions.span(start, positions.nextLineStart(value.end)), '');
}

/** Adds `name: value` to the parameters of the entry at `owner` (`[]` is the recipe), whose `anchor` key exists. */
export function addParameter(
  findings: Findings,
  at: { readonly owner: NodePath; readonly parameters: ParameterSet; readonly anchor: string },
  name: string,
  value: string,
): QuickFix | null {
  const { parsed, positions } = findings;
  const title = `Add \`${name}: ${value}\``;
  const [first] = at.parameters.keys();
  const key = parsed.locate(
    first === undefined ? [...at.owner, at.anchor] : [...at.owner, 'parameters', first],
    'key',
  );
  const before = positions.text.slice(positions.lineStart(key.start), key.start);
  const indent = ' '.repeat(before.length);
  const isBlock = /^ *(?:- +)*$/.test(before);
  if (first !== undefined) {
    const here = positions.span(key.start, key.start);
    if (isBlock) return replaceSpan(title, here, `${name}: ${value}\n${indent}`);
    return /[{,]\s*$/.test(before) ? replaceSpan(title, here, `${name}: ${value}, `) : null;
  }
  if (!isBlock) return null;
  const end = positions.lineEnd(key.start);
  return replaceSpan(title, positions.span(end, end), `\n${indent}parameters:\n${indent}  ${name}: ${value}`);
}

/** Adds a top-level `name: value` behind the line of the method. */
export function addTopLevel({ parsed, positions }: Findings, name: string, value: string): QuickFix | null {
  const key = parsed.locate(['merge_method'], 'key');
  if (key.column !== 1) return null;
  const end = positions.lineEnd(key.start);
  return replaceSpan(`Add \`${name}: ${value}\``, positions.span(end, end), `\n${name}: ${value}`);
}

/** Writes `lines` before the block entry at `first`, the first one below `owner`, in line with it. */
export function addUnder(
  { parsed, positions }: Findings,
  owner: NodePath,
  first: NodePath,
  title: string,
  lines: readonly string[],
): QuickFix | null {
  const key = parsed.locate(first, 'key');
  const lineStart = positions.lineStart(key.start);
  const indent = positions.text.slice(lineStart, key.start);
  const isBlock = /^ +$/.test(indent) && key.line > parsed.locate(owner, 'key').line;
  if (!isBlock) return null;
  const text = lines.map((line) => `${indent}${line}\n`).join('');
  return replaceSpan(title, positions.span(lineStart, lineStart), text);
}

/** Puts top-level `slices` under the module `main`, and lists `others` with the model `ref` whole. */
export function slicesToModules(
  { parsed, positions }: Findings,
  main: string,
  others: readonly string[],
  ref: string,
): QuickFix | null {
  const key = parsed.locate(['slices'], 'key');
  const value = parsed.locate(['slices']);
  if (key.column !== 1) return null;
  const start = positions.lineStart(key.start);
  const end = positions.lineEnd(value.end);
  const body = positions.text.slice(start, end).replaceAll(/^(?=.)/gm, '    ');
  const rest = others
    .map((name) => `\n  ${textScalar(name)}:\n    models:\n      - model: ${textScalar(ref)}`)
    .join('');
  return replaceSpan(
    'Write `modules`',
    positions.span(start, end),
    `modules:\n  ${textScalar(main)}:\n${body}${rest}`,
  );
}
