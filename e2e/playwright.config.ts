/** End-to-end tests of the built app. One at a time: each browser renders in software on the same two cores. */
import { defineConfig } from '@playwright/test';
import { launchOptions } from './fixtures/launch.ts';

export default defineConfig({
  testDir: './specs',
  outputDir: '../test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 300_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: launchOptions(),
    viewport: { width: 1440, height: 900 },
    actionTimeout: 20_000,
    trace: 'off',
    video: 'off',
    screenshot: 'only-on-failure',
  },
});
