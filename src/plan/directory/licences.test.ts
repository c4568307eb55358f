import { expect, test } from 'vitest';
import { combineLicences } from './licences.ts';

const combine = (...licenses: (string | null)[]) =>
  combineLicences(licenses.map((license, i) => ({ ref: `m${i}`, license })));

test.each([
  ['one for all', ['gemma', 'gemma'], 'gemma'],
  ['spelling', ['MIT', 'mit'], 'mit'],
  ['permissive ones', ['mit', 'apache-2.0', 'cc0-1.0'], 'apache-2.0'],
  ['a binding one beside permissive ones', ['apache-2.0', 'llama3', 'mit'], 'llama3'],
  ['copyleft beside permissive', ['gpl-3.0', 'apache-2.0'], 'gpl-3.0'],
  ['non-commercial beside permissive', ['cc-by-nc-4.0', 'apache-2.0'], 'cc-by-nc-4.0'],
  ['nobody says', [null, null], null],
])('%s', (_name, licenses, license) => {
  expect(combine(...licenses)).toEqual({ license, warning: null });
});

test.each([
  ['two binding ones', ['llama3', 'gemma']],
  ['copyleft and non-commercial', ['gpl-3.0', 'cc-by-nc-4.0']],
  ['GPL 2 and Apache 2', ['gpl-2.0', 'apache-2.0']],
  ['an unnamed one', ['other', 'mit']],
  ['a model that says nothing', ['apache-2.0', null]],
])('%s need a person', (_name, licenses) => {
  const { license, warning } = combine(...licenses);
  expect(license).toBe('other');
  licenses.forEach((name, i) => {
    expect(warning).toContain(`m${i}: ${name ?? 'none'}`);
  });
});
