import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { callersOf, withCallers } from '../base/callers.js';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import { OptionError } from '../protocol/errors.js';
import type { JsonValue, Message } from '../protocol/message.js';
import { FailureFiles } from '../recorder/failure-files.js';
import type { CloseOptions } from '../session/close-options.js';
import { type SessionOptions, type SessionSettings, sessionSettings } from '../session/options.js';
import type { Session } from '../session/session.js';
import { refuseTwoAddresses } from '../transport/address.js';
import { type MemoryListener, MemoryPlace } from '../transport/memory-streams.js';
import {
  type ListenAddress,
  type Listening,
  listenAddressOf,
  openServer,
  type TcpServerOptions,
} from '../transport/tcp-server.js';
import type { TlsServerOptions, TlsServerSource } from '../transport/tls/options.js';
import { Acceptor } from './acceptor.js';
import { AddressBackoff } from './address-backoff.js';
import { AddressLimit } from './address-limit.js';
import type { BroadcastMessage, BroadcastResult, BroadcastValue } from './broadcast.js';
import { CallbackRoom } from './callback-room.js';
import type { ServerCloseReport } from './close-report.js';
import { Defences } from './defences.js';
import type { DuplicateNames, GroupOf } from './directory.js';
import { MessageBudgets } from './message-budget.js';
import type { NamedPeer } from './named-peer.js';
import { admitListenOptions, LISTEN_OPTIONS } from './option-tables.js';
import type { BroadcastOptions, PeerRequestOptions } from './peer-options.js';
import { type PeerNameOf, SecureDoor } from './secure-door.js';
import type { ServerEvents } from './server-events.js';
import { ServerLog } from './server-log.js';
import type { ServerStats } from './server-stats.js';
import type { ServerSessions } from './session-set.js';
import { TlsSource } from './tls-source.js';
import { UntrustedPool } from './untrusted-pool.js';

/** The most connections at once, a bound on memory that few servers reach; further peers are turned away. */
export const DEFAULT_MAX_CONNECTIONS = LISTEN_OPTIONS.maxConnections.default;

/**
 * How long peers that have proven nothing wait for a seed, once 200 wrong keys have come from their address; two are
 * forgotten a second. Nobody is turned away because of a neighbour's wrong keys, and a right key is accepted at once. All
 * times in milliseconds; never longer than half of `seedLifetime`.
 */
export interface BackoffOptions {
  /** After the first wrong key that is not free; it doubles with each further one: 100 ms. */
  readonly minDelay?: number | undefined;
  /** The longest. Where more peers wait than that allows, further ones are disconnected: 1,000 ms. */
  readonly maxDelay?: number | undefined;
}

