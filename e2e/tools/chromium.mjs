/** Finds a Chromium to drive, and the flags that give it WebGPU on a machine without a GPU. Plain JavaScript: used before anything is installed. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Software WebGPU (SwiftShader), no sandbox (containers), and no background chatter to hosts that are not there. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-gpu-watchdog',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const MAC_PATHS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of an installed Chromium: $CHROMIUM, else one on the PATH, else Playwright's own; undefined when there is none. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return onPath() ?? MAC_PATHS.find((path) => existsSync(path)) ?? playwrightsOwn();
}

function onPath() {
  for (const name of NAMES) {
    try {
      const path = execFileSync('which', [name], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      if (path && existsSync(path)) return path;
    } catch {
      // Not this one; the next candidate may exist.
    }
  }
  return undefined;
}

function playwrightsOwn() {
  try {
    const path = createRequire(import.meta.url)('playwright-core').chromium.executablePath();
    return existsSync(path) ? path : undefined;
  } catch {
    // Playwright is not installed yet, or knows no build for this system.
    return undefined;
  }
}
