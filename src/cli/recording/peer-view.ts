/**
 * Where two peers stand, as somebody sees it who only reads along: the authentication machine of each side, told what
 * passes between them.
 */

import { type ActorRefFrom, createActor, type InspectionEvent } from 'xstate';
import { authenticationMachine } from '../../../machines/index.js';
import { DID_AUTH_SEED, SID_AUTH_REQUEST } from '../../protocol/ids.js';
import type { Message } from '../../protocol/message.js';
import { authenticationStateOf, type Role } from '../../protocol/role.js';
import { authenticationEventOf, isAuthentication } from '../../session/handshake/peer-events.js';
import type { Side } from './stream-reader.js';

const nothing = (): void => {};

/** The machine with effects that are somebody else's. */
const watched = authenticationMachine.provide({
  actions: {
    'send the seed request': nothing,
    'send a fresh seed': nothing,
    'send the key': nothing,
    'answer that the key is right': nothing,
    'answer, after a penalty, that the key is wrong': nothing,
    'forget the seed': nothing,
    'drop the unexpected message': nothing,
    'report trusted': nothing,
    'report distrusted': nothing,
    'report failed': nothing,
    'report a limit exceeded': nothing,
  },
});
/** As long as a timer can wait: time-outs are the peers' own. */
const FOREVER_MS = 0x7fff_ffff;

/** Both sides of one connection. */
export class PeerView {
  readonly #client: ActorRefFrom<typeof watched>;
  readonly #server: ActorRefFrom<typeof watched>;

  /** @param inspect gets every step of both machines */
  constructor(inspect?: (event: InspectionEvent) => void) {
    this.#client = start('client', inspect);
    this.#server = start('server', inspect);
  }

  /** The states of both, in the words of the machine. */
  get states(): { readonly client: string; readonly server: string } {
    return {
      client: authenticationStateOf(this.#client.getSnapshot().value),
      server: authenticationStateOf(this.#server.getSnapshot().value),
    };
  }

  /** Takes note of a message. */
  passed(from: Side, message: Message): void {
    if (!isAuthentication(message)) return;
    const isRequest = message.serviceId === SID_AUTH_REQUEST;
    if (isRequest !== (from === 'client')) return;
    const isSeed = message.dataId === DID_AUTH_SEED;
    if (isRequest) {
      // whether the key in a request fits is known by the answer to it
      if (!isSeed) return;
      this.#client.send({ type: 'authentication.start', timeoutMs: FOREVER_MS });
      this.#server.send({ type: 'peer.seedRequested' });
      return;
    }
    const event = authenticationEventOf(message, (data) => typeof data === 'string');
    if (!isSeed)
      this.#server.send({
        type: event.type === 'peer.trustGranted' ? 'peer.keyAccepted' : 'peer.keyRejected',
      });
    this.#client.send(event);
  }

  /** The connection is over. */
  stop(): void {
    this.#client.stop();
    this.#server.stop();
  }
}

function start(role: Role, inspect?: (event: InspectionEvent) => void): ActorRefFrom<typeof watched> {
  const input = { role, maxSeedRequests: Number.MAX_SAFE_INTEGER, seedLifetimeMs: FOREVER_MS };
  const id = `${role} authentication`;
  return createActor(watched, { id, input, ...(inspect === undefined ? {} : { inspect }) }).start();
}
