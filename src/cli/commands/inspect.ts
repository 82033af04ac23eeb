/** `inspect`: the live debugger, on a connection of its own or on a recording. */

import { type Debugger, forwardToStately, type NumberedEntry, openInspector } from '../../inspector/index.js';
import type { SessionOptions } from '../../session/options.js';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import type { Address } from '../arguments.js';
import { LineFile } from '../files.js';
import { type Io, untilInterrupted } from '../io.js';
import {
  DEBUGGER_RECORDING_HEADER,
  readDebuggerRecording,
  recordDebugger,
} from '../recording/debugger-recording.js';
import { entryOf } from '../recording/item-entries.js';
import { jsonLine } from '../recording/item-lines.js';
import { PeerView } from '../recording/peer-view.js';
import { type Recording, readRecording } from '../recording/recording.js';

/** A recording is shown as a whole, up to this many entries. */
const MAX_REPLAYED = 200_000;

/** How the debugger is opened. */
export interface DebuggerOptions {
  readonly port: number;
  readonly isJson: boolean;
  /** Where all that is shown is written to. */
  readonly record?: string | undefined;
  /** The time of what is shown, in milliseconds; now unless given. */
  readonly now?: (() => number) | undefined;
  readonly maxHistory?: number | undefined;
  readonly title?: string | undefined;
  /** The server of Stately's inspector that is sent all as well; true: where it is by itself. */
  readonly stately?: string | true | undefined;
}

/**
 * Opens the debugger and says where.
 *
 * @throws (rejects) UsageError where `record` cannot be written, ListenError where the port is taken, as `forwardToStately`
 */
export async function openDebugger(options: DebuggerOptions, io: Io): Promise<Debugger> {
  const { isJson, record, stately, ...shown } = options;
  const recording = record === undefined ? undefined : new LineFile(record, DEBUGGER_RECORDING_HEADER, io);
  const opened = await openInspector(shown);
  const inspector =
    stately === undefined ? opened : await alsoSent(opened, stately === true ? undefined : stately);
  recording?.begin();
  if (recording !== undefined) recordDebugger(inspector, recording);
  const { url } = inspector;
  io.stdout(isJson ? jsonLine({ debugger: url }) : `the debugger is at ${url}\n`);
  return inspector;
}

/** The same debugger; until it is closed, Stately's inspector gets everything too. */
async function alsoSent(inspector: Debugger, url: string | undefined): Promise<Debugger> {
  try {
    const forwarding = await forwardToStately(inspector.hub, { url });
    const close = (): Promise<void> => {
      forwarding.close();
      return inspector.close();
    };
    return { ...inspector, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await inspector.close();
    throw error;
  }
}

/** Connects to a peer and shows the session, until the person wants to stop. */
export async function inspectPeer(
  inspector: Debugger,
  address: Address,
  options: SessionOptions,
  io: Io,
): Promise<void> {
  const session = new Session(new TcpClientStp(address), {
    ...options,
    ...inspector.watch('session'),
    autoAuth: options.secret !== undefined && options.secret !== null,
  });
  await untilInterrupted(io);
  await session.close();
}

/** A recording of either kind, ready to be shown. */
export type Shown = { readonly entries: readonly NumberedEntry[] } | { readonly recording: Recording };

/** Reads a recording of either kind; throws as `readDebuggerRecording` and `readRecording` do. */
export function readShown(text: string): Shown {
  const entries = readDebuggerRecording(text);
  return entries === null ? { recording: readRecording(text) } : { entries };
}

/** Shows a recording, until the person wants to stop. */
export async function inspectRecording(shown: Shown, options: DebuggerOptions, io: Io): Promise<void> {
  let nowMs = 0;
  await using inspector = await openDebugger({ ...options, now: () => nowMs, maxHistory: MAX_REPLAYED }, io);
  if ('entries' in shown) {
    for (const entry of shown.entries) inspector.hub.add(entry);
    await untilInterrupted(io);
    return;
  }
  const views = new Map<number, PeerView>();
  const { codec, items } = shown.recording;
  for (const { atMs, from, connection, item } of items) {
    nowMs = atMs;
    const group = `connection ${connection}`;
    let view = views.get(connection);
    if (view === undefined) views.set(connection, (view = new PeerView(inspector.watchAs(group).inspect)));
    inspector.hub.add(entryOf(group, from, codec.name, item));
    if (item.kind === 'message') view.passed(from, item.message);
  }
  await untilInterrupted(io);
  for (const view of views.values()) view.stop();
}
