/** The test's end of a connection to a Python peer. */

import type { Socket } from 'node:net';
import { deriveKey, Message } from '../../src/index.js';
import {
  type Codec,
  CRC32_LENGTH,
  encodeStp,
  parseJson,
  pureJson,
  StpDecoder,
  structJson,
} from '../../src/wire/index.js';
import { type Tuple, tupleOf } from '../support/bytes.js';
import type { PythonPeer } from '../support/python-peer.js';
import { SECRET } from '../support/socket-puppet.js';
import { type BadInputCase, isPause, type Step, type Wish } from './support-bad-input.js';

/** A request of a known service that has no callback: every peer answers it, trusted or not, and does nothing else. */
const PROBE_SID = 8;
const PROBE_RESPONSE_SID = 9;
const FIRST_PROBE_DID = 990_000;

/** Sends what a case says, and hears what the peer sends. */
export class PythonLine {
  /** What the peer sent, without the answers to probes. */
  readonly heard: Tuple[] = [];
  /** Whether the connection is over, other than by the test's leaving. */
  isClosed = false;
  readonly #socket: Socket;
  readonly #peer: PythonPeer;
  readonly #codec: Codec;
  readonly #firstEvent: number;
  #probeDid = FIRST_PROBE_DID;
  #answeredProbeDid = 0;
  #wake: () => void = () => {};

  constructor(socket: Socket, peer: PythonPeer, { options }: BadInputCase) {
    this.#socket = socket;
    this.#peer = peer;
    this.#codec = options?.codec ?? pureJson;
    this.#firstEvent = peer.events.length;
    const decoder = new StpDecoder({ frame: (payload) => this.#hear(readLeniently(payload, this.#codec)) });
    socket.on('data', (chunk: Buffer) => void decoder.push(chunk));
    socket.on('end', () => this.#close());
    socket.on('error', () => this.#close());
  }

  /** Gets the connection into the state in which a case begins. */
  async begin({ role, state }: BadInputCase): Promise<void> {
    if (role !== 'client') {
      if (state === 'trusted') await this.#authenticate();
      return;
    }
    await this.#until(() => this.heard.length > 0); // it tells its name first thing
    if (state !== 'trusted') return;
    const { settled } = await this.ask({ authenticatesWithinMs: 2_000 });
    this.#says(1, 0, '5eed'.repeat(16));
    await this.#until(() => this.heard.at(-1)?.[1] === 1);
    this.#says(1, 1, true);
    await settled;
  }

  async #authenticate(): Promise<void> {
    this.#says(0, 0);
    await this.probe();
    this.#says(0, 1, deriveKey(this.#seeds.at(-1) ?? '', Buffer.from(SECRET)));
    await this.probe();
  }

  /** Does what a case says next; that the peer stops reading or that time passes cannot be said here. */
  async take(step: Exclude<Step, Wish>): Promise<void> {
    if (step === 'ends') {
      this.#socket.end();
      await this.#until(() => this.isClosed);
    } else if (step === 'breaks') {
      this.#socket.resetAndDestroy();
      this.#close();
    } else if (typeof step === 'function') {
      await this.probe();
      this.#socket.write(step(this.#seeds));
    } else if (step instanceof Uint8Array) {
      this.#socket.write(step);
    } else {
      throw new Error(
        `expected a step that the Python peer can take, got ${isPause(step) ? 'a pause' : step}`,
      );
    }
  }

  /** Lets the peer's user wish for something; resolves when the peer has begun with it. */
  async ask(wish: Wish): Promise<{ settled: Promise<unknown>; isBounded: boolean }> {
    await this.probe();
    if ('receives' in wish) return { settled: this.#received(wish.receives), isBounded: true };
    const before = this.heard.length;
    const settled = 'requests' in wish ? this.#request(wish) : this.#trusted(wish.authenticatesWithinMs);
    await this.#until(() => this.heard.length > before);
    const isBounded = 'authenticatesWithinMs' in wish || wish.timeoutMs !== undefined;
    return { settled, isBounded };
  }

  /** Resolves when the peer has handled everything that was sent, or the connection is over. */
  async probe(): Promise<void> {
    if (this.isClosed) return;
    const did = this.#probeDid++;
    this.#says(PROBE_SID, did);
    await this.#until(() => this.#answeredProbeDid === did);
  }

  async #request({ requests, timeoutMs = 2_000 }: Extract<Wish, { requests: unknown }>): Promise<unknown> {
    const [serviceId, dataId] = requests;
    const command = { service_id: serviceId, data_id: dataId, timeout: timeoutMs / 1_000 };
    const { ok, status, data, error } = await this.#peer.command('request', command);
    if (ok) return [serviceId + 1, dataId, status, data];
    return error === 'timeout' ? 'ERR_TIMEOUT, written' : 'ERR_CONNECTION_LOST, written';
  }

  async #trusted(timeoutMs: number): Promise<unknown> {
    return (await this.#peer.command('authenticate', { timeout: timeoutMs / 1_000 }))['trusted'];
  }

  /** Its buffer is the list of events; a command between makes sure that all of them are here. */
  async #received([serviceId, dataId]: readonly [number, number]): Promise<Tuple | null> {
    await this.#peer.command('auth_state');
    const message = this.#peer.events
      .slice(this.#firstEvent)
      .find(
        ({ event, service_id, data_id }) =>
          event === 'message' && service_id === serviceId && data_id === dataId,
      );
    return message === undefined ? null : [serviceId, dataId, Number(message['status']), message['data']];
  }

  get #seeds(): string[] {
    return this.heard
      .filter(([serviceId, dataId]) => serviceId === 1 && dataId === 0)
      .map(([, , , data]) => String(data));
  }

  #says(serviceId: number, dataId: number, data: unknown = null): void {
    this.#socket.write(encodeStp(this.#codec.encode(new Message({ serviceId, dataId, data }))));
  }

  #hear(message: Tuple): void {
    const [serviceId, dataId] = message;
    if (serviceId === PROBE_RESPONSE_SID && dataId >= FIRST_PROBE_DID) this.#answeredProbeDid = dataId;
    else this.heard.push(message);
    this.#wake();
  }

  #close(): void {
    this.isClosed = true;
    this.#wake();
  }

  /** Resolves when something holds, or the connection is over. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (holds() || this.isClosed) resolve();
      };
      this.#wake();
    });
  }
}

/** Python's integers have no end: an id that our codec refuses is one there. */
function readLeniently(payload: Buffer, codec: Codec): Tuple {
  if (codec === structJson) return tupleOf(codec.decode(payload));
  const fields = parseJson(payload.subarray(0, -CRC32_LENGTH).toString()) as Record<string, unknown>;
  const id = (name: string): number => Number(fields[name]);
  return [id('service_id'), id('data_id'), id('status'), fields['data']];
}
