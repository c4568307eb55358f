/** What the command line says: JSON for scripts, words for people. */

import { formatBytes, formatDuration } from '../../src/base/units.ts';
import type { CheckReport, RunStatus } from '../../src/engine/protocol.ts';

export function checkSummary(report: CheckReport, ok: boolean) {
  return {
    ok,
    problems: report.problems.map(({ severity, code, message, span }) => ({
      severity,
      line: span.line,
      column: span.column,
      code,
      message,
    })),
    warnings: report.warnings,
    cost: report.cost,
    models: report.models,
  };
}

/** @param warnings those of the run, and of saving */
export function runSummary(
  status: RunStatus,
  seconds: { readonly merging: number; readonly all: number },
  warnings: readonly string[],
) {
  return {
    ok: true,
    files: status.files.map(({ path: file, sizeBytes, sha256 }) => ({
      path: file,
      bytes: sizeBytes,
      sha256,
    })),
    seconds: round(seconds.merging),
    secondsWithSaving: round(seconds.all),
    bytesFetched: status.fetchedBytes,
    bytesWritten: status.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    engine: status.engine,
    device: status.device,
    peakBytesInFlight: status.peakInFlightBytes,
    health: status.health,
    warnings,
  };
}

/** Tells of progress: one line that is written over on a terminal, else a line for every tenth of the output. */
export function progressTeller(
  say: (text: string) => void,
  isTerminal: boolean,
): (status: RunStatus) => void {
  let told = '';
  return (status) => {
    const line = progressLine(status);
    if (isTerminal) {
      say(`\r${line.padEnd(78)}${status.state === 'done' ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor((10 * status.writtenBytes) / Math.max(1, status.writeBytes));
    const stage = `${status.state} ${tenth}`;
    if (stage !== told) say(`${line}\n`);
    told = stage;
  };
}

function progressLine(status: RunStatus): string {
  const isMoving = status.state === 'running' && status.secondsLeft !== null;
  const left = isMoving ? `, ${formatDuration(status.secondsLeft)} left` : '';
  const fetched = `${formatBytes(status.fetchedBytes)} of ${formatBytes(status.fetchBytes)} fetched`;
  const written = `${formatBytes(status.writtenBytes)} of ${formatBytes(status.writeBytes)} written`;
  return `${status.state}: ${fetched}, ${written}${left}`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
