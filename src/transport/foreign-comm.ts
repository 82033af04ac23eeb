/**
 * A transport of the user's own, perhaps one that comes from Python, as a session sees it: its members may have the
 * original's names, and its callback may say only that data is there to be fetched with `receive`.
 */

import { describeKind } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { OptionError } from '../protocol/errors.js';
import type { CommInstance, DataCallback } from './comm-instance.js';
import { MemoryComm } from './memory.js';
import { TcpComm } from './tcp-comm.js';

/**
 * The interface that the original's documentation asks of a communication instance, under its own names.
 *
 * `register_callback` gets a function to be called when data is available; it takes the payload, or else fetches it with
 * `receive`, until that returns none.
 *
 * @example
 * ```ts
 * import { type OriginalCommInstance, PureJsonProtocol } from 'socket-protocol';
 *
 * declare const modem: OriginalCommInstance;
 * const protocol = new PureJsonProtocol(modem, 'correct horse battery staple', true, 'modem');
 * ```
 */
export interface OriginalCommInstance {
  readonly IS_CLIENT: boolean;
  is_connected(): boolean;
  init_channel_name(name: string | null): void;
  reconnect(): void;
  /** Takes a payload; false where it is lost. */
  send(payload: Buffer): unknown;
  register_callback(callback: (payload?: Uint8Array) => void): void;
  register_connect_callback(callback: () => void): void;
  register_disconnect_callback(callback: () => void): void;
  /** The payload that came next; null where there is none. */
  receive?(): Uint8Array | null | undefined | Promise<Uint8Array | null | undefined>;
}

/** The seven methods that every transport has; the names of the original follow from them. */
const METHODS = [
  'isConnected',
  'initChannelName',
  'reconnect',
  'send',
  'registerCallback',
  'registerConnectCallback',
  'registerDisconnectCallback',
] as const;

/** What a transport may add. */
const OPTIONAL_METHODS = [
  'disconnect',
  'close',
  'supervise',
  'registerFailureCallback',
  'registerDropCallback',
  'registerDrainCallback',
  'limit',
  'pause',
  'resume',
] as const satisfies readonly (keyof CommInstance)[];
const OPTIONAL_PROPERTIES = [
  'bufferedBytes',
  'canDieSilently',
  'lastHeardMs',
  'arrivedByMs',
  'unconfirmed',
  'address',
  'peerAddress',
  'localAddress',
] as const satisfies readonly (keyof CommInstance)[];

/** The most payloads that one call of the callback fetches: `receive` must come to an end. */
const MAX_FETCHED = 10_000;

interface Members extends Readonly<Record<string, unknown>> {
  readonly isClient?: unknown;
  readonly IS_CLIENT?: unknown;
  readonly receive?: unknown;
}
type Method = (...args: unknown[]) => unknown;

/**
 * A transport as a session uses it: one of this library as it is, another with its members under our names.
 *
 * @param given what the program passed
 * @param failed gets what goes wrong while payloads are fetched
 * @throws OptionError that names the member that is missing or of the wrong kind
 */
export function commInstanceOf(given: unknown, failed: (error: unknown) => void): CommInstance {
  if (given instanceof TcpComm || given instanceof MemoryComm) return given;
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(
      'commInstance',
      'a transport, such as new TcpClientStp({ port: 17017 })',
      describeKind(given),
    );
  }
  const members = given as Members;
  const comm: Record<string, unknown> = { isClient: isClientOf(members) };
  for (const name of METHODS) comm[name] = methodOf(members, name);
  const isConnected = methodOf(members, 'isConnected');
  const register = methodOf(members, 'registerCallback');
  const registerConnect = methodOf(members, 'registerConnectCallback');
  const registerDisconnect = methodOf(members, 'registerDisconnectCallback');
  const send = methodOf(members, 'send');
  const links = new Links();
  Object.assign(comm, {
    isConnected: () => switchOf('isConnected', isConnected()),
    registerCallback: (callback: DataCallback) => {
      const used: DataCallback = (payload) => {
        links.isUsed = true;
        callback(payload);
      };
      register(new Fetcher(members, used, failed).available);
    },
    registerConnectCallback: (callback: () => void) => {
      links.onOpened = callback;
      registerConnect(links.opened);
    },
    registerDisconnectCallback: (callback: (...words: unknown[]) => void) => {
      links.onClosed = callback;
      registerDisconnect(links.closed);
    },
    send: (payload: Buffer) => {
      const taken = send(payload);
      if (taken === false) links.isUsed = true;
      // the original's returns nothing; a promise is watched by the session
      return isThenable(taken) ? taken : taken !== false;
    },
  });
  for (const name of OPTIONAL_METHODS) {
    if (members[name] !== undefined) comm[name] = methodOf(members, name);
  }
  for (const name of OPTIONAL_PROPERTIES) {
    if (name in members) Object.defineProperty(comm, name, { enumerable: true, get: () => members[name] });
  }
  return comm as unknown as CommInstance;
}

