/** Sentences for screen readers, one after the other, in a live region that never moves the focus. */

import { createStore } from 'zustand/vanilla';

export const announcer = createStore<{ readonly text: string; readonly count: number }>(() => ({
  text: '',
  count: 0,
}));

export function announce(text: string): void {
  announcer.setState(({ count }) => ({ text: text.replaceAll('`', ''), count: count + 1 }));
}
