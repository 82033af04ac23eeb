/**
 * A client in plain code, which shares nothing with the library, for clients with one fault each: `certify --listen` has to find it.
 * It connects as soon as somebody waits for it.
 */

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { LinkHandlers, OpenLink } from '../../../src/cli/certify/link.js';
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

/** One thing that a client does wrong. */
export type ClientFault =
  | 'answers any seed'
  | 'answers before trust'
  | 'answers equal ids out of order'
  | 'answers nothing'
  | 'answers requests for a seed'
  | 'answers responses'
  | 'answers with another data id'
  | 'asks for a seed before its name'
  | 'asks for a seed once'
  | 'believes a verdict before its key'
  | 'believes any checksum'
  | 'breaks at another name'
  | 'breaks at deep data'
  | 'comes once'
  | 'damages every tenth checksum'
  | 'does not escape colons in data'
  | 'hangs up at a second verdict'
  | 'hangs up at nonsense'
  | 'hashes the secret before the seed'
  | 'ignores frames over 64 KiB'
  | 'is moved by a second verdict'
  | 'keeps trust for the next connection'
  | 'knows all data'
  | 'loses every 50th answer'
  | 'never trusts'
  | 'prints to the line'
  | 'reads one frame of a segment'
  | 'sends data with a refusal'
  | 'sends one key again and again'
  | 'takes 1 for true'
  | 'trusts a server without a secret'
  | 'trusts any verdict'
  | 'trusts with its key'
  | 'writes keys in upper case';

/** One client. */
export class PlainClient {
  readonly secret: string | null;
  readonly #fault: ClientFault | null;
  readonly store = new Map<number, unknown>([[0, 'Sun Feb  2 00:00:44 2025']]);
  /** How many connections there were. */
  connections = 0;
  /** What was asked, as `service data`. */
  readonly asked: string[] = [];
  /** The names that were answered to it. */
  readonly names: unknown[] = [];
  /** How many messages were sent. */
  sent = 0;
  firstKey: string | null = null;
  wasTrusted = false;
  isBroken = false;

  constructor(secret: string | null, fault: ClientFault | null = null) {
    this.secret = secret;
    this.#fault = fault;
  }

  has(fault: ClientFault): boolean {
    return this.#fault === fault;
  }

  readonly open: OpenLink = (handlers) => {
    if (this.isBroken || (this.connections > 0 && this.has('comes once')))
      return { write: () => {}, end: () => {}, destroy: () => {} };
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
}

type State = 'idle' | 'seed requested' | 'key sent';

class Connection {
  readonly #client: PlainClient;
  readonly #handlers: LinkHandlers;
  readonly #reader = new FrameReader();
  #state: State = 'idle';
  #isTrusted: boolean;
  #isClosed = false;
  #answers = 0;

  constructor(client: PlainClient, handlers: LinkHandlers) {
    this.#client = client;
    this.#handlers = handlers;
    const isKept = client.wasTrusted && client.has('keeps trust for the next connection');
    this.#isTrusted = client.secret === null || isKept;
  }

  opened(): void {
    this.#handlers.opened();
    if (this.#client.has('prints to the line')) this.#write(Buffer.from('boot v1.2 ok\r\n'));
    const asksAgain = this.#client.connections === 1 || !this.#client.has('asks for a seed once');
    const asksForSeed = this.#client.secret !== null && asksAgain;
    const isSeedFirst = this.#client.has('asks for a seed before its name');
    if (asksForSeed && isSeedFirst) this.#askForSeed();
    this.#send({ service_id: 8, data_id: 0, status: 0, data: null });
    if (asksForSeed && !isSeedFirst) this.#askForSeed();
  }

  #askForSeed(): void {
    this.#state = 'seed requested';
    this.#send({ service_id: 0, data_id: 0, status: 0, data: null });
  }

