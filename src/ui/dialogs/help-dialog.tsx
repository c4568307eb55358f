/** What Graft is in three sentences, and every shortcut. */

import { useUi, useView } from '../context.ts';
import { Dialog } from '../controls/dialog.tsx';
import { SHORTCUTS } from '../shortcuts.ts';

export function HelpDialog() {
  const { view } = useUi();
  const isOpen = useView((state) => state.dialog === 'help');
  return (
    <Dialog title="Help" isOpen={isOpen} onClose={() => view.setState({ dialog: null })}>
      <p>
        Graft merges language models in this browser. A recipe (mergekit’s YAML) names the models and how to
        merge them; weights are streamed from the Hub or your disk, merged here, and written to this browser’s
        storage, from where you download them. Nothing is uploaded.
      </p>
      <p>
        Everything that can be known before the download is checked while you type. A run survives closing the
        page: come back and press Resume.
      </p>
      <table className="shortcuts">
        <caption className="panel-title">Keyboard</caption>
        <tbody>
          {SHORTCUTS.map(({ keys, what }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
