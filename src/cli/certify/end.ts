/** Our end of a connection: what it does by itself, while the steps of rules say the rest. */

import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  SID_AUTH_REQUEST,
  SID_CHANNEL_NAME_REQUEST,
  SID_EXECUTE_REQUEST,
  SID_READ_REQUEST,
  SID_WRITE_REQUEST,
  STATUS_SERVICE_OR_DATA_UNKNOWN,
} from '../../protocol/ids.js';
import { Message } from '../../protocol/message.js';
import { answers, type LinkRecord, messages, pongs } from './record.js';
import { freshSeed, PING_OF_SERVERS } from './say.js';

/** Our end of each connection of a run. */
export interface End {
  /** How long the peer may take to come, in milliseconds; null: it is we who connect. */
  readonly waitMs: number | null;
  /** What we say first; null: nothing. */
  readonly greeting: Message<unknown> | null;
  /**
   * Whether the peer has done what comes before anything else.
   *
   * @param came on this connection, after our greeting if there is one
   * @param isStranger whether we do not authenticate it
   */
  isGreeted(came: LinkRecord, isStranger: boolean): boolean;
  /** What it has not done where it is not: `did …`, and `did not …`. */
  readonly greets: readonly [did: string, infinitive: string];
  /** What we answer by ourselves; null: nothing. */
  answerTo(message: Message, isStranger: boolean): Message<unknown> | null;
}

/**
 * We connect to a peer that listens, and ask for its channel name.
 *
 * @param channel our name, which the peer may keep; null: none
 */
export function clientEnd(channel: string | null): End {
  return {
    waitMs: null,
    greeting: new Message({ serviceId: SID_CHANNEL_NAME_REQUEST, dataId: DID_CHANNEL_NAME, data: channel }),
    isGreeted: (came) => pongs(came, PING_OF_SERVERS).length > 0,
    greets: ['answered the request for its channel name', 'answer the request for its channel name'],
    answerTo: () => null,
  };
}

/** How we play the server. */
export interface ServerEndOptions {
  /** What a peer without a name is called; null: nothing. */
  readonly channel: string | null;
  /** Whether the peer asks for a seed on each connection. */
  readonly isGuarded: boolean;
  readonly waitMs: number;
}

/** The services that every session has, besides those of the protocol itself. */
const REQUESTS: ReadonlySet<number> = new Set([SID_READ_REQUEST, SID_WRITE_REQUEST, SID_EXECUTE_REQUEST]);

/** We wait for a peer that connects, and are a server that takes any key and has no data. */
export function serverEnd({ channel, isGuarded, waitMs }: ServerEndOptions): End {
  const answerTo = ({ serviceId, dataId, data }: Message, isStranger: boolean): Message<unknown> | null => {
    const answer = (value: string | boolean | null, status?: number): Message<unknown> =>
      new Message({
        serviceId: serviceId + 1,
        dataId,
        data: value,
        ...(status === undefined ? {} : { status }),
      });
    if (serviceId === SID_CHANNEL_NAME_REQUEST && dataId === DID_CHANNEL_NAME)
      return answer(data === null ? channel : null);
    if (serviceId === SID_AUTH_REQUEST && !isStranger)
      return dataId === DID_AUTH_SEED ? answer(freshSeed()) : dataId === DID_AUTH_KEY ? answer(true) : null;
    return REQUESTS.has(serviceId) ? answer(null, STATUS_SERVICE_OR_DATA_UNKNOWN) : null;
  };
  return {
    waitMs,
    greeting: null,
    isGreeted: (came, isStranger) =>
      isGuarded && !isStranger
        ? answers(came, SID_AUTH_REQUEST, DID_AUTH_KEY).length > 0
        : messages(came).length > 0,
    greets: isGuarded ? ['authenticated', 'authenticate'] : ['said anything', 'say anything'],
    answerTo,
  };
}
