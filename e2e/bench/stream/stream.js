/**
 * The baseline of the benchmarks: in a worker, fetch files by ranges as fast as the browser can and put them into the
 * private file system, nothing else. `window.stream(urls)` answers the seconds it took, flush included.
 */

/** @type {(files: { url: string, sizeBytes: number }[]) => Promise<number>} */
globalThis.stream = (files) => {
  const worker = new Worker('stream-worker.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (typeof data === 'number') resolve(data);
      else reject(new Error(data.message));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(files);
  });
};
