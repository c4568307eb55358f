/** The recipes that are measured, over virtual models `<family>-base`, `-a`, `-b`, `-c`. */

export interface BenchRecipe {
  readonly method: string;
  /** The models it reads. */
  readonly models: readonly string[];
  readonly text: string;
}

/** @param parameters YAML of each model's parameters, on one line */
function recipe(
  family: string,
  method: string,
  base: string | null,
  models: readonly { readonly name: string; readonly parameters: string }[],
  rest = '',
): BenchRecipe {
  const names = models.map(({ name }) => `${family}-${name}`);
  const entries = models.map(
    ({ name, parameters }) => `  - model: ${family}-${name}\n    parameters: {${parameters}}\n`,
  );
  const baseLine = base === null ? '' : `base_model: ${family}-${base}\n`;
  const text = `merge_method: ${method}\n${baseLine}models:\n${entries.join('')}${rest}dtype: bfloat16\n`;
  const read = base === null || names.includes(`${family}-${base}`) ? names : [`${family}-${base}`, ...names];
  return { method, models: read, text };
}

/** Every method once: two inputs, or two and a base; the methods that need three models have three. */
export function benchRecipes(family: string): BenchRecipe[] {
  const models = (names: string, parameters: string) => [...names].map((name) => ({ name, parameters }));
  const two = (parameters: string) => models('ab', parameters);
  const three = models('abc', '');
  const onBase = (method: string, parameters: string, rest = '') =>
    recipe(family, method, 'base', two(parameters), rest);
  const without = (method: string, parameters: string) => recipe(family, method, null, two(parameters));
  const between = (method: string, rest: string) => recipe(family, method, 'a', models('b', ''), rest);
  return [
    without('linear', 'weight: 0.5'),
    between('slerp', 'parameters: {t: 0.4}\n'),
    without('nuslerp', 'weight: 0.5'),
    without('multislerp', 'weight: 0.5'),
    without('karcher', ''),
    recipe(family, 'passthrough', null, models('a', '')),
    onBase('task_arithmetic', 'weight: 0.5'),
    onBase('ties', 'weight: 0.5, density: 0.5'),
    onBase('dare_linear', 'weight: 0.5, density: 0.5'),
    onBase('dare_ties', 'weight: 0.5, density: 0.5'),
    onBase('breadcrumbs', 'weight: 0.5, density: 0.5'),
    onBase('breadcrumbs_ties', 'weight: 0.5, density: 0.5'),
    onBase('della', 'weight: 0.5, density: 0.5'),
    onBase('della_linear', 'weight: 0.5, density: 0.5'),
    onBase('model_stock', ''),
    onBase('sce', '', 'parameters: {select_topk: 0.5}\n'),
    onBase('ram', ''),
    onBase('ramplus_tl', ''),
    onBase('magmax', ''),
    between('nearswap', 'parameters: {t: 0.001}\n'),
    between('arcee_fusion', ''),
    recipe(family, 'trimmed_mean', null, three),
  ];
}

/** DARE-TIES of two fine-tunes of a 7 B model on their base, with the densities and weights of a much-read post. */
export function scaleRecipe(family: string): BenchRecipe {
  return {
    method: 'dare_ties',
    models: ['base', 'a', 'b'].map((name) => `${family}-${name}`),
    text: `merge_method: dare_ties
base_model: ${family}-base
models:
  - model: ${family}-a
    parameters: {density: 0.65, weight: 0.4}
  - model: ${family}-b
    parameters: {density: 0.6, weight: 0.3}
dtype: float16
`,
  };
}
