/** The finished directory: every file with its size and SHA-256, to download one by one or to save as a folder. */

import { Copy, Download, FolderDown } from 'lucide-react';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { RunStatus } from '../../engine/protocol.ts';
import { useActions, useGraft } from '../context.ts';
import { Button, IconButton } from '../controls/button.tsx';

export function RunFiles({ run }: { readonly run: RunStatus }) {
  const actions = useActions();
  const busy = useGraft((state) => state.runs.busy.has(run.id));
  const total = run.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return (
    <div className="run-files">
      <div className="files-head">
        <span className="quiet">
          {run.files.length} files, {formatBytes(total)}, in {formatDuration(run.activeSeconds)}
        </span>
        <div className="grow" />
        <SaveAll run={run} isDisabled={busy} />
      </div>
      <table className="files" aria-label="Files of the merged model">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">SHA-256</th>
            <th scope="col">
              <span className="visually-hidden">Download</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {run.files.map((file) => (
            <tr key={file.path}>
              <th scope="row" className="mono">
                {file.path}
              </th>
              <td className="number mono">{formatBytes(file.sizeBytes)}</td>
              <td className="mono hash">
                <span title={file.sha256}>
                  {file.sha256.slice(0, 8)}…{file.sha256.slice(-4)}
                </span>
                <IconButton
                  label={`Copy SHA-256 of ${file.path}`}
                  look="small bare"
                  onPress={() => void actions.copy(file.sha256, `SHA-256 of ${file.path}`)}
                >
                  <Copy />
                </IconButton>
              </td>
              <td className="number">
                <Button
                  look="small"
                  aria-label={`Download ${file.path}`}
                  onPress={() => void actions.download(run.id, file.path)}
                >
                  <Download aria-hidden="true" />
                  <span className="label">Download</span>
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SaveAll({ run, isDisabled }: { readonly run: RunStatus; readonly isDisabled: boolean }) {
  const actions = useActions();
  if (typeof showDirectoryPicker !== 'function') {
    return (
      <span className="quiet">This browser cannot write into a folder; download the files one by one.</span>
    );
  }
  const save = async () => {
    try {
      await actions.saveAll(run.id, await showDirectoryPicker({ id: 'graft-output', mode: 'readwrite' }));
    } catch (error) {
      // Closing the picker is not an error; everything else was already told by the action.
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    }
  };
  return (
    <Button look="small" isDisabled={isDisabled} onPress={() => void save()}>
      <FolderDown aria-hidden="true" /> Save all into a folder
    </Button>
  );
}
