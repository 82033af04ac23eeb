/** `inspect`: the live debugger, on a connection of its own or on a recording. */

import { appendFileSync, writeFileSync } from 'node:fs';
import { type Inspector, type InspectorEntry, openInspector } from '../inspector/index.js';
import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { TcpClientStp } from '../transport/tcp-client.js';
import { type Address, UsageError } from './arguments.js';
import type { Io } from './io.js';
import { entryOf, jsonLine } from './item-lines.js';
import { PeerView } from './peer-view.js';
import type { Recording } from './recording.js';

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
  if (options.record !== undefined) beginRecording(options.record);
  const inspector = await openInspector({ port: options.port });
  if (options.record !== undefined) recordEntries(inspector, options.record);
  const { url } = inspector;
  io.stdout(options.isJson ? jsonLine({ debugger: url }) : `the debugger is at ${url}\n`);
  return inspector;
}

const FORMAT = 'socket-protocol debugger';

function beginRecording(file: string): void {
  try {
    writeFileSync(file, `${JSON.stringify({ recording: FORMAT, version: 1 })}\n`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'it cannot be written';
    throw new UsageError(`expected a file to write after --record, got ${JSON.stringify(file)}: ${code}`);
  }
}

/** Writes all that the debugger shows to a file, which {@link replayEntries} reads. */
function recordEntries(inspector: Inspector, file: string): void {
  inspector.hub.watch({
    take: (entry) => {
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
      return true;
    },
    leftOut: () => {},
  });
}

/**
 * Shows what {@link recordEntries} wrote.
 *
 * @returns false where the file is another kind of recording
 * @throws Error that names a line which is none, or that the recording is cut off
 */
export function replayEntries(inspector: Inspector, text: string): boolean {
  const [header = '', ...lines] = text.split('\n');
  if (!header.includes(JSON.stringify(FORMAT))) return false;
  if (lines.pop() !== '') throw new Error('expected a line break at the end of the recording: it is cut off');
  for (const [index, line] of lines.entries()) {
    let entry: InspectorEntry & { ms?: unknown; number?: unknown };
    try {
      entry = JSON.parse(line);
    } catch {
      throw new Error(`line ${index + 2} of the recording: expected an entry of the debugger, got no JSON`);
    }
    inspector.hub.add(entry);
  }
  return true;
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

/** Shows a recording, of either kind, until the person wants to stop. */
export async function inspectRecording(
  inspector: Inspector,
  text: string,
  recordingOf: () => Recording,
  io: Io,
): Promise<void> {
  if (replayEntries(inspector, text)) return interrupted(io);
  const recording = recordingOf();
  const group = 'recording';
  const view = new PeerView(inspector.watchAs(group).inspect);
  for (const { from, item } of recording.items) {
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
