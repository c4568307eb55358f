import type { ParameterValue } from '../../recipe/types.ts';

/** A parameter's value in a line: `0.5`, `0 → 0.5 → 1`, `mlp 1, else 0.4`. */
export function parameterText(value: ParameterValue): string {
  return value
    .map(({ filter, value: gradient }) => {
      const numbers = gradient.join(' → ');
      if (filter !== null && filter !== '*') return `${filter} ${numbers}`;
      return value.length > 1 ? `else ${numbers}` : numbers;
    })
    .join(', ');
}
