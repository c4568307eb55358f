/** Actions on runs. The engine owns every run; the store mirrors what it hears. */

import type { EngineClient, RunStatus } from '../engine/protocol.ts';
import { type ActionContext, patch, runSettings, say, sayError, sourceSettings } from './context.ts';

export interface RunActions {
  /** Starts the recipe as it stands; null when it was refused (the reason is shown). */
  merge(): Promise<RunStatus | null>;
  pauseRun(id: string): Promise<void>;
  resumeRun(id: string): Promise<void>;
  cancelRun(id: string): Promise<void>;
  removeRun(id: string): Promise<void>;
  selectRun(id: string): void;
  download(id: string, path: string): Promise<void>;
  /** Saves every file of a finished run into a folder the person picked. */
  saveAll(id: string, folder: FileSystemDirectoryHandle): Promise<void>;
  copy(text: string, what: string): Promise<void>;
  /** Reads the list and listens from then on. */
  watchRuns(): Promise<void>;
}

export function runActions(context: ActionContext): RunActions {
  const { store, services } = context;
  const { engine } = services;

  const put = (status: RunStatus) => {
    const { list, selected } = store.getState().runs;
    const known = list.some((run) => run.id === status.id);
    patch(context, 'runs', {
      list: known ? list.map((run) => (run.id === status.id ? status : run)) : newestFirst([status, ...list]),
      selected: selected ?? status.id,
    });
  };

  const setBusy = (id: string, doing: string | null) => {
    const busy = new Map(store.getState().runs.busy);
    if (doing === null) busy.delete(id);
    else busy.set(id, doing);
    patch(context, 'runs', { busy });
  };

  const during = async (id: string, doing: string, work: () => Promise<void>) => {
    setBusy(id, doing);
    try {
      await work();
    } catch (error) {
      sayError(context, error);
    } finally {
      setBusy(id, null);
    }
  };

  const find = (id: string) => store.getState().runs.list.find((run) => run.id === id);

  return {
    async merge() {
      if (store.getState().runs.starting) return null;
      patch(context, 'runs', { starting: true });
      // A refusal changes nothing now: the run goes ahead, and eviction stays the browser's to decide.
      services.keepStorage().catch(() => undefined);
      try {
        const state = store.getState();
        const run = await engine.start({
          text: state.recipe.text,
          name: state.recipe.name,
          sources: sourceSettings(state),
          run: runSettings(state),
        });
        put(latestOf(find(run.id), run));
        patch(context, 'runs', { selected: run.id });
        return run;
      } catch (error) {
        sayError(context, error);
        return null;
      } finally {
        patch(context, 'runs', { starting: false });
      }
    },
    pauseRun: (id) => during(id, 'Pausing', () => engine.pause(id)),
    resumeRun: (id) =>
      during(id, 'Resuming', () => {
        const state = store.getState();
        return engine.resume(id, sourceSettings(state), runSettings(state));
      }),
    cancelRun: (id) => during(id, 'Cancelling', () => engine.cancel(id)),
    removeRun: (id) =>
      during(id, 'Removing', async () => {
        await engine.remove(id);
        const { list, selected } = store.getState().runs;
        const rest = list.filter((run) => run.id !== id);
        patch(context, 'runs', { list: rest, selected: selected === id ? (rest[0]?.id ?? null) : selected });
      }),
    selectRun: (id) => patch(context, 'runs', { selected: id }),
    download: (id, path) =>
      during(id, 'Preparing', async () => {
        services.offerDownload(await engine.outputFile(id, path), path.split('/').at(-1) ?? path);
      }),
    saveAll: (id, folder) =>
      during(id, 'Saving', async () => {
        const run = find(id);
        if (run === undefined) return;
        const total = run.files.reduce((sum, file) => sum + file.sizeBytes, 0);
        await services.saveToFolder(folder, run.files, outputOf(engine, id), (written) => {
          setBusy(id, `Saving, ${total === 0 ? 100 : Math.floor((100 * written) / total)} %`);
        });
        say(context, `Saved ${run.files.length} files into ${folder.name}.`);
      }),
    async copy(text, what) {
      try {
        await services.copyText(text);
        say(context, `${what} copied.`);
      } catch (error) {
        sayError(context, error);
      }
    },
    async watchRuns() {
      engine.onRun(put);
      try {
        const known = await engine.runs();
        const heard = new Map(store.getState().runs.list.map((run) => [run.id, run]));
        const list = newestFirst([...heard.values(), ...known.filter((run) => !heard.has(run.id))]);
        const { selected } = store.getState().runs;
        patch(context, 'runs', { list, selected: selected ?? list[0]?.id ?? null });
      } catch (error) {
        sayError(context, error);
      }
    },
  };
}

function outputOf(engine: EngineClient, id: string): (path: string) => Promise<File> {
  return (path) => engine.outputFile(id, path);
}

/** `start` may resolve after the first events; the one that got further is the newer. */
function latestOf(heard: RunStatus | undefined, started: RunStatus): RunStatus {
  return heard ?? started;
}

function newestFirst(runs: readonly RunStatus[]): RunStatus[] {
  return [...runs].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}
