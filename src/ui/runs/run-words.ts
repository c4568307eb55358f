/** What is said of a run: its line in the list, why it stopped, and when a screen reader should hear of it. */

import { formatBytes, formatDuration } from '../../base/units.ts';
import type { RunState, RunStatus } from '../../engine/protocol.ts';
import { percent, RUN_STATES } from '../words.ts';

/** Share of the whole run done. Fetching and writing weigh by their bytes; the end is only reached when it is done. */
export function runPercent(run: RunStatus): number {
  if (run.state === 'done') return 100;
  const whole = run.fetchBytes + run.writeBytes;
  return Math.min(99, percent(run.fetchedBytes + run.writtenBytes, whole));
}

/** `Running, 42 %` */
export function runLine(run: RunStatus): string {
  const state = RUN_STATES[run.state];
  return run.state === 'done' || run.state === 'cancelled' ? state : `${state}, ${runPercent(run)} %`;
}

/** `17.6 of 43.4 GB · 61 MB/s`; the rate only while it moves. */
export function amountLine(done: number, whole: number, bytesPerSecond: number | null): string {
  const rate = bytesPerSecond === null || bytesPerSecond <= 0 ? '' : ` · ${formatBytes(bytesPerSecond)}/s`;
  return `${formatBytes(done)} of ${formatBytes(whole)}${rate}`;
}

export function timeLeft(run: RunStatus): string {
  if (run.state !== 'running') return '—';
  return run.secondsLeft === null ? 'measuring' : formatDuration(run.secondsLeft);
}

export interface StopReason {
  readonly tone: 'info' | 'warn' | 'bad';
  readonly text: string;
}

/** Why a run stands still, in words; null while it moves or has ended well. */
export function stopReason(run: RunStatus): StopReason | null {
  const words = run.error === undefined ? null : [run.error.message, run.error.fix].filter(Boolean).join(' ');
  switch (run.state) {
    case 'paused':
      return words === null
        ? { tone: 'info', text: 'Paused. What is merged so far is kept.' }
        : { tone: 'warn', text: `Paused. ${words}` };
    case 'failed':
      return { tone: 'bad', text: words ?? 'The run failed.' };
    case 'interrupted':
      return {
        tone: 'warn',
        text: words ?? 'The page was closed while this ran. Resume goes on from the last finished tensor.',
      };
    case 'cancelled':
      return { tone: 'info', text: 'Cancelled. Its partial output was deleted.' };
    default:
      return run.waitsForNetwork
        ? { tone: 'warn', text: 'No network. The run waits, and goes on by itself when it is back.' }
        : null;
  }
}

/** What can be done about a run in a state. */
export const RUN_ACTIONS: Readonly<Record<RunState, readonly RunAction[]>> = {
  running: ['pause', 'cancel'],
  finishing: ['cancel'],
  paused: ['resume', 'cancel'],
  failed: ['resume', 'cancel'],
  interrupted: ['resume', 'cancel'],
  done: ['remove'],
  cancelled: ['remove'],
};

export type RunAction = 'pause' | 'resume' | 'cancel' | 'remove';

/** How often progress is spoken: every tenth of the whole. */
const SPOKEN_STEP = 10;

/** The sentence to speak when a run went from `before` to `after`; null when there is nothing new worth hearing. */
export function runAnnouncement(before: RunStatus | undefined, after: RunStatus): string | null {
  const name = after.name === '' ? 'Merge' : after.name;
  if (before?.state !== after.state) {
    if (after.state === 'running') return `${name}: ${before === undefined ? 'started' : 'running'}.`;
    const reason = stopReason(after);
    return `${name}: ${RUN_STATES[after.state].toLowerCase()}.${reason === null ? '' : ` ${reason.text}`}`;
  }
  if (before.waitsForNetwork !== after.waitsForNetwork) {
    return `${name}: ${after.waitsForNetwork ? 'no network, waiting' : 'going on'}.`;
  }
  const step = Math.floor(runPercent(after) / SPOKEN_STEP);
  if (after.state !== 'running' || step === Math.floor(runPercent(before) / SPOKEN_STEP)) return null;
  const left = after.secondsLeft === null ? '' : `, ${formatDuration(after.secondsLeft)} left`;
  return `${name}: ${step * SPOKEN_STEP} percent${left}.`;
}
