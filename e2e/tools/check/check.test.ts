import { expect, test } from 'vitest';
import { checkImports } from './imports.ts';
import { checkLock } from './lock.ts';
import { checkDocumentPaths, checkForbidden, checkLength } from './texts.ts';

const one = (file: string, text: string): string[] => checkImports([{ file, text }]);

test('imports may only point down the table', () => {
  expect(one('src/engine/a.ts', `import { b } from '../base/b.ts'; b();`)).toEqual([]);
  expect(one('src/base/a.ts', `import type { B } from '../engine/b.ts'; export type A = B;`)).toEqual([
    'src/base/a.ts: imports src/engine/b.ts; base may not',
  ]);
  expect(one('src/ui/a.tsx', `export const a = () => import('../engine/run-worker.ts');`)).toHaveLength(1);
  expect(one('src/ui/a.tsx', `export { b } from '../storage/b.ts';`)).toHaveLength(1);
  expect(
    one('src/store/a.ts', `new Worker(new URL('../engine/run-worker.ts', import.meta.url));`),
  ).toHaveLength(1);
  expect(one('src/kernels/cpu/a.ts', `import '../../storage/b.ts';`)).toHaveLength(1);
  expect(one('src/other/a.ts', `import '../base/b.ts';`)).toEqual([
    'src/other/a.ts: is in no known layer; add src/other to the table',
  ]);
});

test('a single file of a layer may be allowed alone', () => {
  expect(one('src/methods/a.ts', `import type { A } from '../kernels/types.ts'; export type B = A;`)).toEqual(
    [],
  );
  expect(one('src/methods/a.ts', `import { a } from '../kernels/cpu/a.ts'; a();`)).toHaveLength(1);
});

test('the composition root imports every layer and is imported by none', () => {
  expect(one('src/main.tsx', `import './ui/app.tsx'; import './engine/client.ts';`)).toEqual([]);
  expect(one('src/ui/a.tsx', `import '../main.tsx';`)).toHaveLength(1);
});

test('only the GPU kernels read shaders', () => {
  expect(one('src/kernels/gpu/a.ts', `import text from '../../../shaders/a.wgsl?raw'; text.trim();`)).toEqual(
    [],
  );
  expect(
    one('src/kernels/cpu/a.ts', `import text from '../../../shaders/a.wgsl?raw'; text.trim();`),
  ).toHaveLength(1);
});

test('pure layers name no page globals, in code', () => {
  expect(one('src/plan/a.ts', `export const a = () => fetch('x');`)).toEqual([
    'src/plan/a.ts: uses fetch; this layer is pure',
  ]);
  expect(one('src/recipe/a.ts', `const at = window.innerWidth; export { at };`)).toHaveLength(1);
  const harmless = `
    // fetch from the document
    import { document } from 'yaml';
    export const a = (source: { fetch: number }) => source.fetch + document.size;
    export const b = { navigator: 'window' };`;
  expect(one('src/recipe/a.ts', harmless)).toEqual([]);
  expect(one('src/sources/a.ts', `export const a = () => fetch('x');`)).toEqual([]);
});

test('a cycle is named with its files', () => {
  const files = [
    { file: 'src/base/a.ts', text: `import './b.ts';` },
    { file: 'src/base/b.ts', text: `import './c.ts';` },
    { file: 'src/base/c.ts', text: `import './a.ts';` },
  ];
  expect(checkImports(files)).toEqual([
    'import cycle: src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts',
  ]);
});

test('code is not built on test code, tests may read data', () => {
  expect(one('src/base/a.ts', `import './fakes.test-helper.ts';`)).toHaveLength(1);
  expect(
    one('src/base/a.test.ts', `import '../../e2e/hub/server.ts'; import './fakes.test-helper.ts';`),
  ).toEqual([]);
});

test('a long file needs a reason', () => {
  const long = 'x\n'.repeat(401);
  expect(checkLength([{ file: 'a.ts', text: long }])).toHaveLength(1);
  expect(checkLength([{ file: 'a.ts', text: `// Long because: it is one table.\n${long}` }])).toEqual([]);
  expect(checkLength([{ file: 'a.ts', text: 'x\n'.repeat(400) }])).toEqual([]);
});

test('machine paths are found with their line, web addresses are not', () => {
  // Spelled so that this file passes the rule it tests.
  const home = ['', 'home', 'anna', 'x'].join('/');
  expect(checkForbidden([{ file: 'a.md', text: `one\nat ${home}` }])).toEqual([
    `a.md:2: names a machine's absolute path (${['', 'home', 'anna'].join('/')})`,
  ]);
  expect(checkForbidden([{ file: 'a.md', text: `https://example.org${home} src${home}` }])).toEqual([]);
});

test('documents name files, links and scripts that exist', () => {
  const text =
    '`src/a.ts` `src/b.ts` [c](./d.md) [e](https://example.org/f) `src/` `npm run go` `npm run gone`';
  expect(checkDocumentPaths([{ file: 'README.md', text }], ['src/a.ts', 'README.md'], ['go'])).toEqual([
    'README.md: names src/b.ts, which does not exist',
    'README.md: names ./d.md, which does not exist',
    'README.md: names `npm run gone`, which package.json lacks',
  ]);
});

test('the lock file has every optional package, and no addresses', () => {
  const tool = { version: '1', optionalDependencies: { 'tool-mac': '1', 'tool-linux': '1' } };
  const linux = { version: '1', optional: true };
  const whole = {
    packages: { 'node_modules/tool': tool, 'node_modules/tool-mac': linux, 'node_modules/tool-linux': linux },
  };
  expect(checkLock(JSON.stringify(whole))).toEqual([]);
  const partial = { packages: { 'node_modules/tool': tool, 'node_modules/tool-linux': linux } };
  expect(checkLock(JSON.stringify(partial))).toEqual([expect.stringContaining('tool-mac 1')]);
  const addressed = {
    packages: { 'node_modules/a': { version: '1', resolved: 'https://example.org/a.tgz' } },
  };
  expect(checkLock(JSON.stringify(addressed))).toHaveLength(1);
});