/** Options of {@link listen}: where, and how each session behaves. */
export interface ListenOptions extends SessionOptions, Omit<TcpServerOptions, 'tls'> {
  /** A name or an address, not an empty text; without TLS, any but this machine's own needs a trusted network: 127.0.0.1. */
  readonly host?: string | undefined;
  /** A place in memory in the place of host and port, from `createMemoryListener`: for tests of programs. */
  readonly memory?: MemoryListener | undefined;
  /** How many connections there may be at once: 4,096. */
  readonly maxConnections?: number | undefined;
  /**
   * How many of them may come from one address, or from one IPv6 network of 64 bits; those of `sharedAddresses` are not
   * limited: no limit.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * How many of them may be of peers that have not authenticated, where a secret is set. Then who has said nothing makes
   * room, and after that who is idle; peers in the middle of their handshake stay, up to `maxConnections`: 2,048.
   */
  readonly maxUntrustedConnections?: number | undefined;
  /**
   * How much memory such peers may take in all; fewer connections are allowed if each may take more (16 KiB, twice
   * `maxUntrustedFrameLength` and `maxUntrustedOutputBytes`): 64 MiB.
   */
  readonly maxUntrustedMemory?: number | undefined;
  /** How many messages a peer may send before it is trusted; it gets another every 10 s: 100. */
  readonly maxUntrustedMessages?: number | undefined;
  /** How many such messages all peers of one address may send in a second, besides those of a handshake: 200. */
  readonly maxUntrustedMessagesPerAddress?: number | undefined;
  /** How many such messages all peers may send in a second, besides those of a handshake: 1,000. */
  readonly maxUntrustedMessagesPerServer?: number | undefined;
  /** How many lines a second about peers that are not trusted go to the logger; the others are counted: 100. */
  readonly maxUntrustedLogLines?: number | undefined;
  /** How long a peer may take to authenticate, where a secret is set; for as long as it likes unless set. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * A folder for failures that a person will ask about: each becomes a recording, which `inspect --replay`, `decode` and `replay` read.
   * The last 100 are kept. See docs/flight-recorder.md. Nothing is written unless set.
   */
  readonly recordFailures?: string | null | undefined;
  /** How long seeds wait where wrong keys come from; false: no longer than anywhere else. */
  readonly backoff?: BackoffOptions | false | undefined;
  /**
   * Addresses and networks behind which many clients are: a proxy, a tunnel, a router. Seeds wait there only for each
   * other, not for longer with each wrong key, and `maxConnectionsPerAddress` does not count: 127.0.0.0/8 and ::1.
   */
  readonly sharedAddresses?: readonly string[] | undefined;
  /**
   * Encrypted, and by whom: see docs/tls.md. A function reads it anew for each `reloadTls`. Never falls back to plain text: off.
   */
  readonly tls?: TlsServerSource | undefined;
  /** With TLS: the only name that a peer may have, by its certificate or the identity of its key; null: whatever it claims. */
  readonly peerName?: PeerNameOf | undefined;
  /**
   * What becomes of two peers of one name: 'allow' keeps both, and the name finds the newer one; 'evict' disconnects the
   * older one (`name-taken-over`), as MQTT brokers do, and refuses newer ones of a name that is taken over too often
   * (`name-flapping`); 'refuse' disconnects the newer one (`name-taken`): allow.
   */
  readonly duplicateNames?: DuplicateNames | undefined;
  /**
   * The group or groups of a session, or null: for `sessions.group` and `broadcast`. Called when a session can be addressed
   * (it is trusted, or no secret is set), and again if its peer gives its name after that. If it throws, the session is in
   * none.
   */
  readonly group?: GroupOf | undefined;
}

/** Counters of a server, since it began to listen. */
export interface ServerCounters {
  readonly accepted: number;
  /** Turned away: there were `maxConnections` already. */
  readonly refusedByLimit: number;
  /** Turned away: there were `maxConnectionsPerAddress` from their address already. */
  readonly refusedByAddress: number;
  /** Turned away: all places for peers that have not authenticated were taken by handshakes under way. */
  readonly refusedByPool: number;
  /** Turned away: the process had no file descriptors left. */
  readonly refusedByDescriptors: number;
  /** How often the process ran out of file descriptors. */
  readonly descriptorShortages: number;
  /** Wrong keys, and keys without a seed. */
  readonly wrongKeys: number;
  /** Seeds that had to wait, because too many wrong keys came from the address. */
  readonly delayedByBackoff: number;
  /** Disconnected: too many peers of such an address were waiting for a seed. */
  readonly refusedByBackoff: number;
  /** Disconnected: had not authenticated and was not about to, when somebody else needed the place. */
  readonly evicted: number;
  /** Disconnected: sent too many messages before trust. */
  readonly exceededBudget: number;
  /** Disconnected: the peer did not authenticate within `handshakeTimeout`. */
  readonly handshakeTimeouts: number;
  /** TLS handshakes that failed: a certificate or key that does not fit, a peer that speaks no TLS. */
  readonly failedTlsHandshakes: number;
  /** Disconnected: the TLS handshake took longer than `tls.handshakeTimeout`. */
  readonly tlsHandshakeTimeouts: number;
  /** Disconnected: the function `peerName` threw. */
  readonly refusedByPeerName: number;
  /** Disconnected: a newer peer has their name (`duplicateNames: 'evict'`). */
  readonly nameTakeovers: number;
  /** Disconnected: another peer had their name already (`duplicateNames: 'refuse'`). */
  readonly refusedByName: number;
  /** Disconnected: peers took their name from each other too often (`duplicateNames: 'evict'`). */
  readonly refusedByFlapping: number;
  /** Disconnected: claimed another name than the one that they are bound to. */
  readonly peerNameMismatches: number;
  /** How often the option `group` threw, or returned no group. */
  readonly groupErrors: number;
  /** Connections that were closed because `onSession`, a listener of `session`, or the making of the session failed. */
  readonly sessionErrors: number;
  /** Log lines about peers that are not trusted that were left out (`maxUntrustedLogLines`). */
  readonly suppressedLogLines: number;
}

