/** `monitor`: stays connected and prints what comes. */

import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { TcpClientStp } from '../transport/tcp-client.js';
import type { Address } from './arguments.js';
import type { Io } from './io.js';
import { jsonLine, lineOf, objectOf, timeOfDay } from './item-lines.js';

/** Runs until the person wants to stop, through lost connections and failed attempts. */
export async function monitor(
  address: Address,
  options: SessionOptions,
  isJson: boolean,
  io: Io,
): Promise<void> {
  const transport = new TcpClientStp(address);
  const session = new Session(transport, {
    ...options,
    autoAuth: options.secret !== undefined && options.secret !== null,
    bufferUnhandled: false,
  });
  const print = (text: string, fields: Readonly<Record<string, unknown>>): void =>
    io.stdout(isJson ? jsonLine({ time: new Date().toISOString(), ...fields }) : `${timeOfDay()} ${text}\n`);
  const event = (name: string, detail = ''): void =>
    print(`${name}${detail === '' ? '' : `: ${detail}`}`, {
      event: name,
      ...(detail === '' ? {} : { detail }),
    });

  session.on('message', (message) => {
    const item = { kind: 'message', message, payload: Buffer.alloc(0) } as const;
    print(lineOf(item), objectOf(item));
  });
  session.on('connected', () => event('connected', transport.address));
  session.on('disconnected', (reason) => event('disconnected', reason));
  session.on('connectFailed', (error) => event('not connected', error.message));
  session.on('trusted', () => event('trusted'));
  session.on('authenticationFailed', (reason) => event('authentication failed', reason));
  session.on('channelName', (name) => event('channel name', name));
  session.on('dropped', ({ reason, detail }) => {
    if (reason !== 'unsolicited') event(`dropped (${reason})`, detail);
  });
  await new Promise<void>((resolve) => {
    if (io.interrupted.aborted) resolve();
    io.interrupted.addEventListener('abort', () => resolve(), { once: true });
    session.once('closed', () => resolve());
  });
  await session.close();
}
