/** Opens files in place of what the page shows: in slices, so that the page stays usable, and as long as nobody cancels. */

import { signal } from '@preact/signals';
import { withTroubles } from '../../../src/inspector/detect/recorded.js';
import type { NumberedEntry } from '../../../src/inspector/entries.js';
import { browserTurns, inSlices, type Steps } from '../store/steps.js';
import type { Store } from '../store/store.js';
import { count, counted } from '../store/texts.js';
import { shellQuoted } from './copy.js';
import { textOfFile } from './file-lines.js';
import { readRecording } from './recording.js';

/** What became of a file. */
interface Outcome {
  readonly text: string;
  readonly isBad: boolean;
  /** A command that opens it elsewhere. */
  readonly command?: string;
}

/** A file that is being opened. */
export interface Opening {
  readonly name: string;
  /** How much is done, from 0 to 1. */
  readonly share: number;
  /** Gives it up; what is shown by then stays. */
  cancel(): void;
}

/** What became of the last file; null once it is read. */
export const outcome = signal<Outcome | null>(null);
/** The file that is being opened; null where none is. */
export const opening = signal<Opening | null>(null);

/** The parts of the work, each with how much of the time it takes, and how much the parts before it take. */
const READING = { before: 0, share: 0.5 };
const LOOKING = { before: 0.5, share: 0.2 };
const SHOWING = { before: 0.7, share: 0.3 };

/** Does a part of the work in slices. */
type Work = <Result>(part: typeof READING, steps: Steps<Result>) => Promise<Result>;

/**
 * Shows a file in place of what the page shows, or says why it cannot. A file that is being opened already is given up.
 *
 * @param store what shows it
 * @param file what was dropped or chosen
 * @returns when it is shown, refused or given up
 */
export async function openFile(store: Store, file: File): Promise<void> {
  opening.peek()?.cancel();
  outcome.value = null;
  const { name } = file;
  const given = new AbortController();
  const cancel = (): void => given.abort();
  let current: Opening = { name, share: 0, cancel };
  opening.value = current;
  const isCurrent = (): boolean => opening.peek() === current;
  const work: Work = (part, steps) =>
    inSlices(steps, browserTurns, {
      signal: given.signal,
      onProgress: (done) => {
        if (isCurrent()) opening.value = current = { name, share: part.before + done * part.share, cancel };
      },
    });
  let became: Outcome;
  try {
    became = await opened(store, file, work);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    became = given.signal.aborted
      ? { text: cancelled(store, name), isBad: false }
      : { text: `${name} could not be read: ${why}`, isBad: true };
  }
  if (!isCurrent()) return;
  opening.value = null;
  outcome.value = became;
}

async function opened(store: Store, file: File, work: Work): Promise<Outcome> {
  const { name } = file;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const found = await work(READING, readRecording(bytes, name));
  if (!('error' in found)) return show(store, name, found, work);
  if (!found.isTraffic) return { text: found.error, isBad: true };
  const converted = await convertedByServer(textOfFile(bytes));
  if (converted === null) {
    const command = `socket-protocol inspect --replay ${shellQuoted(name)}`;
    return { text: `${found.error}:`, isBad: true, command };
  }
  if ('error' in converted) return { text: `${name}: ${converted.error}`, isBad: true };
  return show(store, name, { ...converted, unread: null }, work);
}

async function show(
  store: Store,
  name: string,
  { entries: read, startedAt, unread }: Converted & { readonly unread: string | null },
  work: Work,
): Promise<Outcome> {
  // older recordings were made without anybody who looked for trouble
  const entries = await work(LOOKING, withTroubles(read));
  const wasLive = store.connection.peek().kind === 'live';
  store.filter.value = '';
  await work(SHOWING, store.show({ name, startedAt, entries }));
  const kept =
    store.forgotten.peek() > 0
      ? ` That is more than the page keeps: it has the last ${count(store.entries.peek().length)}, with the troubles that were found.`
      : '';
  const fault = unread === null ? '' : ` ${unread}.`;
  return {
    text: `${name}: ${entriesIn(read.length)}.${fault}${kept}${wasLive ? BACK : ''}`,
    isBad: unread !== null || kept !== '',
  };
}

const BACK = ' Reload the page to follow the program again.';

const entriesIn = (entries: number): string => counted(entries, 'entry', 'entries');

/** What is left on the page of a file that was given up. */
function cancelled(store: Store, name: string): string {
  const connection = store.connection.peek();
  if (connection.kind !== 'recording' || connection.name !== name)
    return `${name} was not opened: cancelled.`;
  const { entries } = store.totals.peek();
  return `${name}: cancelled after ${entriesIn(entries)} of ${count(entries + store.missed.peek())}.${BACK}`;
}

type Converted = { readonly entries: readonly NumberedEntry[]; readonly startedAt: number | null };

/** A recording that is damaged, as the server says it. */
const UNREADABLE = 422;

/** A debugger of the command line reads recordings of proxies; null where this one does not. */
async function convertedByServer(text: string): Promise<Converted | { readonly error: string } | null> {
  try {
    const response = await fetch('recordings', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: text,
    });
    if (response.status === UNREADABLE) return (await response.json()) as { error: string };
    return response.status === 200 ? ((await response.json()) as Converted) : null;
  } catch {
    return null;
  }
}
