/** One run: progress that is true, what it stands still for, and its files when done. */

import { Pause, Play, Square, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { healthLine, isHealthy } from '../../engine/health-report.ts';
import type { RunStatus } from '../../engine/protocol.ts';
import { useActions, useGraft } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { Callout } from '../controls/callout.tsx';
import { Figures } from '../controls/figures.tsx';
import { Rich } from '../controls/rich.tsx';
import { engineName, percent, RUN_STATES } from '../words.ts';
import { RunFiles } from './run-files.tsx';
import { RunLog } from './run-log.tsx';
import { amountLine, RUN_ACTIONS, type RunAction, runPercent, stopReason, timeLeft } from './run-words.ts';

export function RunDetail({ run }: { readonly run: RunStatus }) {
  const reason = stopReason(run);
  return (
    <article className="run" aria-label={`Run ${run.name}`}>
      <RunHead run={run} />
      {reason === null ? null : (
        <Callout tone={reason.tone}>
          <Rich text={reason.text} />
        </Callout>
      )}
      {run.warnings.map((warning) => (
        <Callout key={warning} tone="warn">
          <Rich text={warning} />
        </Callout>
      ))}
      {run.state === 'done' && run.health.examinedTensors > 0 ? (
        <Callout tone={isHealthy(run.health) ? 'info' : 'warn'}>
          <strong>Health.</strong> {healthLine(run.health, run.tensorCount)}
        </Callout>
      ) : null}
      {run.state === 'done' ? <RunFiles run={run} /> : <Progress run={run} />}
      <RunLog run={run} />
    </article>
  );
}

function RunHead({ run }: { readonly run: RunStatus }) {
  const doing = useGraft((state) => state.runs.busy.get(run.id));
  const engine = run.engine === null ? null : engineName(run.engine, run.device);
  return (
    <div className="run-head">
      <h3>{run.name === '' ? 'Untitled recipe' : run.name}</h3>
      <span className={`run-state state-${run.state}`}>{RUN_STATES[run.state]}</span>
      <span className="quiet run-meta">{[run.method, engine].filter(Boolean).join(' · ')}</span>
      {doing === undefined ? null : (
        <span className="quiet run-doing" role="status">
          <span className="spinner" /> {doing}
        </span>
      )}
      <div className="grow" />
      <div className="run-actions">
        {RUN_ACTIONS[run.state].map((action) => (
          <ActionButton key={action} run={run} action={action} isDisabled={doing !== undefined} />
        ))}
      </div>
    </div>
  );
}

const ACTION_LOOKS: Readonly<Record<RunAction, { readonly label: string; readonly icon: ReactNode }>> = {
  pause: { label: 'Pause', icon: <Pause aria-hidden="true" /> },
  resume: { label: 'Resume', icon: <Play aria-hidden="true" /> },
  cancel: { label: 'Cancel', icon: <Square aria-hidden="true" /> },
  remove: { label: 'Remove', icon: <Trash2 aria-hidden="true" /> },
};

interface ActionButtonProps {
  readonly run: RunStatus;
  readonly action: RunAction;
  readonly isDisabled: boolean;
}

function ActionButton({ run, action, isDisabled }: ActionButtonProps) {
  const actions = useActions();
  const { label, icon } = ACTION_LOOKS[action];
  const act = {
    pause: actions.pauseRun,
    resume: actions.resumeRun,
    cancel: actions.cancelRun,
    remove: actions.removeRun,
  };
  return (
    <Button look="small" isDisabled={isDisabled} onPress={() => void act[action](run.id)}>
      {icon} {label}
    </Button>
  );
}

function Progress({ run }: { readonly run: RunStatus }) {
  if (run.state === 'cancelled') return null;
  const done = runPercent(run);
  const fetched = percent(run.fetchedBytes, run.fetchBytes);
  return (
    <div className="progress">
      <div className="progress-main">
        <div className="progress-line">
          <strong>{done} %</strong>
          <span className="mono quiet current" title={run.current ?? ''}>
            {run.state === 'finishing' ? 'Writing hashes and the model card' : (run.current ?? '')}
          </span>
        </div>
        <div
          className="bar big"
          role="progressbar"
          aria-label="Progress of the run"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={done}
        >
          <i className="behind" style={{ width: `${fetched}%` }} />
          <i style={{ width: `${percent(run.writtenBytes, run.writeBytes)}%` }} />
        </div>
        <ul className="shards" aria-label="Weight files">
          {run.shards.map((shard) => {
            const part = percent(shard.writtenBytes, shard.sizeBytes);
            return (
              <li key={shard.path} className="shard">
                <span className="mono shard-name">{shard.path}</span>
                <span className="bar" aria-hidden="true">
                  <i style={{ width: `${part}%` }} />
                </span>
                <span className="mono quiet">
                  {part === 0 ? 'waits' : `${part} %`} · {formatBytes(shard.sizeBytes)}
                </span>
              </li>
            );
          })}
        </ul>
      </div>
      <RunFigures run={run} />
    </div>
  );
}

function RunFigures({ run }: { readonly run: RunStatus }) {
  const moving = run.state === 'running';
  const rows: readonly (readonly [string, string])[] = [
    ['Time left', timeLeft(run)],
    ['Fetched', amountLine(run.fetchedBytes, run.fetchBytes, moving ? run.fetchBytesPerSecond : null)],
    ['Merged', amountLine(run.mergedBytes, run.writeBytes, null)],
    ['Written', amountLine(run.writtenBytes, run.writeBytes, moving ? run.writeBytesPerSecond : null)],
    ['In flight', `${formatBytes(run.inFlightBytes)} of ${formatBytes(run.budgetBytes)}`],
    ['Time so far', formatDuration(run.activeSeconds)],
  ];
  return <Figures rows={rows} className="run-figures" />;
}
