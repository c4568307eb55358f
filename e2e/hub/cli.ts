/** `npm run hub -- --models DIR [...]`: the local hub by hand. Prints its endpoint and serves until interrupted. */

import { parseArgs } from 'node:util';
import { isMergeDtype } from '../../src/base/dtype.ts';
import { startHub } from './server.ts';
import type { FaultSpec, VirtualSpec } from './types.ts';

const USAGE = `Usage: npm run hub -- [options]
  --models DIR      folder with OWNER/NAME/ inside, looked at anew for every request
  --port N          port of the hub (a free one)
  --cdn-port N      port of the origin that weights are redirected to (a free one)
  --app DIR         a built app to serve at /
  --virtual SPEC    a made-up model family, NAME=SIZE[:DTYPE[:SHARD]], e.g. bench=0.5GB:BF16; may be repeated.
                    Serves virtual/NAME-base and the fine-tunes -a -b -c -d. The families of e2e/data/skeletons
                    are always there: virtual/mistral-7b-v0.1-base and so on.
  --faults JSON     a fault or a list of them (see e2e/hub/types.ts), also taken by POST /__faults
  --oauth-client ID offers a sign-in to pages of this machine that name this client
  --rate BYTES      throttle of weight downloads in bytes per second`;

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };

function parseSize(text: string): number {
  const match = /^([\d.]+)(B|KB|MB|GB)?$/.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[match?.[2] ?? 'B'] ?? 1);
  if (!Number.isFinite(bytes)) throw new Error(`"${text}" is not a size such as 500MB`);
  return bytes;
}

function parseVirtual(text: string): VirtualSpec {
  const [name, rest] = text.split('=');
  const [size, dtype = 'BF16', shard] = (rest ?? '').split(':');
  if (!name || !size || !isMergeDtype(dtype)) throw new Error(`"${text}" is not NAME=SIZE[:DTYPE[:SHARD]]`);
  return {
    name: name.includes('/') ? name : `virtual/${name}`,
    totalBytes: parseSize(size),
    dtype,
    ...(shard === undefined ? {} : { shardBytes: parseSize(shard) }),
  };
}

try {
  const { values } = parseArgs({
    options: {
      models: { type: 'string' },
      port: { type: 'string' },
      'cdn-port': { type: 'string' },
      app: { type: 'string' },
      virtual: { type: 'string', multiple: true },
      faults: { type: 'string' },
      'oauth-client': { type: 'string' },
      rate: { type: 'string' },
    },
  });
  const hub = await startHub({
    port: Number(values.port ?? 0),
    cdnPort: Number(values['cdn-port'] ?? 0),
    virtual: (values.virtual ?? []).map(parseVirtual),
    faults: values.faults === undefined ? [] : [JSON.parse(values.faults) as FaultSpec | FaultSpec[]].flat(),
    ...(values.models === undefined ? {} : { models: values.models }),
    ...(values.app === undefined ? {} : { app: values.app }),
    ...(values['oauth-client'] === undefined ? {} : { oauthClientId: values['oauth-client'] }),
    ...(values.rate === undefined ? {} : { bytesPerSecond: parseSize(values.rate) }),
  });
  console.log(hub.endpoint);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
