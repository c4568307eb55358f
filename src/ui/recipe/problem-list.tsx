/** The problems under the editor: what is wrong, where, and a quick fix where there is one. */

import { CircleAlert, TriangleAlert, Wrench } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import { applyEdits } from '../../recipe/apply-edits.ts';
import type { Problem, QuickFix } from '../../recipe/types.ts';
import { counted } from '../../store/status.ts';
import { useGraft, useUi } from '../context.ts';
import { Button } from '../controls/button.tsx';
import { plainWords, Rich } from '../controls/rich.tsx';
import { revealProblem } from '../view.ts';

export function ProblemList() {
  const report = useGraft((state) => state.check.report);
  const problems = report?.problems ?? [];
  const warnings = report?.warnings ?? [];
  if (problems.length + warnings.length === 0) return null;
  return (
    <section className="problems" aria-label="Problems">
      <h3 className="panel-title">{title(problems, warnings)}</h3>
      <ul>
        {problems.map((problem) => (
          <ProblemRow key={`${problem.code} ${problem.span.start} ${problem.message}`} problem={problem} />
        ))}
        {warnings.map((warning) => (
          <li key={warning} className="problem">
            <TriangleAlert className="tone-warn" aria-label="Warning" />
            <span className="problem-text">
              <Rich text={warning} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function title(problems: readonly Problem[], warnings: readonly string[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const rest = problems.length - errors + warnings.length;
  return [errors > 0 ? counted(errors, 'problem') : null, rest > 0 ? counted(rest, 'warning') : null]
    .filter((part) => part !== null)
    .join(', ');
}

function ProblemRow({ problem }: { readonly problem: Problem }) {
  const { view } = useUi();
  const { span, severity, message, fixes } = problem;
  return (
    <li className="problem">
      {severity === 'error' ? (
        <CircleAlert className="tone-bad" aria-label="Error" />
      ) : (
        <TriangleAlert className="tone-warn" aria-label="Warning" />
      )}
      <AriaButton
        className="problem-go"
        aria-label={`Line ${span.line}, column ${span.column}: ${plainWords(message)}`}
        onPress={() => revealProblem(view, problem)}
      >
        <span className="problem-text">
          <Rich text={message} />
        </span>
        <span className="mono quiet">
          {span.line}:{span.column}
        </span>
      </AriaButton>
      {fixes.map((fix) => (
        <FixButton key={fix.title} fix={fix} />
      ))}
    </li>
  );
}

function FixButton({ fix }: { readonly fix: QuickFix }) {
  const { store, actions } = useUi();
  const current = useGraft((state) => state.check.reportText === state.recipe.text);
  return (
    <Button
      look="small"
      // The edits' offsets hold for the text that was checked, not for one typed since.
      isDisabled={!current}
      onPress={() => actions.edit(applyEdits(store.getState().recipe.text, fix.edits), plainWords(fix.title))}
    >
      <Wrench aria-hidden="true" /> {plainWords(fix.title)}
    </Button>
  );
}
