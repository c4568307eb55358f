import { tabTo } from '../fixtures/keyboard.ts';
import { expect, test } from '../fixtures/test.ts';

test('the keyboard alone picks an example, merges it and downloads a file', async ({ app }) => {
  const { page } = app;
  await app.settled();
  await tabTo(page, 'button', 'Examples');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu', { name: 'Examples' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Recipe name' })).toHaveValue('Linear: the plain average');
  expect(await app.settled()).toMatch(/^Ready/);

  await tabTo(page, 'button', /^Merge$/);
  await page.keyboard.press('Enter');
  const files = page.getByRole('table', { name: 'Files of the merged model' });
  await expect(files).toBeVisible({ timeout: 120_000 });
  // Tab indents in the editor between here and there; Alt with a digit goes to a panel from anywhere.
  await page.keyboard.press('Alt+4');
  await tabTo(page, 'button', 'Download config.json');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(download.suggestedFilename()).toBe('config.json');
});

test('the editor can be entered, typed in and left', async ({ app }) => {
  const { page } = app;
  await app.settled();
  const editor = page.getByRole('textbox', { name: /^Recipe in YAML/ });
  await editor.focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('nonsense: 1\n');
  await expect(page.getByRole('button', { name: /^Recipe status: \d+ problem/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText('nonsense');

  // Tab indents in the editor; its label says which key lets Tab leave.
  await page.keyboard.press('Control+m');
  await page.keyboard.press('Tab');
  await expect(editor).not.toBeFocused();
});

test('dialogs keep the focus inside and give it back', async ({ app }) => {
  const { page } = app;
  await app.settled();
  const settings = page.getByRole('button', { name: 'Settings' });
  await settings.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  }
  await tabTo(page, 'textbox', 'Hub address');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
});
