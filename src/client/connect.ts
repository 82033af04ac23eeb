import { callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../base/signals.js';
import { AuthenticationError, ConnectError, SessionClosedError } from '../protocol/errors.js';
import type { AuthenticationReason } from '../protocol/reasons.js';
import { FailureFiles } from '../recorder/failure-files.js';
import { internalsOf, withInternals } from '../session/internals.js';
import { type SessionOptions, sessionSettings } from '../session/options.js';
import { Session } from '../session/session.js';
import { refuseTwoAddresses } from '../transport/address.js';
import type { OpeningComm } from '../transport/opening-comm.js';
import { TCP_CLIENT_OPTIONS } from '../transport/option-tables.js';
import { type StreamSource, StreamStp } from '../transport/stream.js';
import { type TcpClientOptions, TcpClientStp } from '../transport/tcp-client.js';
import { withSecretOf } from '../transport/tls/option-tables.js';
import type { TlsClientOption } from '../transport/tls/options.js';
import { admitConnectOptions, CONNECT_OPTIONS } from './option-table.js';

/** Options of {@link connect}: where to, and how the session behaves. */
export interface ConnectOptions extends SessionOptions, TcpClientOptions {
  /**
   * A stream in the place of host and port: a Duplex, which is one link and none after it, or a function that opens one, each
   * time a link is needed. See {@link StreamOptions}.
   */
  readonly stream?: StreamSource | undefined;
  /** Whether to authenticate after each connecting; unless set, only with a secret. */
  readonly autoAuth?: boolean | undefined;
  /** Keep trying until the peer is there, whatever fails but the secret, instead of rejecting with the first failure: off. */
  readonly waitForPeer?: boolean | undefined;
  /**
   * A folder for failures that a person will ask about: each becomes a recording, which `inspect --replay`, `decode` and `replay` read.
   * The last 100 are kept. See docs/flight-recorder.md. Nothing is written unless set.
   */
  readonly recordFailures?: string | null | undefined;
  /** Gives up connecting when it is aborted; has no effect once connected. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Connects to a server, over TCP, a Unix socket or a stream; with a secret, also authenticates.
 *
 * The session comes back by itself when the connection is lost later (see `reconnect`).
 *
 * @param options where to, and how the session behaves
 * @returns the session, connected, and trusted where a secret is set and `autoAuth` is not off
 * @throws OptionError (rejects) for a wrong option; ConnectError, with the address, where nobody listens, the name does
 *   not resolve or the peer hangs up; AuthenticationError where the peer does not accept the secret, or gives no verdict on it
 *   within `connectTimeout` and `authenticationTimeout`; the reason of the signal
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * const session = await connect({ host: '127.0.0.1', port: 17017, secret: 'correct horse battery staple' });
 * console.log(await session.read(0));
 * await session.close();
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Session> {
  // it fails in an event, whose stack does not lead to the caller
  const callers = callersOf(connect);
  try {
    return await connectTo(options);
  } catch (error) {
    throw withCallers(error, callers);
  }
}

async function connectTo(options: ConnectOptions): Promise<Session> {
  const { session, ready } = await beginConnecting(options);
  try {
    await ready;
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

/** A session that connects. */
export interface Connecting {
  readonly session: Session;
  /** Resolves and rejects when `connect` would; a failure leaves the session to the caller. */
  readonly ready: Promise<void>;
}

/**
 * As `connect`, for what goes on while the session connects.
 *
 * @throws (rejects) OptionError for a wrong option; the reason of a signal that is aborted already
 */
export async function beginConnecting(options: ConnectOptions): Promise<Connecting> {
  admitConnectOptions(options);
  const read = optionReader(CONNECT_OPTIONS, options);
  const waits = read('waitForPeer');
  const hasSecret = options.secret !== undefined && options.secret !== null;
  const autoAuth = read('autoAuth') ?? hasSecret;
  const signal = read('signal');
  if (signal?.aborted) throw reasonOf(signal);
  const folder = read('recordFailures');
  const settings = { ...sessionSettings(options), isAutoAuthOn: autoAuth };
  const transport = transportOf(options);
  let session: Session;
  try {
    const failures = folder === null ? null : new FailureFiles(folder, settings.clock);
    session = new Session(transport, withInternals({}, { failures, ...internalsOf(options), settings }));
  } catch (error) {
    await transport.close();
    throw error;
  }
  const needsTrust = hasSecret && autoAuth;
  const patienceMs = !transport.isReopening ? 0 : optionReader(TCP_CLIENT_OPTIONS, options)('connectTimeout');
  const isReady = ready(session, transport.address, {
    needsTrust,
    waits,
    patienceMs,
    signal,
    clock: settings.clock,
  });
  // no unhandled rejection where nobody awaits it
  isReady.catch(() => {});
  return { session, ready: isReady };
}

function transportOf(options: ConnectOptions): OpeningComm {
  const { stream, host, port, path, reconnect, connectTimeout, addressTimeout, clock, random } = options;
  const tls = withSecretOf(options.tls, options.secret) as TlsClientOption | undefined;
  refuseTwoAddresses(options, 'stream');
  return stream === undefined
    ? new TcpClientStp({ host, port, path, reconnect, connectTimeout, addressTimeout, clock, random, tls })
    : new StreamStp({ stream, reconnect, connectTimeout, clock, random, tls });
}

/** A silent peer counts as there when the connection has held for so long: a proxy whose server is away hangs up sooner. */
const LIFE_SIGN_MS = 1_000;

type Listen = Session['on'];

interface Readiness {
  readonly needsTrust: boolean;
  readonly waits: boolean;
  /** How long a server may be too busy for handshakes. */
  readonly patienceMs: number;
  readonly signal: AbortSignalLike | undefined;
  readonly clock: Clock;
}

function ready(
  session: Session,
  address: string,
  { needsTrust, waits, patienceMs, signal, clock }: Readiness,
): Promise<void> {
  const endings: (() => void)[] = [];
  return new Promise<void>((resolve, reject) => {
    const listen: Listen = (event, listener) => {
      session.on(event, listener);
      endings.push(() => session.off(event, listener));
      return session;
    };
    if (needsTrust) listen('trusted', () => resolve());
    else if (waits) endings.push(whenAlive(listen, clock, resolve));
    else listen('connected', () => resolve());
    let failure: AuthenticationReason = 'wrong-secret';
    const patientUntilMs = clock.now() + patienceMs;
    listen('authenticationFailed', (reason) => {
      failure = reason;
      const mayComeYet = reason === 'no-answer' && clock.now() < patientUntilMs;
      if (!waits && !mayComeYet) reject(new AuthenticationError(reason));
    });
    listen('disconnected', (reason) => {
      if (reason === 'key-refused') reject(new AuthenticationError(failure));
      else if (!waits && reason !== 'handshake-missed') reject(new ConnectError(address, reason));
    });
    if (!waits) {
      listen('connectFailed', (error) =>
        reject(
          error instanceof ConnectError
            ? error
            : new ConnectError(address, 'connect-failed', error.message, error),
        ),
      );
    }
    listen('abandoned', (reason) => reject(new ConnectError(address, reason)));
    listen('closed', () => reject(new SessionClosedError('it was connected')));
    if (signal !== undefined) {
      // removed by hand: Node holds a listener's own signal weakly, and a long-lived signal would keep the session alive
      endings.push(onAbort(signal, () => reject(reasonOf(signal))));
    }
  }).finally(() => {
    for (const end of endings) end();
  });
}

/**
 * Calls back when a peer without a secret is there: it has said something, or the connection has held for a while.
 *
 * @returns how to stop it
 */
function whenAlive(listen: Listen, clock: Clock, isAlive: () => void): () => void {
  let timer: unknown;
  listen('connected', () => {
    timer = clock.setTimeout(isAlive, LIFE_SIGN_MS);
  });
  listen('disconnected', () => clock.clearTimeout(timer));
  listen('message', isAlive);
  return () => clock.clearTimeout(timer);
}
