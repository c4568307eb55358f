/** Streams files into the private file system: 32 MiB ranges, six in flight, as the merge itself fetches. */

const REQUEST_BYTES = 32 * 1024 * 1024;
const REQUESTS_IN_FLIGHT = 6;
const VIEW_BYTES = 4 * 1024 * 1024;

self.onmessage = async ({ data: files }) => {
  try {
    self.postMessage(await stream(files));
  } catch (error) {
    self.postMessage({ message: String(error) });
  }
};

/** @param {{ url: string, sizeBytes: number }[]} files */
async function stream(files) {
  const root = await navigator.storage.getDirectory();
  const started = performance.now();
  for (const [index, { url, sizeBytes }] of files.entries()) {
    const name = `baseline-${index}`;
    const entry = await root.getFileHandle(name, { create: true });
    // @ts-expect-error The page types this is checked with have no worker-only methods.
    const file = await entry.createSyncAccessHandle();
    file.truncate(sizeBytes);
    const starts = Array.from(
      { length: Math.ceil(sizeBytes / REQUEST_BYTES) },
      (_, at) => at * REQUEST_BYTES,
    );
    const queue = starts.values();
    const lane = async () => {
      for (const start of queue)
        await copyRange(url, start, Math.min(sizeBytes, start + REQUEST_BYTES), file);
    };
    await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, lane));
    file.flush();
    file.close();
  }
  const seconds = (performance.now() - started) / 1000;
  for (const index of files.keys()) await root.removeEntry(`baseline-${index}`);
  return seconds;
}

/**
 * @param {string} url
 * @param {number} start
 * @param {number} end
 * @param {{ write(bytes: Uint8Array, options: { at: number }): number }} file
 */
async function copyRange(url, start, end, file) {
  const answer = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` }, cache: 'no-store' });
  if (answer.status !== 206 || answer.body === null) throw new Error(`${url}: status ${answer.status}`);
  const reader = answer.body.getReader({ mode: 'byob' });
  let at = start;
  let view = new Uint8Array(VIEW_BYTES);
  for (;;) {
    const { done, value } = await reader.read(view);
    if (value !== undefined && value.byteLength > 0) {
      file.write(value, { at });
      at += value.byteLength;
      view = new Uint8Array(value.buffer);
    }
    if (done) break;
  }
  if (at !== end) throw new Error(`${url}: ${at - start} bytes instead of ${end - start}`);
}
