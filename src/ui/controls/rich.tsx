/** A message with its `code` parts set as code. */

import { Fragment } from 'react';

export function Rich({ text }: { readonly text: string }) {
  // Every second part stood between backticks; a lone backtick at the end leaves the rest as it is.
  const parts = text.split('`');
  if (parts.length % 2 === 0) return text;
  return parts.map((part, index) =>
    index % 2 === 0 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text never move
      <Fragment key={index}>{part}</Fragment>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text never move
      <code key={index}>{part}</code>
    ),
  );
}

/** The message without its marks, for names that a screen reader says. */
export function plainWords(text: string): string {
  return text.replaceAll('`', '');
}
