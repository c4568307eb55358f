/** Unit tests: `node` for everything pure, `gpu` in a real Chromium with WebGPU for what needs the browser. */
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { assemblyScript } from './tools/assemblyscript.ts';
import { CHROMIUM_FLAGS, findChromium } from './tools/chromium.mjs';

const chromium = findChromium();

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [assemblyScript()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          // Busy machines take a while; a test that hangs still ends.
          testTimeout: 60_000,
          include: ['{src,e2e}/**/*.{test,fuzz.test}.ts'],
          exclude: ['**/*.gpu.test.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium === undefined ? {} : { executablePath: chromium }),
                args: CHROMIUM_FLAGS,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
