import type { ConditionalValue, ParameterValue } from '../../recipe/types.ts';

/** A parameter's value in a line: `0.5`, `0 → 0.5 → 1`, `mlp 1, else 0.4`, `norm in layers 0, 4-12 1`. */
export function parameterText(value: ParameterValue): string {
  return value
    .map((entry) => {
      const numbers = entry.value.join(' → ');
      const condition = conditionText(entry);
      if (condition !== '') return `${condition} ${numbers}`;
      return value.length > 1 ? `else ${numbers}` : numbers;
    })
    .join(', ');
}

function conditionText({ filter, layers, kind }: ConditionalValue): string {
  const names = filter === null || filter === '*' ? [] : [filter];
  const spans = layers?.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const layersText = spans === undefined ? '' : `layers ${spans.join(', ')}`;
  const what = [...names, ...(kind === null ? [] : [kind])].join(' ');
  return [what, layersText].filter((part) => part !== '').join(' in ');
}
