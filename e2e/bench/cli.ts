/**
 * `npm run bench -- [--size BYTES] [--methods A,B] [--engines cpu,gpu] [--repeat TIMES] [--memory] [--scale]`
 *
 * Seconds of whole merges in a headless Chromium, from pressing Merge to the last checksum, as a ratio to merely streaming
 * the same input bytes from the same server into the private file system of the same browser. No DevTools network domain
 * is on in either. `--repeat` takes the best of so many. `--memory` merges models of 0.25, 1 and 2 GB and reports peaks;
 * `--scale` merges virtual 7 B models.
 */

import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LIMITS } from '../../src/base/limits.ts';
import { formatBytes } from '../../src/base/units.ts';
import { startHub } from '../hub/server.ts';
import type { VirtualSpec } from '../hub/types.ts';
import { AppSession } from '../merge/session.ts';
import { launchBrowser } from '../tools/cdp.ts';
import { enginesOf } from '../tools/engines.ts';
import { peakRendererBytes } from './memory.ts';
import { type BenchRecipe, benchRecipes, scaleRecipe } from './recipes.ts';

const GB = 1e9;
const STREAM_PAGE = fileURLToPath(new URL('stream', import.meta.url));

interface Measured {
  readonly seconds: number;
  readonly peakInFlightBytes: number;
  readonly heapBytes: number;
  readonly rendererBytes: number;
  readonly device: string;
}

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: String(0.5 * GB) },
    methods: { type: 'string' },
    engines: { type: 'string', default: 'cpu,gpu' },
    memory: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    repeat: { type: 'string', default: '1' },
  },
});

const engines = enginesOf(options.engines);

/** Best of the repeats: other work on the machine only ever adds. */
async function best<T extends { seconds: number }>(measure: () => Promise<T>): Promise<T> {
  let fastest = await measure();
  for (let turn = 1; turn < Number(options.repeat); turn++) {
    const next = await measure();
    if (next.seconds < fastest.seconds) fastest = next;
  }
  return fastest;
}

/** Seconds to stream all weights of `models` into the private file system. */
async function streamSeconds(
  models: readonly string[],
  virtual: readonly VirtualSpec[],
): Promise<{ seconds: number }> {
  const hub = await startHub({ virtual, app: STREAM_PAGE });
  const browser = await launchBrowser();
  try {
    const files: { url: string; sizeBytes: number }[] = [];
    for (const model of models) {
      const answer = await fetch(`${hub.endpoint}/api/models/${model}/tree/main?recursive=true`);
      const entries = (await answer.json()) as { path: string; size: number }[];
      for (const { path, size } of entries.filter(({ path }) => path.endsWith('.safetensors'))) {
        files.push({ url: `${hub.endpoint}/${model}/resolve/main/${path}`, sizeBytes: size });
      }
    }
    const page = await browser.newPage(`${hub.endpoint}/`);
    return { seconds: await page.evaluate<number>(`stream(${JSON.stringify(files)})`) };
  } finally {
    await browser.close();
    await hub.close();
  }
}

async function mergeSeconds(
  recipe: BenchRecipe,
  engine: 'cpu' | 'gpu',
  virtual: readonly VirtualSpec[],
): Promise<Measured> {
  const session = await AppSession.open({ hub: { virtual } });
  try {
    const started = performance.now();
    const run = await session.start(recipe.text, {
      engine,
      name: recipe.method,
      budgetBytes: LIMITS.budgetBytes,
    });
    let heapBytes = 0;
    let rendererBytes = 0;
    let asked = 0;
    const status = await session.wait(run.id, async () => {
      if (asked++ % 10 !== 0) return;
      rendererBytes = Math.max(rendererBytes, await peakRendererBytes(session.pid));
      heapBytes = Math.max(heapBytes, await session.page.heapBytes());
    });
    const seconds = (performance.now() - started) / 1000;
    if (status.state !== 'done')
      throw new Error(`${recipe.method}: ${status.state} ${status.error?.message ?? ''}`);
    return {
      seconds,
      peakInFlightBytes: status.peakInFlightBytes,
      heapBytes,
      rendererBytes,
      device: status.device ?? '',
    };
  } finally {
    await session.close();
  }
}

function say(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function peaks({ peakInFlightBytes, heapBytes, rendererBytes }: Measured): string[] {
  return [peakInFlightBytes, heapBytes, rendererBytes].map(formatBytes);
}

async function benchMethods(totalBytes: number): Promise<void> {
  const family = 'virtual/bench';
  const virtual: VirtualSpec[] = [{ name: family, totalBytes, dtype: 'BF16' }];
  const wanted = options.methods?.split(',');
  const recipes = benchRecipes(family).filter(({ method }) => wanted?.includes(method) ?? true);
  const baselines = new Map<number, number>();
  console.log(`\nModels of ${formatBytes(totalBytes)}, BF16.\n`);
  say(['method', 'engine', 'inputs', 'streaming s', 'merge s', 'ratio', 'in flight', 'JS heap', 'process']);
  say(Array.from({ length: 9 }, () => '---'));
  for (const recipe of recipes) {
    const count = recipe.models.length;
    const streaming =
      baselines.get(count) ?? (await best(() => streamSeconds(recipe.models, virtual))).seconds;
    baselines.set(count, streaming);
    for (const engine of engines) {
      const measured = await best(() => mergeSeconds(recipe, engine, virtual));
      const ratio = (measured.seconds / streaming).toFixed(2);
      const seconds = [streaming.toFixed(1), measured.seconds.toFixed(1)];
      say([recipe.method, engine, count, ...seconds, ratio, ...peaks(measured)]);
    }
  }
}

async function benchMemory(): Promise<void> {
  console.log('\nPeaks by model size (ceiling 512 MiB).\n');
  say(['model', 'method', 'engine', 'merge s', 'in flight', 'JS heap', 'process']);
  say(Array.from({ length: 7 }, () => '---'));
  for (const totalBytes of [0.25 * GB, GB, 2 * GB]) {
    const family = 'virtual/bench';
    const virtual: VirtualSpec[] = [{ name: family, totalBytes, dtype: 'BF16' }];
    for (const recipe of benchRecipes(family).filter(
      ({ method }) => method === 'linear' || method === 'ties',
    )) {
      const measured = await mergeSeconds(recipe, 'cpu', virtual);
      say([formatBytes(totalBytes), recipe.method, 'cpu', measured.seconds.toFixed(1), ...peaks(measured)]);
    }
  }
}

async function benchScale(): Promise<void> {
  const recipe = scaleRecipe('virtual/mistral-7b-v0.1');
  console.log(
    '\nDARE-TIES of two 7 B fine-tunes on their base (three times 14.5 GB in, 14.5 GB out, float16).\n',
  );
  say(['engine', 'merge s', 'in flight', 'JS heap', 'process']);
  say(Array.from({ length: 5 }, () => '---'));
  for (const engine of engines) {
    const measured = await mergeSeconds(recipe, engine, []);
    say([engine, measured.seconds.toFixed(0), ...peaks(measured)]);
  }
}

const [cpu] = os.cpus();
console.log(
  `${os.availableParallelism()} x ${cpu?.model ?? 'unknown CPU'}, ${formatBytes(os.totalmem())} memory, ${new Date().toISOString().slice(0, 10)}`,
);
if (options.scale) await benchScale();
else if (options.memory) await benchMemory();
else await benchMethods(Number(options.size));
