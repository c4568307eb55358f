/** A message in place: what is wrong or worth knowing, where it matters, with what to do. */

import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { CSSProperties, ReactNode } from 'react';

export type Tone = 'info' | 'warn' | 'bad';

const ICONS = { info: Info, warn: TriangleAlert, bad: CircleAlert } as const;
const COLOURS = { info: 'var(--ink3)', warn: 'var(--warn)', bad: 'var(--bad)' } as const;

export interface CalloutProps {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

export function Callout({ tone, children, actions }: CalloutProps) {
  const Icon = ICONS[tone];
  return (
    <div className="callout" style={toneStyle(tone)}>
      <Icon aria-hidden="true" />
      <div>
        {children}
        {actions === undefined ? null : <div className="callout-actions">{actions}</div>}
      </div>
    </div>
  );
}

export function toneStyle(tone: Tone): CSSProperties {
  return { '--tone': COLOURS[tone] } as CSSProperties;
}

/** The style that gives an element the colour of its model. */
export function modelColour(colour: number | undefined): CSSProperties {
  return { '--c': `var(--m${colour ?? 0})` } as CSSProperties;
}
