/** `inspect`: the live debugger, on a connection of its own or on a recording. */

import { type Inspector, type InspectorEntry, openInspector } from '../inspector/index.js';
import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { TcpClientStp } from '../transport/tcp-client.js';
import type { Codec } from '../wire/codec.js';
import type { Address } from './arguments.js';
import { LineFile } from './files.js';
import type { Io } from './io.js';
import { entryOf, jsonLine } from './item-lines.js';
import { PeerView } from './peer-view.js';
import { type Recording, readRecording } from './recording.js';

/** How the debugger is opened. */
export interface DebuggerOptions {
  readonly port: number;
  readonly isJson: boolean;
  /** Where all that is shown is written to. */
  readonly record?: string | undefined;
}

/**
 * Opens the debugger and says where.
 *
 * @throws (rejects) UsageError where `record` cannot be written
 */
export async function openDebugger(options: DebuggerOptions, io: Io): Promise<Inspector> {
  const recording = options.record === undefined ? undefined : new LineFile(options.record, HEADER, io);
  const inspector = await openInspector({ port: options.port });
  if (recording !== undefined) recordEntries(inspector, recording);
  const { url } = inspector;
  io.stdout(options.isJson ? jsonLine({ debugger: url }) : `the debugger is at ${url}\n`);
  return inspector;
}

const FORMAT = 'socket-protocol debugger';
const HEADER = `${JSON.stringify({ recording: FORMAT, version: 1 })}\n`;

/** Writes all that the debugger shows to a file, which {@link replayEntries} reads. */
function recordEntries(inspector: Inspector, file: LineFile): void {
  inspector.hub.watch({
    take: (entry) => {
      file.append(`${JSON.stringify(entry)}\n`);
      return true;
    },
    leftOut: () => {},
  });
}

/**
 * Reads what {@link recordEntries} wrote.
 *
 * @returns null where the text is another kind of recording
 * @throws Error that names a line which is none, or that the recording is cut off
 */
export function readEntries(text: string): InspectorEntry[] | null {
  const [header = '', ...lines] = text.split('\n');
  if (!header.includes(JSON.stringify(FORMAT))) return null;
  if (lines.pop() !== '') throw new Error('expected a line break at the end of the recording: it is cut off');
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as InspectorEntry;
    } catch {
      throw new Error(`line ${index + 2} of the recording: expected an entry of the debugger, got no JSON`);
    }
  });
}

/** Connects to a peer and shows the session, until the person wants to stop. */
export async function inspectPeer(
  inspector: Inspector,
  address: Address,
  options: SessionOptions,
  io: Io,
): Promise<void> {
  const session = new Session(new TcpClientStp(address), {
    ...options,
    ...inspector.watch('session'),
    autoAuth: options.secret !== undefined && options.secret !== null,
  });
  await interrupted(io);
  await session.close();
}

/** A recording of either kind, ready to be shown. */
export type Shown = { readonly entries: InspectorEntry[] } | { readonly recording: Recording };

/** Reads a recording of either kind; throws as {@link readEntries} and `readRecording` do. */
export function readShown(text: string, codec: Codec): Shown {
  const entries = readEntries(text);
  return entries === null ? { recording: readRecording(text, codec) } : { entries };
}

/** Shows a recording, until the person wants to stop. */
export async function inspectRecording(inspector: Inspector, shown: Shown, io: Io): Promise<void> {
  if ('entries' in shown) {
    for (const entry of shown.entries) inspector.hub.add(entry);
    return interrupted(io);
  }
  const group = 'recording';
  const view = new PeerView(inspector.watchAs(group).inspect);
  for (const { from, item } of shown.recording.items) {
    inspector.hub.add(entryOf(group, from, item));
    if (item.kind === 'message') view.passed(from, item.message);
  }
  await interrupted(io);
  view.stop();
}

function interrupted(io: Io): Promise<void> {
  return new Promise((resolve) => {
    if (io.interrupted.aborted) resolve();
    io.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}
