/** `serve --connect`: what serves connects to a server, as devices do, and answers what that asks. */

import { systemClock } from '../../base/clock.js';
import type { WatchOptions } from '../../inspector/index.js';
import { FailureFiles } from '../../recorder/failure-files.js';
import { withInternals } from '../../session/internals.js';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import type { Address } from '../address.js';
import type { Io } from '../io.js';
import { holdSessions } from './ending.js';
import { EventPrinter } from './link-events.js';
import { clientLink, lastingSessionOptions, type PeerOptions } from './peer.js';

/**
 * Connects, again and again where the connection is lost, and prints what becomes of that, until the person interrupts it.
 *
 * @param address where the server listens
 * @param serve registers what answers
 * @param watched makes the session visible in the debugger
 * @throws (rejects) UsageError for a secret or a certificate that cannot be read, CutShortError where something had to be cut
 */
export async function playDevice(
  address: Address,
  options: PeerOptions,
  serve: (session: Session) => void,
  io: Io,
  watched?: WatchOptions | undefined,
): Promise<void> {
  const isJson = options.json ?? false;
  const settings = lastingSessionOptions(options, io);
  const transport = new TcpClientStp(clientLink(address, options, settings.secret, io));
  const { recordFailures } = options;
  const failures = recordFailures === undefined ? null : new FailureFiles(recordFailures, systemClock);
  const session = new Session(transport, withInternals({ ...settings, ...watched }, { failures }));
  serve(session);
  new EventPrinter(isJson, io).follow(session, transport.address);
  // a session that cannot go on closes itself
  const closed = new Promise<void>((resolve) => session.once('closed', () => resolve()));
  await holdSessions(io, isJson, session, closed);
}
