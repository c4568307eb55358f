/**
 * YAML text to a document, with every bound set before the cost arises.
 *
 * The parser's own stack tells the true nesting depth while it reads, for brackets and indentation alike, so nothing
 * deep or long ever reaches the recursive half of the library. All scalars stay text (failsafe schema): `scalars.ts`
 * gives them their meaning.
 */

import { Composer, type Document, Lexer, Parser, type YAMLError } from 'yaml';
import { LIMITS } from '../base/limits.ts';

/** Lexical tokens; a stack of 500 slices has about 15,000, and 20,000 of the worst kind take a tenth of a second. */
const MAX_TOKENS = 20_000;
const COLLECTIONS: ReadonlySet<string> = new Set(['block-map', 'block-seq', 'flow-collection']);

export type YamlRefusal = 'too-large' | 'too-deep' | 'too-many-aliases';

export type YamlReading =
  | { readonly kind: 'refused'; readonly reason: YamlRefusal; readonly offset: number }
  /** `documents` is empty for a text without content; errors of the whole text are in `errors`. */
  | {
      readonly kind: 'read';
      readonly documents: readonly Document.Parsed[];
      readonly errors: readonly YAMLError[];
    };

/** Reads `text` within Graft's bounds. Never throws; a syntax error still gives the document as far as it was understood. */
export function readYaml(text: string): YamlReading {
  if (text.length > LIMITS.recipeChars) {
    return { kind: 'refused', reason: 'too-large', offset: LIMITS.recipeChars };
  }
  const parser = new Parser();
  const tokens: Parameters<Composer['next']>[0][] = [];
  let count = 0;
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MAX_TOKENS) return { kind: 'refused', reason: 'too-large', offset: parser.offset };
    if (lexeme.startsWith('*') && ++aliases > LIMITS.recipeAliases) {
      return { kind: 'refused', reason: 'too-many-aliases', offset: parser.offset };
    }
    for (const token of parser.next(lexeme)) tokens.push(token);
    // Below the collections lies the document; above them there may be a scalar.
    const depth = parser.stack.length - 1;
    if (depth > LIMITS.recipeDepth && COLLECTIONS.has(parser.stack.at(-1)?.type ?? '')) {
      return { kind: 'refused', reason: 'too-deep', offset: parser.offset - lexeme.length };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  const composer = new Composer({
    schema: 'failsafe',
    prettyErrors: false,
    resolveKnownTags: false,
    // The library compares all pairs of keys; build-tree.ts finds duplicates in one pass.
    uniqueKeys: false,
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  return { kind: 'read', documents, errors: documents.flatMap((document) => document.errors) };
}
