/** Opens recordings: dropped anywhere on the page, or chosen with a button. */

import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import { useKeys } from '../app/keys.js';
import type { Store } from '../store/store.js';
import { type Opening, openFile, opening, outcome } from './opening.js';

/** The button. */
export function OpenButton({ store }: { store: Store }) {
  return (
    <label class="button" title="Open a recording; it can also be dropped anywhere on the page">
      <Icon name="file" />
      <span class="label">Open …</span>
      <input
        type="file"
        id="open-recording"
        class="hidden"
        accept=".jsonl,.ndjson,.json,.txt,.log"
        onChange={(event) => {
          const input = event.currentTarget;
          const [file] = input.files ?? [];
          if (file !== undefined) void openFile(store, file);
          // the same file again is a change too
          input.value = '';
        }}
      />
    </label>
  );
}

/** Takes files that are dropped anywhere on the page, and says what became of them. */
export function DropZone({ store }: { store: Store }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const out = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      const [file] = event.dataTransfer?.files ?? [];
      if (file === undefined) return;
      event.preventDefault();
      setOver(false);
      void openFile(store, file);
    };
    document.addEventListener('dragover', over);
    document.addEventListener('dragleave', out);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', over);
      document.removeEventListener('dragleave', out);
      document.removeEventListener('drop', drop);
    };
  }, [store]);
  const said = outcome.value;
  const begun = opening.value;
  return (
    <>
      {isOver && (
        <div class="drop-zone">
          <p>
            <Icon name="file" /> Drop a recording to open it
          </p>
        </div>
      )}
      {begun !== null && <Progress opening={begun} />}
      <div class="opened-room" role="status" id="opened">
        {begun !== null && <p class="hidden">{`Opening ${begun.name}`}</p>}
        {said !== null && (
          <div class={`opened ${said.isBad ? 'is-bad' : ''}`}>
            <Icon name={said.isBad ? 'trouble' : 'file'} />
            <p>
              {said.text} {said.command !== undefined && <code>{said.command}</code>}
            </p>
            <button
              type="button"
              class="icon-button"
              aria-label="Close this note"
              onClick={() => (outcome.value = null)}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </>
  );
}

/** How far the file is that is being opened. */
function Progress({ opening: { name, share, cancel } }: { opening: Opening }) {
  useKeys('File', [{ keys: ['Escape'], what: 'Do not open it', run: cancel }]);
  return (
    <div class="opened-room">
      <div class="opened is-opening">
        <Icon name="file" />
        <p>{name}</p>
        <progress value={share} aria-label={`Opening ${name}`} />
        <button type="button" id="cancel-opening" onClick={cancel}>
          Cancel
        </button>
      </div>
    </div>
  );
}
