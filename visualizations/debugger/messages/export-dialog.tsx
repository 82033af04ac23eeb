/** Saves what is shown, or everything, as a file. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { NumberedEntry } from '../../../src/inspector/entries.js';
import { Icon } from '../app/icons.js';
import type { Store } from '../store/store.js';
import { count, counted } from '../store/texts.js';
import { captureOf, missingIn, saidOf } from './capture.js';
import type { MessagesModel } from './model.js';
import { recordingOf } from './recording.js';

type What = 'shown' | 'all';
type Form = 'recording' | 'pcapng';

export function ExportButton({ store, model }: { store: Store; model: MessagesModel }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" id="export" title="Save as a file" onClick={() => setOpen(true)}>
        <Icon name="out" class="is-down" />
        <span class="label">Export …</span>
      </button>
      {isOpen && <ExportDialog store={store} model={model} close={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ store, model, close }: { store: Store; model: MessagesModel; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [what, setWhat] = useState<What>('shown');
  const [form, setForm] = useState<Form>('recording');
  // as it was when the dialog opened: what comes meanwhile would change the figures under the reader's eyes
  const [sets] = useState(() => ({ shown: model.shownEntries(), all: [...store.entries.peek()] }));
  const [rows] = useState({ shown: model.listing.length, all: model.rows.all.length });
  useEffect(() => dialog.current?.showModal(), []);
  const entries = sets[what];
  const save = () => {
    download(store, form, entries);
    close();
  };
  return (
    <dialog ref={dialog} class="export" aria-labelledby="export-title" onClose={close}>
      <h2 id="export-title">Export</h2>
      <fieldset>
        <legend>What</legend>
        <Choice
          name="what"
          value="shown"
          chosen={what}
          choose={setWhat}
          label={`What is shown: ${counted(rows.shown, 'row')}`}
          hint={`${count(sets.shown.length)} messages, drops and troubles`}
        />
        <Choice
          name="what"
          value="all"
          chosen={what}
          choose={setWhat}
          label={`Everything: ${counted(rows.all, 'row')}`}
          hint={`${counted(sets.all.length, 'entry', 'entries')}, with the states of the sessions`}
        />
      </fieldset>
      <fieldset>
        <legend>As</legend>
        <Choice
          name="form"
          value="recording"
          chosen={form}
          choose={setForm}
          label="Recording"
          hint="Opens when it is dropped on this page, and with socket-protocol inspect --replay"
        />
        <Choice
          name="form"
          value="pcapng"
          chosen={form}
          choose={setForm}
          label="Capture for Wireshark (pcapng)"
          hint="The frames in made-up TCP/IP packets; tools/wireshark/socket-protocol.lua dissects them"
        />
      </fieldset>
      <p class="said" id="export-said">
        {saidOfExport(store, form, entries, what)}
      </p>
      <div class="buttons">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" class="primary" id="export-save" disabled={entries.length === 0} onClick={save}>
          Save
        </button>
      </div>
    </dialog>
  );
}

/** What a file will not have. */
function saidOfExport(store: Store, form: Form, entries: readonly NumberedEntry[], what: What): string {
  const said: string[] = [];
  if (form === 'pcapng') said.push(saidOf(missingIn(entries)));
  const gone = store.forgotten.peek() + store.missed.peek();
  if (what === 'all' && gone > 0)
    said.push(`${counted(gone, 'older entry is', 'older entries are')} missing.`);
  if (store.startedAt.peek() === null) said.push('The time of day is unknown: times count from 0.');
  return said.filter(Boolean).join(' ');
}

function Choice<Value extends string>(props: {
  name: string;
  value: Value;
  chosen: Value;
  choose: (value: Value) => void;
  label: string;
  hint: string;
}) {
  const { name, value, chosen, choose, label, hint } = props;
  return (
    <label class="choice">
      <input
        type="radio"
        name={name}
        value={value}
        checked={value === chosen}
        onChange={() => choose(value)}
      />
      <span>
        {label}
        <small>{hint}</small>
      </span>
    </label>
  );
}

function download(store: Store, form: Form, entries: readonly NumberedEntry[]): void {
  const startedAt = store.startedAt.peek();
  const sessions = new Map(store.sessions.peek().map((row) => [row.group, row]));
  const parts =
    form === 'recording'
      ? recordingOf(entries, startedAt)
      : [...captureOf(entries, sessions, startedAt ?? 0).parts];
  const type = form === 'recording' ? 'application/x-ndjson' : 'application/octet-stream';
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${nameOf(startedAt)}.${form === 'recording' ? 'jsonl' : 'pcapng'}`;
  link.click();
  // the browser has begun to read it by then
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** By the time of day, without what a file system minds. */
function nameOf(startedAt: number | null): string {
  const time =
    startedAt === null ? '' : `-${new Date(startedAt).toISOString().slice(0, 19).replaceAll(':', '')}`;
  return `socket-protocol${time}`;
}
