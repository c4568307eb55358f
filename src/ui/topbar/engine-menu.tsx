/** The engine in use and its device; the menu forces one and says why another is not chosen. */

import { Cpu, Zap } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import type { Settings } from '../../store/settings.ts';
import { useActions, useGraft } from '../context.ts';
import { Menu, MenuItem } from '../controls/menu.tsx';
import { ENGINE_NAMES, engineInUse, engineLine, engineName } from '../words.ts';

export function EngineMenu() {
  const actions = useActions();
  const report = useGraft((state) => state.engine.report);
  const error = useGraft((state) => state.engine.error);
  const setting = useGraft((state) => state.settings.engine);
  const engine = engineInUse(report, setting);
  const unknown = error === null ? 'Detecting' : 'Unknown';
  const words = engine === null ? unknown : engineName(engine.kind, engine.device);
  const Icon = engine?.kind === 'gpu' ? Zap : Cpu;
  return (
    <Menu
      label="Engine"
      selectionMode="single"
      selectedKeys={[setting]}
      onAction={(key) => actions.setEngine(key as Settings['engine'])}
      trigger={
        <AriaButton className="chip engine" aria-label={`Engine: ${words}`}>
          <Icon aria-hidden="true" />
          <span className="engine-words">{words}</span>
        </AriaButton>
      }
    >
      <MenuItem
        id="auto"
        title={`Automatic${setting === 'auto' ? ' (in use)' : ''}`}
        description={
          report === null
            ? 'A short benchmark decides.'
            : `The faster one here: ${ENGINE_NAMES[report.chosen]}.`
        }
      />
      {(report?.engines ?? []).map((each) => (
        <MenuItem
          key={each.kind}
          id={each.kind}
          isDisabled={!each.available}
          title={`${ENGINE_NAMES[each.kind]}${setting === each.kind ? ' (in use)' : ''}`}
          description={engineLine(each)}
        />
      ))}
    </Menu>
  );
}
