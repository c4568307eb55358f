import { launchOptions } from '../fixtures/launch.ts';
import { expect, test } from '../fixtures/test.ts';
import { CHROMIUM_FLAGS } from '../tools/chromium.mjs';

// A browser without any adapter, as on machines whose driver is blocked.
const flags = CHROMIUM_FLAGS.filter((flag) => !/webgpu|Vulkan/.test(flag));
test.use({
  launchOptions: launchOptions([...flags, '--disable-features=WebGPUService,Vulkan', '--disable-gpu']),
});

test('without WebGPU the CPU merges, and the page says so', async ({ app }) => {
  const { page } = app;
  expect(await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) ?? null)).toBeNull();
  expect(await app.settled()).toMatch(/^Ready/);
  const engine = page.getByRole('button', { name: /^Engine: CPU/ });
  await expect(engine).toBeVisible();
  await engine.click();
  const gpu = page.getByRole('menuitemradio', { name: /GPU/ });
  await expect(gpu).toBeDisabled();
  await expect(gpu).toContainText(/no |not /i);
  await page.keyboard.press('Escape');

  const run = await app.waitForRun(await app.merge(), 'done');
  expect(run.engine).toBe('cpu');
});

test('a run that insists on the GPU says why it cannot have it', async ({ app }) => {
  const recipe = 'merge_method: linear\nmodels:\n  - model: quill/add\n    parameters: {weight: 1}\n';
  await app.settled();
  const outcome = await app.start(recipe, { engine: 'gpu' }).then(
    async ({ id }) => (await app.waitForRest(id)).error?.tag,
    (error: { tag?: string }) => error.tag,
  );
  expect(outcome).toBe('GpuUnavailable');
});