  received(bytes: Buffer): void {
    let frames = 0;
    const replies: Fields[] = [];
    for (const byte of bytes) {
      const payload = this.#reader.take(byte);
      if (payload === null || (++frames > 1 && this.#client.has('reads one frame of a segment'))) continue;
      const reply = this.#replyTo(payload);
      if (reply !== null) replies.push(reply);
      if (this.#isClosed) return;
    }
    if (this.#client.has('answers equal ids out of order') && replies[0]?.service_id === 31)
      replies.reverse();
    for (const reply of replies) {
      if (++this.#answers % 50 === 0 && this.#client.has('loses every 50th answer')) continue;
      this.#send(reply);
    }
  }

  #replyTo(payload: Buffer): Fields | null {
    if (payload.length > 0x10000 && this.#client.has('ignores frames over 64 KiB')) return null;
    if (!isSound(payload) && !this.#client.has('believes any checksum')) return null;
    if (this.#client.has('breaks at deep data') && textOf(payload).includes('[[[[[[[[')) {
      this.#client.isBroken = true;
      this.hangUp();
      return null;
    }
    let fields: Fields;
    try {
      fields = fieldsIn(withoutNan(textOf(payload).toString()));
    } catch {
      if (this.#client.has('hangs up at nonsense')) this.hangUp();
      return null;
    }
    const { service_id: serviceId, data_id: dataId, status, data } = fields;
    this.#client.asked.push(`${serviceId} ${dataId}`);
    if (serviceId === 1) this.#authenticate(dataId, status, data);
    if (serviceId === 9) this.#client.names.push(data);
    if (serviceId === 9 && data === 'another' && this.#client.has('breaks at another name')) this.hangUp();
    const reply = this.#answer(fields);
    if (reply === null || this.#client.has('answers nothing')) return null;
    const isOff = serviceId === 10 && this.#client.has('answers with another data id');
    return {
      status: reply[0],
      service_id: serviceId + 1,
      data_id: isOff ? dataId + 1 : dataId,
      data: reply[1],
    };
  }

  #authenticate(dataId: number, status: number, data: unknown): void {
    if (dataId === 0) this.#takeSeed(status, data);
    if (dataId === 1) this.#takeVerdict(data);
  }

  #takeSeed(status: number, seed: unknown): void {
    if (
      this.#state === 'seed requested' &&
      status !== 0 &&
      this.#client.has('trusts a server without a secret')
    )
      this.#isTrusted = true;
    const isExpected = this.#state === 'seed requested' || this.#client.has('answers any seed');
    if (!isExpected || status !== 0 || typeof seed !== 'string' || seed.length < 16) return;
    this.#state = 'key sent';
    if (this.#client.has('trusts with its key')) this.#isTrusted = true;
    this.#send({ service_id: 0, data_id: 1, status: 0, data: this.#keyFor(seed) });
  }

  #keyFor(seed: string): string {
    const secret = this.#client.secret ?? '';
    const parts = this.#client.has('hashes the secret before the seed') ? [secret, seed] : [seed, secret];
    const key = createHash('sha512').update(parts.join('')).digest('hex');
    this.#client.firstKey ??= key;
    if (this.#client.has('sends one key again and again')) return this.#client.firstKey;
    return this.#client.has('writes keys in upper case') ? key.toUpperCase() : key;
  }

  #takeVerdict(data: unknown): void {
    const isRight =
      (data === true && !this.#client.has('never trusts')) ||
      (data === 1 && this.#client.has('takes 1 for true'));
    if (this.#state === 'key sent') {
      this.#state = 'idle';
      this.#isTrusted = isRight || this.#client.has('trusts any verdict');
      this.#client.wasTrusted ||= this.#isTrusted;
    } else if (this.#state === 'seed requested') {
      if (this.#client.has('believes a verdict before its key')) this.#isTrusted = isRight;
    } else {
      if (this.#client.has('is moved by a second verdict')) this.#isTrusted = isRight;
      if (this.#client.has('hangs up at a second verdict')) this.hangUp();
    }
  }

  #answer({ service_id: serviceId, data_id: dataId, data }: Fields): readonly [number, unknown] | null {
    if (serviceId === 0 && this.#client.has('answers requests for a seed')) return [4, null];
    if (serviceId === 11 && this.#client.has('answers responses')) return [0, null];
    if (![10, 20, 30].includes(serviceId)) return null;
    if (!this.#isTrusted && !this.#client.has('answers before trust'))
      return [3, this.#client.has('sends data with a refusal') ? 'no' : null];
    const { store } = this.#client;
    if (serviceId === 20) store.set(dataId, data);
    if (serviceId !== 10) return [0, serviceId === 30 ? data : null];
    if (store.has(dataId)) return [0, store.get(dataId)];
    return this.#client.has('knows all data') ? [0, 'nothing'] : [1, null];
  }

  #send(fields: Fields): void {
    const isDamaged = ++this.#client.sent % 10 === 0 && this.#client.has('damages every tenth checksum');
    const frame = framed(isDamaged ? damaged(payloadOf(fields)) : payloadOf(fields));
    this.#write(this.#client.has('does not escape colons in data') ? withPlainTimes(frame) : frame);
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

/** Lets a client connect over TCP, again and again as long as somebody listens. */
export function comesTo(port: number, client: PlainClient): Disposable {
  let socket: Socket;
  const come = (): void => {
    socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
    socket.once('connect', () => {
      const link = client.open({
        opened: () => {},
        bytes: (chunk) => socket.write(chunk),
        ended: () => socket.end(),
        closed: () => socket.destroy(),
      });
      socket.on('data', (chunk) => link.write(chunk));
      socket.once('close', () => {
        link.destroy();
        come();
      });
    });
  };
  come();
  return { [Symbol.dispose]: () => socket.removeAllListeners('close').destroy() };
}