/**
 * A listening server: one session per connection. Its events are {@link ServerEvents}; a listener that throws or rejects
 * is a process warning and a log line, and the server goes on.
 *
 * @example
 * ```ts
 * import { listen } from 'socket-protocol';
 *
 * const server = await listen({ port: 17017 }, (session) => session.onRead(0, () => 'pong'));
 * server.on('refused', ({ reason, address, count }) => console.warn('turned away', count, reason, address));
 * server.on('sessionError', (error, session) => console.error(session.peerAddress, error));
 * ```
 */
export interface Server extends EventEmitter<ServerEvents>, AsyncDisposable {
  /** Where it listens; empty where it has no host. */
  readonly host: string;
  /** The port it got; 0 where it has none. */
  readonly port: number;
  /** The sessions whose connection is up: a set, in which each can be found by name, by id and in its groups. */
  readonly sessions: ServerSessions;
  /** The path of its Unix socket; null where it has none. */
  readonly path: string | null;
  /** Connections accepted, refused and evicted. */
  readonly counters: ServerCounters;
  /** What the server measures: connections, groups, traffic, what is under way. Takes a moment for each session. */
  stats(): ServerStats;
  /**
   * The peer of a name, to be asked like a session, whichever connection it has then.
   *
   * @param name what the peer claims, or what it is bound to; nobody need have it yet
   * @param options of its requests, unless they say otherwise: a contract's client for this peer asks with them
   * @throws OptionError for a name that is no text of at least one character, or a wrong option
   *
   * @example
   * ```ts
   * import { listen } from 'socket-protocol';
   *
   * const server = await listen({ port: 17017, duplicateNames: 'evict' }, () => {});
   * const kitchen = server.peer('kitchen', { waitForPeer: true });
   * console.log(await kitchen.read(0, { timeout: 5_000 }));
   * ```
   */
  peer(name: string, options?: PeerRequestOptions): NamedPeer;
  /**
   * Sends a request to the peer of a name, as {@link Session.request} does.
   *
   * @param name what the peer claims, or what it is bound to
   * @param options `timeout`, `signal`, and `waitForPeer`: whether to wait for a peer that is not there
   * @throws (rejects) NoSuchPeerError where nobody has the name, and as `session.request`
   */
  request(
    name: string,
    requestSid: number,
    dataId: number,
    data?: unknown,
    options?: PeerRequestOptions,
  ): Promise<Message>;
  /** Reads data of the peer of a name; as {@link Session.read}, and rejects with NoSuchPeerError where nobody has it. */
  read<T extends JsonValue = JsonValue>(
    name: string,
    dataId: number,
    options?: PeerRequestOptions,
  ): Promise<T>;
  /** Writes data of the peer of a name; as {@link Session.write}, and rejects with NoSuchPeerError where nobody has it. */
  write<T extends JsonValue = JsonValue>(
    name: string,
    dataId: number,
    data: unknown,
    options?: PeerRequestOptions,
  ): Promise<T>;
  /** Asks the peer of a name to execute something; as {@link Session.execute}, or NoSuchPeerError where nobody has it. */
  execute<T extends JsonValue = JsonValue>(
    name: string,
    dataId: number,
    data?: unknown,
    options?: PeerRequestOptions,
  ): Promise<T>;
  /**
   * Asks, or sends to, all peers that can be addressed: those that are trusted, or all where no secret is set.
   *
   * @param message `{ read }`, `{ write, data }`, `{ execute, data }` or `{ request, dataId, data }`; or `{ send, dataId, data }`,
   *   to which no answer is expected
   * @param options `group` and `filter` choose among them; `timeout` holds for each, `signal` for all
   * @returns what became of each of them; does not reject because one of them does
   * @throws (rejects) OptionError for a wrong argument, and what `filter` throws
   *
   * @example
   * ```ts
   * import { listen } from 'socket-protocol';
   *
   * const server = await listen({ port: 17017, group: ({ peerName }) => peerName?.split('-')[0] }, () => {});
   * for (const { session, ...result } of await server.broadcast({ read: 0 }, { group: 'thermostat' })) {
   *   if (result.status === 'fulfilled') console.log(session.peerName, result.value);
   *   else console.warn(session.peerName, result.reason);
   * }
   * ```
   */
  broadcast<M extends BroadcastMessage>(
    message: M,
    options?: BroadcastOptions,
  ): Promise<BroadcastResult<BroadcastValue<M>>[]>;
  /**
   * Takes a connection that the program got in another way, such as a channel of an SSH server, as if a client had come
   * by the port: the same limits count, and it gets a session of its own.
   *
   * @param stream an open Duplex of bytes, nothing of which has been read; once the server closes, it is destroyed
   * @throws OptionError for a stream that cannot be used
   *
   * @example
   * ```ts
   * import { duplexPair } from 'node:stream';
   * import { listen, StreamStp, Session } from 'socket-protocol';
   *
   * const server = await listen({ port: 17017 }, (session) => session.onRead(0, () => 'pong'));
   * const [here, there] = duplexPair();
   * server.accept(here);
   * console.log(await new Session(new StreamStp({ stream: there })).read(0)); // pong
   * ```
   */
  accept(stream: Duplex): void;
  /**
   * Stops listening and closes every session, as {@link Session.close} does: what was sent still goes out. Connections that
   * have no session yet are closed at once.
   *
   * @param options `drain` lets pending requests and running callbacks of all sessions finish first, for `timeout`
   *   milliseconds in all; a call without it ends the draining
   * @returns what had to be cut, all sessions together, when everything is closed; the same for every call
   * @throws (rejects) OptionError for a wrong option
   *
   * @example
   * ```ts
   * import { listen } from 'socket-protocol';
   *
   * const server = await listen({ port: 17017 }, (session) => session.onRead(0, () => 'pong'));
   * process.once('SIGTERM', async () => {
   *   const { cutCallbacks } = await server.close({ drain: true, timeout: 5_000 });
   *   if (cutCallbacks > 0) console.warn(cutCallbacks, 'callbacks took too long');
   * });
   * ```
   */
  close(options?: CloseOptions): Promise<ServerCloseReport>;
  /**
   * Takes new certificates for connections that come from now on; those that there are keep theirs.
   *
   * @param options the new ones; unless given, the function in the option `tls` reads them anew, and once more after a second
   *   where they do not fit yet: a file may be half written
   * @throws (rejects) OptionError for what cannot be used, or what the function threw: then the old ones stay
   *
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs';
   * import { listen } from 'socket-protocol';
   *
   * const tls = () => ({ cert: readFileSync('server.pem'), key: readFileSync('server.key') });
   * const server = await listen({ port: 17017, tls }, (session) => session.onRead(0, () => 'pong'));
   * process.on('SIGHUP', () => server.reloadTls().catch((error) => console.error(error.message)));
   * ```
   */
  reloadTls(options?: TlsServerOptions): Promise<void>;
}

