/** `monitor`: stays connected and prints what comes. */

import type { SessionOptions } from '../../session/options.js';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import type { Address } from '../arguments.js';
import { type Io, untilInterrupted } from '../io.js';
import { paint, type Style } from '../paint.js';
import { isTrouble, jsonLine, lineOf, objectOf, timeOfDay } from '../recording/item-lines.js';

/**
 * Runs until the person wants to stop, through lost connections and failed attempts.
 *
 * @param address whom to connect to
 * @param options how the session behaves
 * @param isJson whether lines of JSON are printed
 * @param io where they go
 */
export async function monitor(
  address: Address,
  options: SessionOptions,
  isJson: boolean,
  io: Io,
): Promise<void> {
  const transport = new TcpClientStp(address);
  await using session = new Session(transport, {
    ...options,
    autoAuth: options.secret !== undefined && options.secret !== null,
    bufferUnhandled: false,
  });
  printAll(session, transport.address, isJson, io);
  // a session that cannot go on closes itself
  const closed = new Promise<void>((resolve) => session.once('closed', () => resolve()));
  await Promise.race([untilInterrupted(io), closed]);
}

function printAll(session: Session, address: string, isJson: boolean, io: Io): void {
  const print = (style: Style, text: string, fields: Readonly<Record<string, unknown>>): void =>
    io.stdout(
      isJson
        ? jsonLine({ time: new Date().toISOString(), ...fields })
        : `${paint(io, 'quiet', timeOfDay())} ${paint(io, style, text)}\n`,
    );
  const event = (style: Style, name: string, detail?: string): void =>
    detail === undefined
      ? print(style, name, { event: name })
      : print(style, `${name}: ${detail}`, { event: name, detail });

  session.on('message', (message) => {
    const item = { kind: 'message', message, payload: Buffer.alloc(0) } as const;
    print(isTrouble(item) ? 'trouble' : 'received', lineOf(item), objectOf(item));
  });
  session.on('connected', () => event('event', 'connected', address));
  session.on('disconnected', (reason) => event('trouble', 'disconnected', reason));
  session.on('connectFailed', (error) => event('trouble', 'not connected', error.message));
  session.on('trusted', () => event('event', 'trusted'));
  session.on('authenticationFailed', (reason) => event('trouble', 'authentication failed', reason));
  session.on('channelName', (name) => event('event', 'channel name', name));
  session.on('dropped', ({ reason, detail }) => {
    if (reason !== 'unsolicited') event('trouble', `dropped (${reason})`, detail);
  });
}
