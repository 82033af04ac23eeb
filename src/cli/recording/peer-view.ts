/**
 * Where two peers stand, as somebody sees it who only reads along: the authentication machine of each side, told what
 * passes between them.
 */

import { type ActorRefFrom, createActor, type InspectionEvent } from 'xstate';
import { authenticationMachine } from '../../../machines/index.js';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  STATUS_OKAY,
} from '../../protocol/ids.js';
import type { Message } from '../../protocol/message.js';
import type { Role } from '../../protocol/role.js';
import type { Side } from './stream-reader.js';

const nothing = (): void => {};

/** The machine with effects that are somebody else's. */
const watched = authenticationMachine.provide({
  actions: {
    'send the seed request': nothing,
    'send a fresh seed': nothing,
    'send the key': nothing,
    'answer that the key is right': nothing,
    'answer that the key is wrong': nothing,
    'forget the seed': nothing,
    'close the connection': nothing,
    'drop the unexpected message': nothing,
    'report trusted': nothing,
    'report distrusted': nothing,
    'report failed': nothing,
  },
});
/** As long as a timer can wait: time-outs are the peers' own. */
const FOREVER_MS = 0x7fff_ffff;

/** Both sides of one connection. */
export class PeerView {
  readonly #client: ActorRefFrom<typeof watched>;
  readonly #server: ActorRefFrom<typeof watched>;

  /** `inspect` is told of every step of both machines. */
  constructor(inspect?: (event: InspectionEvent) => void) {
    this.#client = start('client', inspect);
    this.#server = start('server', inspect);
  }

  /** The states of both, in the words of the machine. */
  get states(): { readonly client: string; readonly server: string } {
    return { client: this.#client.getSnapshot().value, server: this.#server.getSnapshot().value };
  }

  /** Takes note of a message. */
  passed(from: Side, { serviceId, dataId, status, data }: Message): void {
    if (from === 'client' && serviceId === SID_AUTH_REQUEST && dataId === DID_AUTH_SEED) {
      this.#client.send({ type: 'authentication.start', timeoutMs: FOREVER_MS });
      this.#server.send({ type: 'peer.seedRequested' });
    } else if (from === 'server' && serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED) {
      const isSeed = status === STATUS_OKAY && typeof data === 'string';
      this.#client.send({ type: isSeed ? 'peer.seedReceived' : 'peer.authenticationRefused' });
    } else if (from === 'server' && serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_KEY) {
      const isRight = status === STATUS_OKAY && data === true;
      this.#server.send({ type: isRight ? 'peer.keyAccepted' : 'peer.keyRejected' });
      this.#client.send({ type: isRight ? 'peer.trustGranted' : 'peer.trustDenied' });
    }
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