/**
 * Listens for clients; each connection is a session of its own, which ends with it.
 *
 * @param options where, and how each session behaves
 * @param onSession gets each new session before anything that its client sends is handled: the place for handlers. It may
 *   be async, but nobody waits for it: only what it registers before its first `await` is in place in time. If it throws or
 *   rejects, this connection is closed; see `sessionError` of {@link ServerEvents}
 * @returns the server, listening
 * @throws (rejects) OptionError for a wrong option; ListenError, with the address, where it cannot listen
 *
 * @example
 * ```ts
 * import { listen } from 'socket-protocol';
 *
 * const server = await listen({ port: 17017, secret: 'correct horse battery staple' }, (session) => {
 *   session.onRead(0, () => new Date().toString());
 *   session.on('trusted', () => console.log(session.peerAddress, 'is trusted'));
 * });
 * ```
 */
export async function listen(
  options: ListenOptions,
  onSession: (session: Session) => unknown,
): Promise<Server> {
  // an event fails it, and knows nobody who called
  const callers = callersOf(listen);
  try {
    return await listenAt(options, onSession);
  } catch (error) {
    throw withCallers(error, callers);
  }
}

async function listenAt(options: ListenOptions, onSession: (session: Session) => unknown): Promise<Server> {
  admitListenOptions(options);
  if (typeof onSession !== 'function') throw new OptionError('onSession', 'a function', typeof onSession);
  const settings = sessionSettings(options);
  const read = optionReader(LISTEN_OPTIONS, options);
  const memory = read('memory');
  refuseTwoAddresses(options, 'memory');
  const address = memory ?? listenAddressOf(options, () => read('host'));
  const maxConnections = read('maxConnections');
  const log = new ServerLog(
    settings.clock,
    settings.logger,
    read('maxUntrustedLogLines'),
    settings.logLevels,
    settings.warnsOfTheUnheard,
  );
  const defences = defencesOf(settings, read, log);
  const peerNameOf = read('peerName') ?? null;
  const tls = await TlsSource.open({ source: read('tls'), secret: settings.secret, clock: settings.clock });
  if (tls === null && peerNameOf !== null)
    throw new OptionError('peerName', 'tls: a plain peer proves no name', 'peerName alone');
  const door = tls === null ? null : new SecureDoor(tls.secure, peerNameOf, log);
  const boundNameOf = (socket: Duplex): string | null => door?.nameOf(socket) ?? null;
  const addressing = { duplicateNames: read('duplicateNames'), group: read('group') ?? null };
  const addresses = addressLimitOf(read);
  const folder = read('recordFailures');
  const failures = folder === null ? null : new FailureFiles(folder, settings.clock);
  const parts = {
    settings,
    onSession,
    maxConnections,
    addresses,
    defences,
    addressing,
    log,
    tls,
    door,
    boundNameOf,
    failures,
  };
  const acceptor = new Acceptor(parts);
  return acceptor.serve(await open(address, (stream) => acceptor.accept(stream)));
}

