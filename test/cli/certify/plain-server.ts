/**
 * A server in plain code, which shares nothing with the library, for peers with one fault each: `certify` has to find it. Its
 * connections are in this process, and as fast as it likes.
 */

import { createHash } from 'node:crypto';
import type { LinkHandlers, OpenLink } from '../../../src/cli/certify/link.js';
import { rawPeer } from '../../support/raw-peer.js';
import {
  damaged,
  type Fields,
  FrameReader,
  fieldsIn,
  framed,
  isSound,
  payloadOf,
  textOf,
  withoutNan,
  withPlainTimes,
} from './plain-frames.js';

/** One thing that a server does wrong. */
export type Fault =
  | 'accepts a key without a seed'
  | 'accepts any key for a seed'
  | 'answers before trust'
  | 'answers equal ids out of order'
  | 'answers responses'
  | 'answers with another data id'
  | 'believes any checksum'
  | 'breaks at deep data'
  | 'answers a key with 1'
  | 'damages every tenth checksum'
  | 'does not escape colons in data'
  | 'escapes nothing'
  | 'hangs up at a frame that is cut'
  | 'hangs up at nonsense'
  | 'has another name each time'
  | 'ignores frames over 64 KiB'
  | 'is moved by an answer to a key'
  | 'keeps a seed for the next connection'
  | 'keeps trust for the next connection'
  | 'knows all data'
  | 'loses every 50th answer'
  | 'prints to the line'
  | 'reads one frame of a segment'
  | 'refuses NaN'
  | 'sends a damaged frame'
  | 'sends data with a refusal'
  | 'sends one seed again and again'
  | 'takes a key twice'
  | 'trusts an old seed'
  | 'wants the fields in the order of the original';

