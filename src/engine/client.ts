/**
 * The engine as the page sees it: two workers behind one interface. The check worker is cheap and may be killed when a
 * text keeps it from answering; the run worker does fetch, GPU and storage, and is left alone.
 */

import { deferred } from '../base/deferred.ts';
import { GraftError } from '../base/errors.ts';
import type { CheckCalls, CheckEvent } from './check-calls.ts';
import type { CheckReport, CheckRequest, EngineClient, RunStatus } from './protocol.ts';
import { type Connection, connect } from './rpc.ts';
import type { RunCalls, RunEvent } from './run-calls.ts';

/** Parsing is bounded and takes milliseconds; a worker that is silent for this long is stuck. */
const PARSE_LIMIT_MS = 2_000;

interface CheckEnd {
  readonly worker: Worker;
  readonly connection: Connection<CheckCalls>;
  /** Resolves once the worker has loaded, which may take a while on a cold start. */
  readonly ready: Promise<void>;
  /** Of the calls whose texts are not parsed yet, in the order in which the worker takes them. */
  readonly watchdogs: Set<ReturnType<typeof setTimeout>>;
}

export function createEngineClient(): EngineClient {
  const listeners = new Set<(status: RunStatus) => void>();
  const runWorker = new Worker(new URL('./run-worker.ts', import.meta.url), { type: 'module', name: 'run' });
  const run = connect<RunCalls, RunEvent>(runWorker, (status) => {
    for (const listener of listeners) listener(status);
  });
  runWorker.addEventListener('error', (event) => {
    run.close(
      new GraftError('Internal', event.message || 'The worker that runs merges could not start.', {
        fix: 'Reload the page; runs go on from what they had written.',
      }),
    );
  });

  let checkEnd: CheckEnd | null = null;
  let current: AbortController | null = null;

  function openCheckEnd(): CheckEnd {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
      type: 'module',
      name: 'check',
    });
    const ready = deferred<void>();
    const watchdogs: CheckEnd['watchdogs'] = new Set();
    const onParsed = (): void => {
      const [first] = watchdogs;
      if (first === undefined) return;
      clearTimeout(first);
      watchdogs.delete(first);
    };
    const end: CheckEnd = {
      worker,
      connection: connect<CheckCalls, CheckEvent>(worker, (event) =>
        event === 'ready' ? ready.resolve() : onParsed(),
      ),
      ready: ready.promise,
      watchdogs,
    };
    worker.addEventListener('error', (event) => {
      end.connection.close(
        new GraftError('Internal', event.message || 'The worker that checks recipes failed.'),
      );
      if (checkEnd === end) checkEnd = null;
      ready.resolve();
    });
    return end;
  }

  /** Calls the check worker and ends it when it does not get past parsing. */
  async function callCheck<Name extends keyof CheckCalls>(
    name: Name,
    request: CheckRequest,
    signal?: AbortSignal,
  ): Promise<CheckCalls[Name]['output']> {
    checkEnd ??= openCheckEnd();
    const end = checkEnd;
    await end.ready;
    signal?.throwIfAborted();
    const watchdog = setTimeout(() => {
      end.worker.terminate();
      if (checkEnd === end) checkEnd = null;
      end.connection.close(
        new GraftError('RecipeRefused', 'This text takes too long to read as YAML.', {
          fix: 'Remove deep nesting or repeated aliases.',
        }),
      );
    }, PARSE_LIMIT_MS);
    end.watchdogs.add(watchdog);
    try {
      return await end.connection.call(name, request, signal);
    } finally {
      clearTimeout(watchdog);
      end.watchdogs.delete(watchdog);
    }
  }

  return {
    check(request): Promise<CheckReport> {
      current?.abort(new GraftError('Cancelled', 'A newer text is being checked.'));
      current = new AbortController();
      return callCheck('check', request, current.signal);
    },
    exportForMergekit: (request) => callCheck('export', request),
    engines: () => run.call('engines', null),
    async start(request) {
      const { report, plan } = await callCheck('plan', request);
      if (plan === null) {
        const first = report.problems.find(({ severity }) => severity === 'error');
        throw new GraftError('RecipeRefused', first?.message ?? 'The recipe cannot be merged as it stands.', {
          ...(first === undefined ? {} : { where: `line ${first.span.line}` }),
        });
      }
      const { name, sources, run: settings } = request;
      return run.call('start', { name, plan, sources, run: settings });
    },
    pause: (id) => run.call('pause', id),
    resume: (id, sources, settings) => run.call('resume', { id, sources, run: settings }),
    cancel: (id) => run.call('cancel', id),
    remove: (id) => run.call('remove', id),
    runs: () => run.call('runs', null),
    outputFile: (id, path) => run.call('outputFile', { id, path }),
    onRun(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      const gone = new GraftError('Cancelled', 'The engine was closed.');
      run.close(gone);
      checkEnd?.connection.close(gone);
      runWorker.terminate();
      checkEnd?.worker.terminate();
    },
  };
}
