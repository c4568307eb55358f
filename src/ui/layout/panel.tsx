/** A panel of the workspace: a named region with a heading, that the keyboard can be sent to. */

import { type ReactNode, useEffect, useRef } from 'react';
import { useView } from '../context.ts';
import type { PanelId } from '../view.ts';

export interface PanelProps {
  readonly id: PanelId;
  readonly title: string;
  readonly extra?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ id, title, extra, children }: PanelProps) {
  const section = useRef<HTMLElement>(null);
  const asked = useView((view) => (view.panel === id ? view.focusRequest : 0));
  useEffect(() => {
    if (asked > 0) section.current?.focus();
  }, [asked]);
  return (
    <section ref={section} className={`panel panel-${id}`} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <div className="panel-head">
        <h2 className="panel-title" id={`${id}-title`}>
          {title}
        </h2>
        {extra}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  );
}
