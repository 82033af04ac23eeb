/**
 * A session under test, with the test at the other end of its link: it says what it likes, hears every message, and
 * owns the time. What the link is made of, the subclass says: memory, a socket, or nothing but a buffer.
 */

import {
  type CommInstance,
  createMemoryPair,
  DID_AUTH_SEED,
  deriveKey,
  type JsonValue,
  type MemoryComm,
  Message,
  type Role,
  Session,
  type SessionOptions,
  SID_AUTH_RESPONSE,
} from '../../src/index.js';
import { type SessionInternals, withInternals } from '../../src/session/internals.js';
import { type Codec, encodeStp, pureJson } from '../../src/wire/index.js';
import { type Tuple, tupleOf } from './bytes.js';
import { VirtualClock } from './virtual-clock.js';

/** A link: the session has one end of it, and the test the other. */
export interface Link {
  /** The session's end. */
  readonly transport: CommInstance;
  /** Puts bytes on the stream at the test's end. */
  write(bytes: Buffer): void;
  /** Says who gets each payload that the session sends. */
  listen(hear: (payload: Buffer) => void): void;
}

/** What the session is made with besides its link. */
export interface PuppetOptions {
  readonly session?: SessionOptions;
  readonly internals?: SessionInternals;
}

/** A message that the session sent, and when. */
export type Heard = Message<JsonValue> & { readonly atMs: number };

/** A session under test whose peer is the test. */
export class Puppet {
  readonly clock: VirtualClock;
  readonly session: Session;
  readonly #link: Link;
  /** Payloads that nobody has looked at: a test may count who decodes what meanwhile. */
  #unread: { readonly payload: Buffer; readonly atMs: number }[] = [];
  readonly #heard: Heard[] = [];
  readonly #seeds: string[] = [];
  readonly #codec: Codec;
  readonly #secret: Buffer;

  constructor(clock: VirtualClock, link: Link, { session = {}, internals }: PuppetOptions) {
    this.clock = clock;
    this.#link = link;
    this.#codec = session.codec ?? pureJson;
    this.#secret = Buffer.from(session.secret ?? '');
    link.listen((payload) => void this.#unread.push({ payload: Buffer.from(payload), atMs: clock.now() }));
    const options = { clock, ...session };
    this.session = new Session(
      link.transport,
      internals === undefined ? options : withInternals(options, internals),
    );
  }

  // ── what the puppet says ──

  write(bytes: Buffer): void {
    this.#link.write(bytes);
  }

  say(serviceId: number, dataId: number, data: unknown = null, status = 0): void {
    this.write(encodeStp(this.#payloadOf(serviceId, dataId, data, status)));
  }

  /** Says something in which one bit is wrong. */
  saySpoiled(serviceId: number, dataId: number, data: unknown = null): void {
    const payload = this.#payloadOf(serviceId, dataId, data, 0);
    payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
    this.write(encodeStp(payload));
  }

  #payloadOf(serviceId: number, dataId: number, data: unknown, status: number): Buffer {
    return this.#codec.encode(new Message({ serviceId, dataId, data, status }));
  }

  /** Says something; returns what the session says at once. */
  ask(serviceId: number, dataId: number, data: unknown = null, status = 0): Tuple[] {
    const before = this.heard.length;
    this.say(serviceId, dataId, data, status);
    this.clock.advance(0);
    return this.heard.slice(before).map(tupleOf);
  }

  /** The same, once every promise that needs no time has settled. */
  async says(serviceId: number, dataId: number, data: unknown = null, status = 0): Promise<Tuple[]> {
    const before = this.heard.length;
    this.say(serviceId, dataId, data, status);
    await this.settle();
    return this.heard.slice(before).map(tupleOf);
  }

  // ── what the puppet hears ──

  /** What the session has said, oldest first; emptying the list forgets it. */
  get heard(): Heard[] {
    this.#readAll();
    return this.#heard;
  }

  /** The seeds that the session, a server, has sent, oldest first. */
  get seeds(): readonly string[] {
    this.#readAll();
    return this.#seeds;
  }

  #readAll(): void {
    const unread = this.#unread;
    this.#unread = [];
    for (const { payload, atMs } of unread) this.#read(Object.assign(this.#codec.decode(payload), { atMs }));
  }

  #read(message: Heard): void {
    const { serviceId, dataId, data } = message;
    this.#heard.push(message);
    if (serviceId === SID_AUTH_RESPONSE && dataId === DID_AUTH_SEED && typeof data === 'string')
      this.#seeds.push(data);
  }

  /** Lets time pass; returns what the session says meanwhile. */
  pass(ms: number): Tuple[] {
    const before = this.heard.length;
    this.clock.advance(ms);
    this.clock.advance(0);
    return this.heard.slice(before).map(tupleOf);
  }

  /** Lets everything happen that needs no time, promises included. */
  settle(): Promise<void> {
    return this.clock.advanceAsync(0);
  }

  /** What the session has said since this was asked last. */
  takeHeard(): Heard[] {
    return this.heard.splice(0);
  }

  /** The key that is right for a seed. */
  keyFor(seed: string): string {
    return deriveKey(seed, this.#secret);
  }

  /** The number of the state of the session's authentication. */
  get state(): number {
    return this.session.authenticationState;
  }

  /** Closes the session; returns how many timers are left, which must be none. */
  async close(): Promise<number> {
    const closing = this.session.close();
    await this.settle();
    await closing;
    return this.clock.pending;
  }
}

/** A puppet on one end of a memory pair. */
export class MemoryPuppet extends Puppet {
  readonly role: Role;
  /** The puppet's end of the pair. */
  readonly comm: MemoryComm;
  /** The session's end of the pair. */
  readonly nearComm: MemoryComm;

  /** @param role of the session; the puppet has the other */
  constructor(role: Role, options: PuppetOptions = {}) {
    const clock = new VirtualClock();
    const { client, server } = createMemoryPair({ clock });
    const [near, far] = role === 'server' ? [server, client] : [client, server];
    super(clock, memoryLink(near, far), options);
    this.role = role;
    this.comm = far;
    this.nearComm = near;
  }

  /** Ends the link if there is one, and opens another. */
  connect(): void {
    if (this.comm.isConnected()) this.comm.cut();
    this.comm.refusesConnections = false;
    if (this.role === 'server') this.comm.reconnect();
    else this.session.reconnect();
    this.clock.advance(0);
  }

  /** Breaks the link; a client tries to reconnect in vain. */
  disconnect(): void {
    this.comm.refusesConnections = true;
    this.comm.cut();
  }
}

/** A link of two ends that are joined in memory. */
export function memoryLink(near: MemoryComm, far: MemoryComm): Link {
  return {
    transport: near,
    write: (bytes) => far.sendRaw(bytes),
    listen: (hear) => far.registerCallback(hear),
  };
}
