/** Runs one scenario per message and answers with its result, or with what it threw. */

import { SCENARIOS } from './scenarios.ts';

export interface ScenarioCall {
  readonly name: keyof typeof SCENARIOS;
  readonly id: string;
}

export type ScenarioResult<Name extends keyof typeof SCENARIOS> = Awaited<
  ReturnType<(typeof SCENARIOS)[Name]>
>;

self.addEventListener('message', ({ data: { name, id } }: MessageEvent<ScenarioCall>) => {
  const run: (id: string) => Promise<unknown> = SCENARIOS[name];
  run(id).then(
    (result) => self.postMessage({ result }),
    (error: unknown) => self.postMessage({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
