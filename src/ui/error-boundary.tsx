/** What is left when a component fails: what happened, and that nothing is lost. */

import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | null;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <main className="crashed">
        <h1>Graft’s page failed</h1>
        <p>
          The recipe and all runs are kept; a merge that was running goes on from its last finished tensor
          after a reload.
        </p>
        <pre className="mono">{error.message}</pre>
        <p>
          <button type="button" className="button primary" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      </main>
    );
  }
}