async function open(
  address: ListenAddress | MemoryPlace,
  onStream: (stream: Duplex) => void,
): Promise<Listening> {
  if (!(address instanceof MemoryPlace)) return await openServer(address, onStream);
  const stop = address.listen(onStream);
  const close = async (): Promise<void> => stop();
  return { host: '', port: 0, path: null, address: 'memory', close };
}

/** Null where addresses are not limited: then nobody counts them. */
function addressLimitOf(read: OptionReader<ValuesOf<typeof LISTEN_OPTIONS>>): AddressLimit | null {
  const most = read('maxConnectionsPerAddress');
  return most === Number.POSITIVE_INFINITY ? null : new AddressLimit(most, read('sharedAddresses'));
}

const KIB = 1024;

/** A session, its socket and what both hold; measured by the figure D6 of docs/reliability.md. */
const CONNECTION_BYTES = 16 * KIB;
/** Of the places that all peers have, one network may have this part for handshakes that are under way. */
const MOVING_SHARE = 1 / 2;

/** Reads all options, also where nobody needs them; null without a secret, when everybody is trusted. */
function defencesOf(
  { secret, clock, untrusted, callbackTimeoutMs, seedLifetimeMs }: SessionSettings,
  read: OptionReader<ValuesOf<typeof LISTEN_OPTIONS>>,
  log: ServerLog,
): Defences | null {
  // the buffer of a frame grows by doubling
  const bytesOfEach = CONNECTION_BYTES + 2 * untrusted.maxFrameLength + untrusted.maxOutputBytes;
  const places = Math.floor(read('maxUntrustedMemory') / bytesOfEach);
  const poolLimits = {
    maxConnections: Math.max(1, Math.min(places, read('maxUntrustedConnections'))),
    maxConnectionsOfNetwork: Math.max(1, read('maxConnections') * MOVING_SHARE),
    handshakeTimeoutMs: read('handshakeTimeout') ?? null,
  };
  const messageLimits = {
    perConnection: read('maxUntrustedMessages'),
    perNetwork: read('maxUntrustedMessagesPerAddress'),
    perServer: read('maxUntrustedMessagesPerServer'),
  };
  const backoff = read('backoff');
  const shared = read('sharedAddresses');
  if (secret === null) return null;
  const longestDelayMs = seedLifetimeMs / 2;
  const delays = backoff !== false && {
    minDelayMs: Math.min(longestDelayMs, backoff.minDelayMs),
    maxDelayMs: Math.min(longestDelayMs, backoff.maxDelayMs),
  };
  return new Defences({
    pool: new UntrustedPool(clock, poolLimits),
    messages: new MessageBudgets(clock, messageLimits),
    callbacks: new CallbackRoom(clock, callbackTimeoutMs),
    backoff: delays === false ? null : new AddressBackoff(clock, delays),
    shared,
    log,
  });
}
