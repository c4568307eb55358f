/** What the tests of the sources share: a hub with one small made-up model, and retries without waiting. */

import { Repos } from '../../e2e/hub/repos.ts';
import { startHub } from '../../e2e/hub/server.ts';
import type { Hub, HubOptions, LogEntry, VirtualSpec } from '../../e2e/hub/types.ts';
import type { RetryEnvironment } from './retry.ts';

const SPEC: VirtualSpec = { name: 'test/tiny', totalBytes: 4_000_000, dtype: 'F32' };
export const MODEL = 'test/tiny-base';
export const WEIGHTS = 'model.safetensors';

export interface FakeEnvironment extends RetryEnvironment {
  /** Every wait that was asked for, in milliseconds. */
  readonly sleepsMs: number[];
  offline: boolean;
  /** How often it was waited for the network. */
  onlineWaits: number;
}

/** No wait takes time; half of every jitter; a network that comes back as soon as it is waited for. */
export function fakeEnvironment(): FakeEnvironment {
  const environment: FakeEnvironment = {
    sleepsMs: [],
    offline: false,
    onlineWaits: 0,
    random: () => 0.5,
    sleep: async (ms) => {
      environment.sleepsMs.push(ms);
    },
    isOffline: () => environment.offline,
    online: async () => {
      environment.onlineWaits++;
      environment.offline = false;
    },
  };
  return environment;
}

export function startTestHub(options: HubOptions = {}): Promise<Hub> {
  return startHub({ virtual: [SPEC], ...options });
}

/** The true bytes of the weights, taken from the generator and not over the wire. */
export async function trueWeights(): Promise<Uint8Array> {
  const repo = await new Repos(undefined, [SPEC]).find(MODEL);
  const file = repo?.files.find((candidate) => candidate.path === WEIGHTS);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file?.read(0, file.sizeBytes) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Requests for the weights on the download host. */
export function cdnRequests(hub: Hub): readonly LogEntry[] {
  return hub.log().filter((entry) => entry.origin === 'cdn');
}

/** Requests for the weights that went through the hub's own rate limit. */
export function resolves(hub: Hub): readonly LogEntry[] {
  return hub.log().filter((entry) => entry.origin === 'hub' && entry.path.includes('/resolve/'));
}
