/** `inspect`: the live debugger, on a connection of its own or on a recording. */

import { type Inspector, openInspector } from '../inspector/index.js';
import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { TcpClientStp } from '../transport/tcp-client.js';
import type { Address } from './arguments.js';
import type { Io } from './io.js';
import { entryOf, jsonLine } from './item-lines.js';
import { PeerView } from './peer-view.js';
import type { Recording } from './recording.js';

/** Opens the debugger and says where. */
export async function openDebugger(port: number, isJson: boolean, io: Io): Promise<Inspector> {
  const inspector = await openInspector({ port });
  io.stdout(isJson ? jsonLine({ debugger: inspector.url }) : `the debugger is at ${inspector.url}\n`);
  return inspector;
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

/** Shows a recording, until the person wants to stop. */
export async function inspectRecording(inspector: Inspector, recording: Recording, io: Io): Promise<void> {
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
