/** The bottom drawer: every run of this and earlier visits, and the chosen one in detail. */

import { Combine } from 'lucide-react';
import { useEffect } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { RunStatus } from '../../engine/protocol.ts';
import { announce } from '../announcer.ts';
import { useActions, useGraft, useUi } from '../context.ts';
import { Panel } from '../layout/panel.tsx';
import { RunDetail } from './run-detail.tsx';
import { runAnnouncement, runLine, runPercent } from './run-words.ts';

export function RunsPanel() {
  const list = useGraft((state) => state.runs.list);
  const selected = useGraft((state) => state.runs.selected);
  useSpokenProgress();
  const run = list.find((candidate) => candidate.id === selected) ?? list[0];
  return (
    <Panel
      id="runs"
      title="Runs"
      extra={list.length === 0 ? null : <span className="count">{list.length}</span>}
    >
      {run === undefined ? (
        <div className="empty">
          <Combine aria-hidden="true" />
          <strong>No runs yet</strong>
          <p>Merge starts one. The demo recipe finishes in seconds and needs no network.</p>
        </div>
      ) : (
        <div className="runs">
          {list.length > 1 ? <RunList list={list} selected={run.id} /> : null}
          <RunDetail run={run} />
        </div>
      )}
    </Panel>
  );
}

function RunList({ list, selected }: { readonly list: readonly RunStatus[]; readonly selected: string }) {
  const actions = useActions();
  return (
    <ListBox
      className="run-list"
      aria-label="All runs"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[selected]}
      items={list}
      onSelectionChange={(keys) => {
        if (keys !== 'all') for (const key of keys) actions.selectRun(String(key));
      }}
    >
      {(run) => (
        <ListBoxItem className="run-item" textValue={`${run.name} ${run.state}`}>
          <span className="run-item-name">{run.name === '' ? 'Untitled recipe' : run.name}</span>
          <span className="run-item-state">
            {runLine(run)} ·{' '}
            {new Date(run.createdAt).toLocaleDateString('en', { day: 'numeric', month: 'short' })}
          </span>
          {run.state === 'running' ? (
            <span className="bar" aria-hidden="true">
              <i style={{ width: `${runPercent(run)}%` }} />
            </span>
          ) : null}
        </ListBoxItem>
      )}
    </ListBox>
  );
}

/** Speaks what changed about any run, wherever the eye is. */
function useSpokenProgress(): void {
  const { store } = useUi();
  useEffect(() => {
    const known = new Map<string, RunStatus>(store.getState().runs.list.map((run) => [run.id, run]));
    return store.subscribe(({ runs }) => {
      for (const run of runs.list) {
        const before = known.get(run.id);
        if (before === run) continue;
        known.set(run.id, run);
        const words = before === undefined && run.state !== 'running' ? null : runAnnouncement(before, run);
        if (words !== null) announce(words);
      }
    });
  }, [store]);
}
