/** The one primary button. While problems stand it leads to the first of them instead of doing nothing. */

import { Combine } from 'lucide-react';
import { firstProblem, recipeStatus, statusWords } from '../../store/status.ts';
import { useGraft, useUi } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { goTo, revealProblem, show } from '../view.ts';

export function MergeButton() {
  const merge = useMerge();
  const starting = useGraft((state) => state.runs.starting);
  const recipe = useGraft((state) => state.recipe);
  const check = useGraft((state) => state.check);
  const status = recipeStatus({ recipe, check });
  const held = status.kind === 'problems' || status.kind === 'failed';
  return (
    <Button
      look={`primary ${held ? 'held' : ''}`}
      isPending={starting}
      onPress={merge}
      {...(held ? { 'aria-description': `${statusWords(status)}: pressing shows the first one.` } : {})}
    >
      {starting ? <span className="spinner" /> : <Combine aria-hidden="true" />}
      Merge
    </Button>
  );
}

/** Starts the merge, or shows what keeps it from starting. */
export function useMerge(): () => void {
  const { store, actions, view } = useUi();
  return () => {
    const state = store.getState();
    const status = recipeStatus(state);
    if (status.kind !== 'problems') {
      void actions.merge().then((run) => {
        if (run !== null) show(view, 'runs');
      });
      return;
    }
    const problem = firstProblem(state.check.report);
    if (problem === null) goTo(view, 'models');
    else revealProblem(view, problem);
  };
}
