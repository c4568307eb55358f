/** `npm start`: builds the app when needed, serves it on this machine and opens it in the browser. */

import { spawn } from 'node:child_process';
import { preview } from 'vite';
import { ensureBuilt } from './build.ts';
import { ROOT } from './install.mjs';

ensureBuilt();
const server = await preview({ root: ROOT, logLevel: 'error', preview: { host: '127.0.0.1', port: 5173 } });
const url = server.resolvedUrls?.local[0];
if (url === undefined) throw new Error('The server did not start.');
console.log(`Graft is at ${url} (stop with Ctrl+C)`);
openInBrowser(url);

/** Only where there is a screen; a machine without one has the address above. */
function openInBrowser(address: string): void {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasDisplay || process.env.CI) return;
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start']
        : ['xdg-open'];
  if (command === undefined) return;
  const opener = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  // No opener installed: the address was printed.
  opener.on('error', () => undefined);
  opener.unref();
}