function isClientOf(members: Members): boolean {
  const isClient = members.isClient ?? members.IS_CLIENT;
  if (typeof isClient === 'boolean') return isClient;
  throw new OptionError('commInstance.isClient', 'true or false (or IS_CLIENT)', describeKind(isClient));
}

function methodOf(members: Members, name: string): Method {
  const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const known = members[name] === undefined ? original : name;
  const method = members[known];
  // looked up at each call: a program may replace its methods
  if (typeof method === 'function') return (...args) => (members as Record<string, Method>)[known]?.(...args);
  const expected = original === name ? 'a method' : `a method (or ${original})`;
  throw new OptionError(`commInstance.${name}`, expected, describeKind(method));
}

/** A promise is true whatever it resolves with. */
function switchOf(method: string, value: unknown): boolean {
  if (isThenable(value))
    throw new TypeError(`${method} of the transport returned a promise where true or false belongs`);
  return Boolean(value);
}

/** Passes on that a link was opened or closed. The trust of a link must not pass to the next one where its end is not reported. */
class Links {
  onOpened: () => void = () => {};
  onClosed: (...words: unknown[]) => void = () => {};
  /** Whether something came on this link, or it refused something: until then, a second call says nothing new. */
  isUsed = false;

  readonly opened = (): void => {
    if (this.isUsed) this.closed('link-closed');
    this.onOpened();
  };

  readonly closed = (...words: unknown[]): void => {
    this.isUsed = false;
    this.onClosed(...words);
  };
}

/** Hands payloads on, whether they come with the callback or have to be fetched. */
class Fetcher {
  readonly #members: Members;
  readonly #callback: DataCallback;
  readonly #failed: (error: unknown) => void;
  /** Payloads that come later than others must not overtake them. */
  #isAwaiting = false;

  constructor(members: Members, callback: DataCallback, failed: (error: unknown) => void) {
    this.#members = members;
    this.#callback = callback;
    this.#failed = failed;
  }

  /** Data is there: it comes along, or is fetched. */
  readonly available = (payload?: unknown): void => {
    // what it threw would end up in the program of the transport, which knows nothing of it
    try {
      if (ArrayBuffer.isView(payload)) this.#callback(bufferOf(payload));
      else if (!this.#isAwaiting) this.#fetch();
    } catch (error) {
      this.#failed(error);
    }
  };

  #fetch(): void {
    const { receive } = this.#members;
    if (typeof receive !== 'function') {
      throw new OptionError(
        'commInstance.receive',
        'a method, because the callback was called without the data',
        describeKind(receive),
      );
    }
    for (let fetched = 0; fetched < MAX_FETCHED; fetched++) {
      const payload: unknown = receive.call(this.#members);
      if (isThenable(payload)) return this.#await(payload);
      if (!this.#deliver(payload)) return;
    }
    throw new RangeError(
      `receive of the transport returned ${MAX_FETCHED} payloads at once, and did not come to an end`,
    );
  }

  #await(payload: PromiseLike<unknown>): void {
    this.#isAwaiting = true;
    Promise.resolve(payload)
      .then((settled) => {
        this.#isAwaiting = false;
        if (this.#deliver(settled)) this.#fetch();
      })
      .catch((error: unknown) => {
        this.#isAwaiting = false;
        this.#failed(error);
      });
  }

  /** False where there was nothing. */
  #deliver(payload: unknown): boolean {
    if (payload === null || payload === undefined) return false;
    if (!ArrayBuffer.isView(payload))
      throw new TypeError(`receive of the transport returned ${describeKind(payload)} where bytes belong`);
    if (payload.byteLength === 0) return false;
    this.#callback(bufferOf(payload));
    return true;
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
