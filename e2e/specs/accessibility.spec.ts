import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';

/** Violations of WCAG 2.2 A and AA and of axe's best practices, as rule and element. */
async function violations(page: Page): Promise<string[]> {
  // Colours that are still fading in are not the ones a person reads.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  const results = await new AxeBuilder({ page }).analyze();
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}`),
  );
}

for (const theme of ['dark', 'light'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test('the workspace, its dialogs and a finished run have no violations', async ({ app }) => {
      const { page } = app;
      await app.settled();
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
      await expect(page.getByRole('textbox', { name: /^Recipe in YAML/ })).toBeAttached();
      expect.soft(await violations(page), 'first sight').toEqual([]);

      for (const name of ['Settings', 'Help']) {
        await page.getByRole('button', { name, exact: true }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        expect.soft(await violations(page), name).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toHaveCount(0);
      }

      await page.getByRole('button', { name: 'Examples' }).click();
      await expect(page.getByRole('menu')).toBeVisible();
      expect.soft(await violations(page), 'examples').toEqual([]);
      await page.keyboard.press('Escape');

      await app.setRecipe('merge_method: nothing\nmodels: 3\n');
      await expect(page.getByRole('region', { name: 'Problems' })).toBeVisible();
      expect.soft(await violations(page), 'problems').toEqual([]);

      await app.setRecipe(
        'merge_method: linear\nmodels:\n  - model: quill/add\n    parameters: {weight: 1}\n',
      );
      await app.waitForRun(await app.merge(), 'done');
      await expect(page.getByRole('table', { name: 'Files of the merged model' })).toBeVisible();
      expect.soft(await violations(page), 'finished run').toEqual([]);
    });

    test('a narrow screen has no violations in any tab', async ({ app }) => {
      const { page } = app;
      await page.setViewportSize({ width: 390, height: 800 });
      await app.settled();
      for (const name of ['Models', 'Recipe', 'Inspect', 'Runs']) {
        await page.getByRole('tab', { name }).click();
        await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
        expect.soft(await violations(page), name).toEqual([]);
      }
    });
  });
}
