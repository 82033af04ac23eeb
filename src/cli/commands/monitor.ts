/** `monitor`: stays connected and prints every message and event. */

import type { Command } from 'commander';
import { Session } from '../../session/session.js';
import { TcpClientStp } from '../../transport/tcp-client.js';
import { learnContract, Naming } from '../contract/entries.js';
import { contractOf } from '../contract/option.js';
import { errorFields, reasonFields } from '../errors.js';
import type { Io } from '../io.js';
import { type Fields, print, timeOfDay } from '../output.js';
import { paint, type Style } from '../paint.js';
import { isTrouble, objectOf, textOf } from '../recording/item-text.js';
import { examples } from './common.js';
import { holdSessions } from './ending.js';
import { clientLink, lastingSessionOptions, type PeerOptions, peerCommand } from './peer.js';

/** Adds the command to the program. */
export function add(program: Command, io: Io): void {
  peerCommand(program, 'monitor', 'stay connected, and print every message and event as it comes')
    .addHelpText('after', examples('monitor 127.0.0.1:17017', 'monitor 127.0.0.1:17017 --json | jq .data'))
    .action(async (address, options: PeerOptions) => {
      const settings = { ...lastingSessionOptions(options, io), bufferUnhandled: false };
      const contract = await contractOf(options);
      const transport = new TcpClientStp(clientLink(address, options, settings.secret, io));
      const session = new Session(transport, settings);
      if (contract !== undefined) learnContract(session, contract);
      new EventPrinter(options.json ?? false, new Naming(contract), io).follow(session, transport.address);
      // a session that cannot go on closes itself
      const closed = new Promise<void>((resolve) => session.once('closed', () => resolve()));
      await holdSessions(io, options.json ?? false, session, closed);
    });
}

/** Prints what happens in a session. */
class EventPrinter {
  readonly #isJson: boolean;
  readonly #naming: Naming;
  readonly #io: Io;

  constructor(isJson: boolean, naming: Naming, io: Io) {
    this.#isJson = isJson;
    this.#naming = naming;
    this.#io = io;
  }

  follow(session: Session, address: string): void {
    session.on('message', (message) => {
      const item = { kind: 'message', message, payload: Buffer.alloc(0) } as const;
      this.#print(
        isTrouble(item) ? 'trouble' : 'received',
        textOf(item, this.#naming),
        objectOf(item, this.#naming),
      );
    });
    session.on('connected', () => this.#event('connected', { detail: address }));
    session.on('disconnected', (reason) => this.#trouble('disconnected', reasonFields(reason)));
    session.on('connectFailed', (error) => {
      const { error: detail, ...codes } = errorFields(error);
      this.#trouble('not connected', { detail: String(detail), ...codes });
    });
    session.on('trusted', () => this.#event('trusted', {}));
    session.on('authenticationFailed', (reason) =>
      this.#trouble('authentication failed', reasonFields(reason)),
    );
    session.on('channelName', (name) => this.#event('channel name', { detail: name }));
    session.on('dropped', ({ reason, detail }) => {
      // it was printed as a message, and nobody here waits for any
      if (reason !== 'unsolicited') this.#trouble('dropped', { detail, reason });
    });
  }

  #event(event: string, fields: EventFields): void {
    this.#printEvent('event', event, fields);
  }

  #trouble(event: string, fields: EventFields): void {
    this.#printEvent('trouble', event, fields);
  }

  #printEvent(style: Style, event: string, fields: EventFields): void {
    const { detail } = fields;
    this.#print(style, detail === undefined ? event : `${event}: ${detail}`, { event, ...fields });
  }

  #print(style: Style, text: string, fields: Fields): void {
    print(
      this.#io,
      this.#isJson,
      { time: new Date().toISOString(), ...fields },
      `${paint(this.#io, 'quiet', timeOfDay())} ${paint(this.#io, style, text)}`,
    );
  }
}

/** More about an event: a text for people, codes for programs. */
interface EventFields extends Fields {
  readonly detail?: string;
}