const ORDER = /^\s*\{\s*"data_id"/;

/** One server; it takes one connection at a time. */
export class PlainServer {
  readonly #secret: string | null;
  readonly #fault: Fault | null;
  readonly #store = new Map<number, unknown>([[0, 'Sun Feb  2 00:00:44 2025']]);
  #seeds = 0;
  #names = 0;
  #answers = 0;
  #keptSeed: string | null = null;
  #isTrustKept = false;
  isBroken = false;
  /** How many connections there were. */
  connections = 0;
  /** What was asked, as `service data`. */
  readonly asked: string[] = [];
  /** How many keys were refused. */
  refused = 0;

  constructor(secret: string | null, fault: Fault | null = null) {
    this.#secret = secret;
    this.#fault = fault;
  }

  has(fault: Fault): boolean {
    return this.#fault === fault;
  }

  readonly open: OpenLink = (handlers) => {
    if (this.isBroken) {
      queueMicrotask(() => handlers.closed(new Error('connection refused')));
      return { write: () => {}, end: () => {}, destroy: () => {} };
    }
    this.connections++;
    const connection = new Connection(this, handlers);
    queueMicrotask(() => connection.opened());
    return {
      write: (bytes) => {
        const copy = Buffer.from(bytes);
        queueMicrotask(() => connection.received(copy));
      },
      end: () => queueMicrotask(() => connection.hangUp()),
      destroy: () => connection.destroy(),
    };
  };

  get secret(): string | null {
    return this.#secret;
  }

  makeSeed(): string {
    const number = this.has('sends one seed again and again') ? 1 : ++this.#seeds;
    return createHash('sha256').update(`seed ${number}`).digest('hex');
  }

  makeName(): string | null {
    return this.has('has another name each time') ? `name ${++this.#names}` : null;
  }

  read(dataId: number): readonly [number, unknown] {
    if (this.#store.has(dataId)) return [0, this.#store.get(dataId)];
    return this.has('knows all data') ? [0, 'nothing'] : [4, null];
  }

  write(dataId: number, data: unknown): readonly [number, unknown] {
    this.#store.set(dataId, data);
    return [0, null];
  }

  /** The number of an answer, on all connections. */
  countAnswer(): number {
    return ++this.#answers;
  }

  get keptSeed(): string | null {
    return this.has('keeps a seed for the next connection') ? this.#keptSeed : null;
  }

  get isTrustKept(): boolean {
    return this.has('keeps trust for the next connection') && this.#isTrustKept;
  }

  keep(seed: string | null, isTrusted: boolean): void {
    this.#keptSeed = seed;
    this.#isTrustKept ||= isTrusted;
  }
}

class Connection {
  readonly #server: PlainServer;
  readonly #handlers: LinkHandlers;
  readonly #oldSeeds: string[] = [];
  #seed: string | null;
  #isTrusted: boolean;
  #isClosed = false;
  #answers = 0;
  readonly #reader = new FrameReader();

  constructor(server: PlainServer, handlers: LinkHandlers) {
    this.#server = server;
    this.#handlers = handlers;
    this.#seed = server.keptSeed;
    this.#isTrusted = server.secret === null || server.isTrustKept;
  }

  opened(): void {
    this.#handlers.opened();
    if (this.#server.has('prints to the line')) this.#write(Buffer.from('boot v1.2 ok\r\n'));
    if (this.#server.has('sends a damaged frame')) this.#write(framed(Buffer.from('{}1234')));
  }

  received(bytes: Buffer): void {
    let frames = 0;
    const replies: Fields[] = [];
    for (const byte of bytes) {
      const payload = this.#reader.take(byte);
      if (payload === null || (++frames > 1 && this.#server.has('reads one frame of a segment'))) continue;
      const reply = this.#replyTo(payload);
      if (reply !== null) replies.push(reply);
      if (this.#isClosed) break;
    }
    if (this.#server.has('answers equal ids out of order') && replies[0]?.service_id === 31)
      replies.reverse();
    for (const reply of replies) this.#send(reply);
    if (this.#reader.isInFrame && this.#server.has('hangs up at a frame that is cut')) this.hangUp();
  }

  #replyTo(payload: Buffer): Fields | null {
    if (payload.length > 0x10000 && this.#server.has('ignores frames over 64 KiB')) return null;
    const fields = this.#parse(payload);
    if (fields === null) return null;
    this.#server.asked.push(`${fields.service_id} ${fields.data_id}`);
    const { service_id: serviceId, data_id: dataId } = fields;
    const reply = this.#answer(fields);
    if (reply === null) return null;
    const [status, data] = reply;
    const isOff = serviceId === 10 && this.#server.has('answers with another data id');
    return { status, service_id: serviceId + 1, data_id: isOff ? dataId + 1 : dataId, data };
  }

  #parse(payload: Buffer): Fields | null {
    if (!isSound(payload) && !this.#server.has('believes any checksum')) return null;
    const text = textOf(payload);
    if (this.#server.has('breaks at deep data') && text.includes('[[[[[[[[')) {
      this.#server.isBroken = true;
      this.hangUp();
      return null;
    }
    try {
      const json = text.toString();
      if (this.#server.has('wants the fields in the order of the original') && !ORDER.test(json)) return null;
      return fieldsIn(this.#server.has('refuses NaN') ? json : withoutNan(json));
    } catch (error) {
      if (error instanceof RangeError) throw error;
      if (this.#server.has('hangs up at nonsense')) this.hangUp();
      return null;
    }
  }

  #answer({ service_id: serviceId, data_id: dataId, data }: Fields): readonly [number, unknown] | null {
    if (serviceId === 0) return this.#authenticate(dataId, data);
    if (serviceId === 8) return [0, typeof data === 'string' ? null : this.#server.makeName()];
    if (serviceId === 1 && data === true && this.#server.has('is moved by an answer to a key'))
      this.#isTrusted = true;
    if (serviceId === 11 && this.#server.has('answers responses')) return [0, null];
    if (![10, 20, 30].includes(serviceId)) return null;
    if (!this.#isTrusted && !this.#server.has('answers before trust'))
      return [3, this.#server.has('sends data with a refusal') ? 'no' : null];
    if (serviceId === 10) return this.#server.read(dataId);
    return serviceId === 20 ? this.#server.write(dataId, data) : [0, data];
  }

  #authenticate(dataId: number, data: unknown): readonly [number, unknown] {
    const { secret } = this.#server;
    if (secret === null) return [4, null];
    if (dataId === 0) {
      if (this.#seed !== null) this.#oldSeeds.push(this.#seed);
      this.#seed = this.#server.makeSeed();
      this.#isTrusted = false;
      this.#server.keep(this.#seed, false);
      return [0, this.#seed];
    }
    const seeds = this.#seed === null ? [] : [this.#seed];
    if (this.#server.has('trusts an old seed')) seeds.push(...this.#oldSeeds);
    const isRight =
      seeds.some((seed) => createHash('sha512').update(seed).update(secret).digest('hex') === data) ||
      (seeds.length > 0 && this.#server.has('accepts any key for a seed')) ||
      (seeds.length === 0 && this.#server.has('accepts a key without a seed'));
    if (!this.#server.has('takes a key twice')) this.#seed = null;
    if (!isRight) this.#server.refused++;
    if (isRight) {
      this.#isTrusted = true;
      this.#server.keep(null, true);
    }
    return [0, isRight && this.#server.has('answers a key with 1') ? 1 : isRight];
  }

  #send(fields: Fields): void {
    const number = this.#server.countAnswer();
    if (++this.#answers % 50 === 0 && this.#server.has('loses every 50th answer')) return;
    const isDamaged = number % 10 === 0 && this.#server.has('damages every tenth checksum');
    const payload = isDamaged ? damaged(payloadOf(fields)) : payloadOf(fields);
    if (this.#server.has('escapes nothing'))
      return this.#write(Buffer.concat([Buffer.from(':<'), payload, Buffer.from(':>')]));
    const frame = framed(payload);
    this.#write(this.#server.has('does not escape colons in data') ? withPlainTimes(frame) : frame);
  }

  #write(bytes: Buffer): void {
    if (!this.#isClosed) queueMicrotask(() => this.#isClosed || this.#handlers.bytes(bytes));
  }

  hangUp(): void {
    if (this.#isClosed) return;
    queueMicrotask(() => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#handlers.ended();
      this.#handlers.closed(null);
    });
  }

  destroy(): void {
    this.#isClosed = true;
  }
}

/** Lets a server be reached over TCP. */
export async function overTcp(server: PlainServer): Promise<AsyncDisposable & { readonly address: string }> {
  return await rawPeer((socket) => {
    const link = server.open({
      opened: () => {},
      bytes: (chunk) => socket.write(chunk),
      ended: () => socket.end(),
      closed: () => socket.destroy(),
    });
    socket.on('data', (chunk) => link.write(chunk));
    socket.once('close', () => link.end());
  });
}
