/**
 * Every state of the page on a fake engine, for looking at it: start `npm run dev` and open
 * `/src/ui/testing/states.html#problems` (or another name below). Not part of the build.
 */

import { createRoot } from 'react-dom/client';
import type { CheckReport } from '../../engine/protocol.ts';
import { FakeEngine } from '../../store/testing/fake-engine.ts';
import { testGraft } from '../../store/testing/fake-services.ts';
import { App } from '../app.tsx';
import { createView } from '../view.ts';
import { DONE, FAILED_MODELS, INTERRUPTED, PAUSED, PROBLEMS, READY, RUNNING } from './samples.ts';

type Scene = (engine: FakeEngine) => CheckReport | Promise<CheckReport>;

const never = () => new Promise<CheckReport>(() => undefined);

const SCENES: Readonly<Record<string, Scene>> = {
  ready: () => READY,
  loading: never,
  problems: () => PROBLEMS,
  models: () => FAILED_MODELS,
  running(engine) {
    engine.list = [RUNNING, DONE, INTERRUPTED];
    return READY;
  },
  paused(engine) {
    engine.list = [PAUSED];
    return READY;
  },
  done(engine) {
    engine.list = [DONE, INTERRUPTED];
    return READY;
  },
};

const scene = SCENES[location.hash.slice(1)] ?? (() => READY);
const engine = new FakeEngine();
const report = scene(engine);
engine.report = () => report;
const graft = testGraft(
  {
    searchModels: (query) =>
      Promise.resolve(
        [
          'mistralai/Mistral-7B-v0.1',
          'mistralai/Mistral-7B-Instruct-v0.3',
          `someone/a-rather-long-name-of-a-${query}-model`,
        ].map((id, index) => ({
          id,
          downloads: 2_400_000 / (index + 1),
          likes: 3800 - index,
          license: 'apache-2.0',
          parameterCount: 7_241_732_096,
          gated: index === 1,
          private: false,
        })),
      ),
  },
  engine,
);
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <App services={{ ...graft, signIn: () => Promise.resolve(), view: createView() }} />,
  );
}
void graft.actions.detectEngines();
void graft.actions.watchRuns();
void graft.actions.check();
