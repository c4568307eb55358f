import { readdirSync, readFileSync } from 'node:fs';
import { goldenMisses } from '../../src/engine/golden.test-helper.ts';
import { expect, test } from '../fixtures/shared-app.ts';
import { GOLDEN } from '../fixtures/test.ts';

const recipes = readdirSync(`${GOLDEN}/recipes`).map((file) => ({
  name: file.replace('.yml', ''),
  text: readFileSync(`${GOLDEN}/recipes/${file}`, 'utf8'),
}));

/** The keys of a config that a loader sizes the model by. */
interface Config {
  readonly num_hidden_layers?: number;
  readonly vocab_size?: number;
  /** Newer transformers write `dtype`, older ones `torch_dtype`. */
  readonly dtype?: string;
  readonly torch_dtype?: string;
}

function sizing(file: string): object {
  const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
  const { num_hidden_layers, vocab_size, dtype, torch_dtype } = config;
  return { num_hidden_layers, vocab_size, dtype: dtype ?? torch_dtype };
}

test.use({ modelsDir: `${GOLDEN}/models` });

for (const engine of ['cpu', 'gpu'] as const) {
  for (const { name, text } of recipes) {
    test(`${name} on the ${engine} engine is what mergekit wrote`, async ({ sharedApp: app }) => {
      const { id } = await app.start(text, { engine });
      const run = await app.waitForRun(id, 'done');
      expect(run.engine).toBe(engine);
      expect(run.fetchedBytes).toBe(run.fetchBytes);
      expect(run.peakInFlightBytes).toBeLessThanOrEqual(run.budgetBytes);

      const expected = `${GOLDEN}/expected/${name}`;
      const merged = readFileSync(await app.download(id, 'model.safetensors'));
      const wanted = readFileSync(`${expected}/model.safetensors`);
      expect(await goldenMisses(name, engine, merged, wanted)).toEqual([]);
      const config = await app.download(id, 'config.json');
      expect(sizing(config)).toEqual(sizing(`${expected}/config.json`));
      await app.remove(id);
    });
  }
}
