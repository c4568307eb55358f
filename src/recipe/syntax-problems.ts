/** YAML's own errors in plain words. */

import type { YAMLError } from 'yaml';
import type { YamlRefusal } from './bounded-yaml.ts';
import type { ProblemList } from './problem-list.ts';
import type { QuickFix } from './types.ts';

const REFUSALS: Readonly<Record<YamlRefusal, string>> = {
  'too-large':
    'This is far longer than any recipe (256 KB, or 20,000 words and signs). It is not read any further.',
  'too-deep': 'More than 50 lists or groups stand inside each other here. A recipe needs about ten.',
  'too-many-aliases': 'More than 100 aliases (`*name`). Write repeated values out.',
};

export function reportRefusal(reason: YamlRefusal, offset: number, problems: ProblemList): void {
  problems.add(reason, problems.positions.span(offset, offset + 1), REFUSALS[reason]);
}

const WORDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  ALIAS_PROPS: 'An alias (`*name`) can have neither an anchor nor a tag.',
  BAD_ALIAS: 'An anchor (`&name`) or alias (`*name`) needs a name of letters and digits.',
  BAD_DIRECTIVE: 'Lines that start with `%` are directives of YAML, and this is none.',
  BAD_DQ_ESCAPE:
    'Inside double quotes `\\` starts an escape, and this is none. Use single quotes or write `\\\\`.',
  BAD_SCALAR_START: 'A value cannot start with this sign. Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY:
    'A second `key:` on one line. Put it on a line of its own, indented, or put the value in quotes.',
  BLOCK_IN_FLOW:
    'Inside brackets or braces everything is separated by commas; lists with `- ` cannot stand there.',
  KEY_OVER_1024_CHARS: 'A key cannot be this long. Check the line above for a missing `:` or quote.',
  MULTILINE_IMPLICIT_KEY: 'A key must be on one line. Check that this line is indented like its neighbours.',
  MULTIPLE_ANCHORS: 'A value can have one anchor (`&name`) only.',
  MULTIPLE_TAGS: 'A value can have one tag (`!name`) only.',
  TAB_AS_INDENT: 'YAML does not allow tabs for indentation. Use spaces.',
  UNEXPECTED_TOKEN: 'This cannot stand here. Check the indentation, and that brackets and quotes are closed.',
};

/** Reports the parser's errors, one a line: the first is the cause, the others on its line are consequences. */
export function reportSyntax(errors: readonly YAMLError[], problems: ProblemList): void {
  const lines = new Set<number>();
  for (const error of errors) {
    if (problems.full) return;
    const span = problems.positions.span(error.pos[0], error.pos[1]);
    if (lines.has(span.line)) continue;
    lines.add(span.line);
    problems.add('yaml-syntax', span, wordsFor(error), [fixFor(error, problems)]);
  }
}

function wordsFor(error: YAMLError): string {
  if (error.code === 'BAD_INDENT' && error.message.startsWith('Flow')) {
    return 'A `[` or `{` is not closed, or the lines inside it are not indented.';
  }
  if (error.code === 'BAD_INDENT') return 'This line is not indented like the lines it belongs with.';
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote'))
    return 'The closing quote is missing.';
  if (error.code === 'MISSING_CHAR' && error.message.includes('- indicator')) {
    return 'This line stands in a list but does not start with `- `, or is indented differently from its neighbours.';
  }
  return WORDS[error.code] ?? `This is not valid YAML: ${error.message}.`;
}

/** Tabs of an indentation as two spaces each. */
function fixFor(error: YAMLError, problems: ProblemList): QuickFix | null {
  if (error.code !== 'TAB_AS_INDENT') return null;
  const { positions } = problems;
  const start = positions.lineStart(Math.min(error.pos[0], positions.text.length));
  const indent = /^[ \t]*/.exec(positions.text.slice(start, start + 1024))?.[0] ?? '';
  if (!indent.includes('\t')) return null;
  const span = positions.span(start, start + indent.length);
  return { title: 'Use spaces', edits: [{ span, text: indent.replaceAll('\t', '  ') }] };
}
