import { expect, test } from '../fixtures/test.ts';

test.use({ viewport: { width: 390, height: 780 }, hasTouch: true });

test('on a narrow screen the panels are tabs, nothing overflows, and a merge works', async ({ app }) => {
  const { page } = app;
  expect(await app.settled()).toMatch(/^Ready/);
  for (const name of ['Models', 'Recipe', 'Inspect', 'Runs']) {
    await page.getByRole('tab', { name }).tap();
    await expect(page.getByRole('tabpanel', { name })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, name).toBeLessThanOrEqual(0);
  }
  await page.getByRole('button', { name: 'Merge', exact: true }).tap();
  await expect(page.getByRole('tab', { name: /Runs/ })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('table', { name: 'Files of the merged model' })).toBeVisible({
    timeout: 120_000,
  });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
