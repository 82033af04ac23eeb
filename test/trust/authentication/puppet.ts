/** A real session whose peer is a puppet: it says what it is told to, whatever its role, and keeps what it hears. */

import {
  createMemoryPair,
  deriveKey,
  type MemoryComm,
  Message,
  Session,
  type SessionOptions,
} from '../../../src/index.js';
import { encodeStp, pureJson } from '../../../src/wire/index.js';
import { watch } from '../../support/pair.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { TableRole } from './cells.js';

export const SECRET = 'a secret of the table, long enough';
/** The data ids of the requests that the session answers; everybody may ask for the first. */
export const WHITELISTED_DID = 7;
export const OTHER_DID = 5;
export const RESULT = 'the result';
/** What the user of the session asks the puppet for. */
export const ASKED_DID = 3;

/** A message as the puppet heard it. */
export interface Heard {
  readonly atMs: number;
  readonly serviceId: number;
  readonly dataId: number;
  readonly status: number;
  readonly data: unknown;
}

/** A message, short. */
export type Said = readonly [serviceId: number, dataId: number, status: number, data: unknown];

/** What becomes of a call of `authenticate`. */
export type Authentication = ReturnType<typeof watch<boolean>>;

/** The session under test, and the other end of its link. */
export class Puppet {
  readonly clock = new VirtualClock();
  readonly role: TableRole;
  readonly session: Session;
  readonly comm: MemoryComm;
  readonly heard: Heard[] = [];
  /** The data ids of the requests whose callbacks ran. */
  readonly ran: number[] = [];
  /** The last call of `authenticate`. */
  authentication: Authentication | null = null;
  #seedsMade = 0;
  #lastSeed = '';

  /** @param role of the session; the puppet has the other */
  constructor(role: TableRole, options: SessionOptions = {}) {
    this.role = role;
    const pair = createMemoryPair({ clock: this.clock });
    this.comm = role === 'server' ? pair.client : pair.server;
    this.comm.registerCallback((payload) => this.#hear(pureJson.decode(payload)));
    const own = role === 'server' ? pair.server : pair.client;
    this.session = new Session(own, {
      clock: this.clock,
      secret: SECRET,
      channelName: 'session',
      ...options,
    });
    this.session.addMsgToAuthWhitelist(10, WHITELISTED_DID);
    this.session.registerCallback(10, null, ({ dataId }) => {
      this.ran.push(dataId);
      return [0, RESULT];
    });
    this.clock.advance(0);
  }

  #hear({ serviceId, dataId, status, data }: Message): void {
    this.heard.push({ atMs: this.clock.now(), serviceId, dataId, status, data });
    if (serviceId === 1 && dataId === 0 && typeof data === 'string') this.#lastSeed = data;
  }

  /** The last seed that the server of the two has sent. */
  get lastSeed(): string {
    return this.#lastSeed;
  }

  /** Ends the link that there is, if there is one, and begins another. */
  connect(): void {
    if (this.comm.isConnected()) this.comm.cut();
    this.comm.refusesConnections = false;
    if (this.role === 'server') this.comm.reconnect();
    else this.session.reconnect();
    this.clock.advance(0);
  }

  /** Breaks the link; a client will try to reconnect, in vain. */
  disconnect(): void {
    this.comm.refusesConnections = true;
    this.comm.cut();
  }

  say(serviceId: number, dataId: number, data: unknown = null, status = 0): void {
    this.comm.send(pureJson.encode(new Message({ serviceId, dataId, data, status })));
  }

  /** Says something, and hears what the session says at once. */
  ask(serviceId: number, dataId: number, data: unknown = null, status = 0): Said[] {
    const before = this.heard.length;
    this.say(serviceId, dataId, data, status);
    return this.#saidSince(before);
  }

  /** Lets time pass, and hears what the session says meanwhile. */
  pass(ms: number): Said[] {
    const before = this.heard.length;
    this.clock.advance(ms);
    return this.#saidSince(before);
  }

  #saidSince(index: number): Said[] {
    this.clock.advance(0);
    return this.heard
      .slice(index)
      .map(({ serviceId, dataId, status, data }) => [serviceId, dataId, status, data]);
  }

  /** Says something, one bit of which is not what it was. */
  saySpoiled(serviceId: number, dataId: number, data: unknown = null): void {
    const payload = pureJson.encode(new Message({ serviceId, dataId, data }));
    payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
    this.comm.sendRaw(encodeStp(payload));
  }

  /** Lets the session, a client, begin to authenticate. */
  authenticate(): void {
    this.authentication = watch(this.session.authenticate());
  }

  /** A seed that was never sent before. */
  makeSeed(): string {
    const seed = (++this.#seedsMade).toString(16).padStart(64, '0');
    // what a puppet sends to a server is no seed
    if (this.role === 'client') this.#lastSeed = seed;
    return seed;
  }

  /** The key that is right for the last seed. */
  rightKey(): string {
    return deriveKey(this.#lastSeed, Buffer.from(SECRET));
  }
}
