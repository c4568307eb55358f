/** What happened in a run, newest first, folded away until asked for; and the recipe that made it. */

import { ChevronRight } from 'lucide-react';
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { RunStatus } from '../../engine/protocol.ts';

export function RunLog({ run }: { readonly run: RunStatus }) {
  return (
    <div className="run-more">
      <Fold title="Log">
        {run.log.length === 0 ? (
          <p className="quiet">Nothing yet.</p>
        ) : (
          <ol className="log">
            {run.log.toReversed().map((entry) => (
              <li key={`${entry.at} ${entry.text}`}>
                <time className="mono quiet" dateTime={entry.at}>
                  {new Date(entry.at).toLocaleTimeString('en-GB')}
                </time>
                <span>{entry.text}</span>
              </li>
            ))}
          </ol>
        )}
      </Fold>
      <Fold title="Recipe">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <pre className="mono recipe-of-run" tabIndex={0}>
          {run.recipeText}
        </pre>
      </Fold>
    </div>
  );
}

function Fold({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <Disclosure className="fold">
      <Heading level={4}>
        <AriaButton slot="trigger" className="button small bare">
          <ChevronRight aria-hidden="true" /> {title}
        </AriaButton>
      </Heading>
      <DisclosurePanel className="fold-body">{children}</DisclosurePanel>
    </Disclosure>
  );
}
