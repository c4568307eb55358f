/** Which colour a model has. One model keeps one colour everywhere, and keeps it while other models come and go. */

/** Colours of the palette, `--m1` ... `--m8` in tokens.css; more models than that share. */
export const COLOUR_COUNT = 8;

/** Index into the palette from 1; 0 is the neutral colour of the base model. */
export type Colours = ReadonlyMap<string, number>;

/** Colours for `refs` in order: known models keep theirs, new ones take the lowest that is free. */
export function assignColours(previous: Colours, refs: readonly string[], base: string | null): Colours {
  const next = new Map<string, number>();
  for (const ref of refs) {
    const kept = previous.get(ref);
    if (ref === base) next.set(ref, 0);
    else if (kept !== undefined && kept !== 0) next.set(ref, kept);
  }
  for (const ref of refs) {
    if (!next.has(ref)) next.set(ref, lowestFree(new Set(next.values()), next.size));
  }
  return next;
}

function lowestFree(used: ReadonlySet<number>, count: number): number {
  for (let colour = 1; colour <= COLOUR_COUNT; colour++) if (!used.has(colour)) return colour;
  return (count % COLOUR_COUNT) + 1;
}
