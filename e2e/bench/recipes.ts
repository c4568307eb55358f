/** The recipes that are measured, over virtual models `<family>-base`, `-a`, `-b`. */

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

/** Every method once: two inputs, or two and a base. */
export function benchRecipes(family: string): BenchRecipe[] {
  const both = (parameters: string) => [
    { name: 'a', parameters },
    { name: 'b', parameters },
  ];
  return [
    recipe(family, 'linear', null, both('weight: 0.5')),
    recipe(
      family,
      'slerp',
      'a',
      [
        { name: 'a', parameters: '' },
        { name: 'b', parameters: '' },
      ],
      'parameters: {t: 0.4}\n',
    ),
    recipe(family, 'passthrough', null, [{ name: 'a', parameters: '' }]),
    recipe(family, 'task_arithmetic', 'base', both('weight: 0.5')),
    recipe(family, 'ties', 'base', both('weight: 0.5, density: 0.5')),
    recipe(family, 'dare_linear', 'base', both('weight: 0.5, density: 0.5')),
    recipe(family, 'dare_ties', 'base', both('weight: 0.5, density: 0.5')),
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
