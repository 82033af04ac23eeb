import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { describeKind } from '../base/options.js';
import { isThenable } from '../base/thenable.js';
import { errorOfThrown } from '../base/thrown.js';
import { OptionError } from '../protocol/errors.js';
import type { Role } from '../protocol/role.js';
import { flawOf, isStream } from './duplex.js';
import { type Attempt, type AttemptListener, type ClientTls, OpeningComm } from './opening-comm.js';
import { admitStreamOptions, STREAM_OPTIONS } from './option-tables.js';
import { policyOf, type ReconnectSettings } from './reconnect-policy.js';
import type { ReconnectOptions } from './tcp-client.js';
import type { TlsClientSettings } from './tls/option-tables.js';
import type { TlsClientOption } from './tls/options.js';

/** A stream of bytes in both directions, or a function that opens one whenever a link is needed. */
export type StreamSource = Duplex | (() => Duplex | Promise<Duplex>);

/** What a {@link StreamStp} runs on, and how. */
export interface StreamOptions {
  /**
   * A Duplex: one link, and none after it. Or a function that opens one, each time a link is needed: it may return a promise,
   * which `connectTimeout` limits, and a stream that comes too late is destroyed.
   */
  readonly stream: StreamSource;
  /** Which half of the protocol this side speaks: the server's answers, the client's begins the handshake: client. */
  readonly role?: Role | undefined;
  /** How to come back, where `stream` is a function; false: not at all. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** How long one attempt may take: 10,000 ms. */
  readonly connectTimeout?: number | undefined;
  /** Encrypted, and to whom: see docs/tls.md. Never falls back to plain text: off. */
  readonly tls?: TlsClientOption | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for the length of the pauses; a test brings its own. */
  readonly random?: (() => number) | undefined;
}

/**
 * Either end of a connection over any stream of bytes: a serial port, an SSH channel, the standard input and output of a
 * program, a pair in memory, a socket that the program has opened itself.
 *
 * @example
 * ```ts
 * import { spawn } from 'node:child_process';
 * import { Duplex } from 'node:stream';
 * import { PureJsonProtocol, StreamStp } from 'socket-protocol';
 *
 * const stream = () => {
 *   const { stdout, stdin } = spawn('ssh', ['thermostat.local', 'thermostat-agent']);
 *   return Duplex.from({ readable: stdout, writable: stdin });
 * };
 * const protocol = new PureJsonProtocol(new StreamStp({ stream }), { channelName: 'thermostat' });
 * console.log(await protocol.read(0));
 * ```
 */
export class StreamStp extends OpeningComm {
  readonly isClient: boolean;
  /** `a stream`: it has no address that anybody knows. */
  readonly address = 'a stream';
  readonly #open: () => Duplex | Promise<Duplex>;

  /**
   * @param options the stream, or what opens one, and which role this side has
   * @throws OptionError for a wrong option, and for a stream that cannot be used: in object mode, with an encoding, ended,
   *   destroyed, or read by somebody else
   */
  constructor(options: StreamOptions) {
    admitStreamOptions(options);
    const read = optionReader(STREAM_OPTIONS, options);
    const stream = read('stream');
    const isFunction = typeof stream === 'function';
    const reconnect = isFunction ? read('reconnect') : noReconnect(options.reconnect);
    const role = read('role');
    const tls = tlsOf(read('tls') || null, role);
    super(read('clock'), policyOf(reconnect, read('connectTimeout'), read('random')), tls);
    this.isClient = role === 'client';
    this.#open = isFunction ? stream : () => stream;
  }

  protected override begin(listener: AttemptListener): Attempt {
    const opening = new Opening(listener);
    // what the function throws is a failed attempt, as what its promise is rejected with
    queueMicrotask(() => opening.begin(this.#open));
    return opening;
  }
}

/** A stream has no name that a certificate could have. */
function tlsOf(settings: TlsClientSettings | null, role: Role): ClientTls | null {
  if (settings === null) return null;
  if (role === 'server') throw new OptionError('tls', 'nothing where role is server', 'both');
  if (settings.servername === null && settings.psk === null && settings.rejectUnauthorized)
    throw new OptionError('tls.servername', 'the name in the certificate of the peer', 'undefined');
  return { settings, host: settings.servername ?? '' };
}

function noReconnect(reconnect: unknown): ReconnectSettings | false {
  if (reconnect === undefined || reconnect === false) return false;
  throw new OptionError(
    'reconnect',
    'false or nothing where stream is a Duplex: there is no other stream after it; a function can open one',
    describeKind(reconnect),
  );
}

/** Streams that are not open yet, by what they say of it. */
const OPENING_STREAMS = [
  // TLS on a socket: `connect` comes first
  ['secureConnecting', 'secureConnect'],
  ['connecting', 'connect'],
  // serial ports
  ['opening', 'open'],
] as const;

/** One attempt to get an open stream out of a function. */
class Opening implements Attempt {
  readonly #listener: AttemptListener;
  #stream: Duplex | null = null;
  #isOver = false;

  constructor(listener: AttemptListener) {
    this.#listener = listener;
  }

  begin(open: () => unknown): void {
    if (this.#isOver) return;
    try {
      const opened = open();
      if (!isThenable(opened)) return this.#came(opened);
      Promise.resolve(opened).then(
        (stream) => this.#came(stream),
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  giveUp(): Promise<void> {
    this.#isOver = true;
    if (this.#stream !== null) discard(this.#stream);
    return Promise.resolve();
  }

  #came(stream: unknown): void {
    const flaw = flawOf(stream);
    if (this.#isOver) {
      if (isStream(stream)) discard(stream);
    } else if (flaw !== null) {
      if (isStream(stream)) discard(stream);
      this.#failed(new Error(`the stream is ${flaw}`));
    } else {
      this.#await(stream as Duplex);
    }
  }

  #await(stream: Duplex): void {
    this.#stream = stream;
    const [, event] = OPENING_STREAMS.find(([property]) => Reflect.get(stream, property) === true) ?? [];
    if (event === undefined) return this.#opened(stream);
    const hasOpened = (): void => {
      leave();
      if (!this.#isOver) this.#opened(stream);
    };
    const hasFailed = (error: unknown): void => {
      leave();
      discard(stream);
      this.#failed(error);
    };
    const hasClosed = (): void => hasFailed(new Error('the stream closed before it was open'));
    const leave = (): void => {
      stream.off(event, hasOpened).off('error', hasFailed).off('close', hasClosed);
    };
    stream.once(event, hasOpened).once('error', hasFailed).once('close', hasClosed);
  }

  #opened(stream: Duplex): void {
    this.#isOver = true;
    this.#listener.opened(stream);
  }

  #failed(thrown: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.failed(errorOfThrown(thrown));
  }
}

/** Nobody wants to hear of a stream any more. */
function discard(stream: Duplex): void {
  stream.on('error', () => {});
  stream.destroy();
}
