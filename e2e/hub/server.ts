/** The local hub: two origins on this machine that speak the public Hub's language, truly or with faults on demand. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Access } from './access.ts';
import { type ApiContext, serveApi } from './api.ts';
import { serveApp } from './app.ts';
import { Exchange } from './exchange.ts';
import { FaultList } from './faults.ts';
import { OAuth, TOKEN_PATH } from './oauth.ts';
import { Repos } from './repos.ts';
import { type DownloadContext, Signer, serveCdn, serveResolve } from './resolve.ts';
import type { FaultSpec, Hub, HubOptions, LogEntry, OriginName } from './types.ts';

/** The token the hub knows when it is told none. */
const READER_TOKEN = 'hf_reader';

/** Starts both origins and resolves once they listen. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const repos = new Repos(options.models, options.virtual ?? []);
  const tokens = options.tokens ?? [READER_TOKEN];
  const access = new Access(tokens, options.policies ?? {}, options.hideMissing ?? false);
  const faults = new FaultList();
  for (const spec of options.faults ?? []) faults.add(spec);
  let log: Exchange[] = [];

  const cdn = createServer();
  const hub = createServer();
  const cdnOrigin = await listen(cdn, options.cdnPort ?? 0);
  const endpoint = await listen(hub, options.port ?? 0);
  const api: ApiContext = { endpoint, repos, access, faults, pageSize: options.pageSize ?? 1000 };
  const downloads: DownloadContext = {
    cdnOrigin,
    repos,
    access,
    faults,
    signer: new Signer(options.signedUrlSeconds ?? 3600),
    bytesPerSecond: options.bytesPerSecond,
  };
  const clientId = options.oauthClientId;
  const oauth =
    clientId === undefined ? null : new OAuth({ endpoint, clientId, token: tokens[0] ?? READER_TOKEN });

  const control = async (exchange: Exchange): Promise<void> => {
    const action = `${exchange.method} ${exchange.path}`;
    if (action === 'GET /__log') return exchange.json(200, entries());
    if (action === 'DELETE /__log') log = [];
    else if (action === 'DELETE /__faults') faults.clear();
    else if (action === 'POST /__faults') {
      const specs = JSON.parse(await exchange.text()) as FaultSpec | FaultSpec[];
      for (const spec of [specs].flat()) faults.add(spec);
    } else return exchange.refuse(404, null, 'Not found');
    exchange.json(200, {});
  };

  const serve = async (exchange: Exchange): Promise<void> => {
    if (exchange.origin === 'hub' && exchange.path.startsWith('/__')) return control(exchange);
    log.push(exchange);
    if (exchange.method === 'OPTIONS' && exchange.origin === 'hub') return exchange.allow();
    const takesPost = oauth !== null && exchange.origin === 'hub' && exchange.path === TOKEN_PATH;
    if (!['GET', 'HEAD', ...(takesPost ? ['POST'] : [])].includes(exchange.method)) {
      exchange.cors = false;
      return exchange.refuse(exchange.method === 'OPTIONS' ? 403 : 405, null, 'Method not allowed');
    }
    const fault = faults.take('answer', exchange.origin, exchange.path);
    if (fault !== null) return answerWith(exchange, fault);
    if (exchange.origin === 'cdn') return serveCdn(exchange, downloads);
    if (await oauth?.serve(exchange)) return;
    if (exchange.path.startsWith('/api/')) return serveApi(exchange, api);
    if (await serveResolve(exchange, downloads)) return;
    if (options.app !== undefined) return serveApp(exchange, options.app);
    exchange.refuse(404, null, 'Not found');
  };

  const attach = (server: Server, origin: OriginName, base: string): void => {
    // Clients keep connections between shards; the default of 5 s makes some of their requests meet a closing socket.
    server.keepAliveTimeout = 120_000;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const exchange = new Exchange(origin, base, request, response);
      serve(exchange).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else exchange.refuse(500, null, String(error));
      });
    });
  };
  attach(cdn, 'cdn', cdnOrigin);
  attach(hub, 'hub', endpoint);

  const entries = (): readonly LogEntry[] => log.map((exchange) => exchange.entry());
  return {
    endpoint,
    cdnOrigin,
    faults: { add: (spec) => faults.add(spec), clear: () => faults.clear() },
    log: entries,
    clearLog: () => {
      log = [];
    },
    setPolicy: (repo, policy) => access.setPolicy(repo, policy),
    addVirtual: (spec) => repos.addVirtual(spec),
    close: async () => {
      await Promise.all([shut(hub), shut(cdn)]);
    },
  };
}

function answerWith(exchange: Exchange, fault: FaultSpec): void {
  exchange.fault = fault.kind;
  if (fault.cors === false) exchange.cors = false;
  if (fault.kind === 'reset') {
    exchange.response.destroy();
  } else if (fault.kind === 'rate-limit') {
    const seconds = fault.retryAfterSeconds;
    const headers =
      seconds === undefined
        ? {}
        : {
            'Retry-After': seconds,
            RateLimit: `"resolvers";r=0;t=${seconds}`,
            'Access-Control-Expose-Headers': 'Retry-After, RateLimit',
          };
    exchange.refuse(429, null, 'Too many requests', headers);
  } else {
    exchange.refuse(fault.kind === 'expire' ? 403 : (fault.status ?? 503), null, `Fault: ${fault.kind}`);
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
