/** Whether the recipe can run, in a word; pressing it goes to the first problem. */

import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import { Button as AriaButton, TooltipTrigger } from 'react-aria-components';
import { firstProblem, type RecipeStatus, recipeStatus, statusWords } from '../../store/status.ts';
import { useActions, useGraft, useUi } from '../context.ts';
import { Hint } from '../controls/button.tsx';
import { revealProblem } from '../view.ts';

export function StatusChip() {
  const { view } = useUi();
  const actions = useActions();
  const recipe = useGraft((state) => state.recipe);
  const check = useGraft((state) => state.check);
  const status = recipeStatus({ recipe, check });
  const words = statusWords(status);
  const press = () => {
    const problem = firstProblem(check.report);
    if (status.kind === 'failed') void actions.check();
    else if (problem !== null) revealProblem(view, problem);
  };
  return (
    <TooltipTrigger delay={400}>
      <AriaButton className="chip status" aria-label={`Recipe status: ${words}`} onPress={press}>
        <StatusIcon status={status} />
        <span className="status-words">{words}</span>
      </AriaButton>
      <Hint>{hint(status)}</Hint>
    </TooltipTrigger>
  );
}

function StatusIcon({ status }: { readonly status: RecipeStatus }) {
  switch (status.kind) {
    case 'checking':
      return <span className="spinner" />;
    case 'ready':
      return status.warnings === 0 ? (
        <CircleCheck className="tone-good" />
      ) : (
        <TriangleAlert className="tone-warn" />
      );
    default:
      return <CircleAlert className="tone-bad" />;
  }
}

function hint(status: RecipeStatus): string {
  switch (status.kind) {
    case 'checking':
      return 'Reading configs and headers; no weights are fetched.';
    case 'failed':
      return `${status.message} Press to try again.`;
    case 'problems':
      return 'Go to the first problem (F8 for the next).';
    case 'ready':
      return status.warnings === 0
        ? 'Everything that can be known before the download is in order.'
        : 'It can run. Press to read the first warning.';
  }
}
