import type { Duplex } from 'node:stream';
import { callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import { OptionError } from '../protocol/errors.js';
import { FailureFiles } from '../recorder/failure-files.js';
import { refusalDoorOf } from '../session/journal/refusal-door.js';
import { type SessionSettings, sessionSettings } from '../session/options.js';
import type { Session } from '../session/session.js';
import { refuseTwoAddresses } from '../transport/address.js';
import { MemoryPlace } from '../transport/memory-streams.js';
import { type ListenAddress, type Listening, listenAddressOf, openServer } from '../transport/tcp-server.js';
import { Acceptor } from './acceptor.js';
import { AddressBackoff } from './address-backoff.js';
import { AddressLimit } from './address-limit.js';
import { CallbackRoom } from './callback-room.js';
import { Defences } from './defences.js';
import type { AddressingRules } from './directory.js';
import type { ListenOptions } from './listen-options.js';
import { MessageBudgets } from './message-budget.js';
import { admitListenOptions, LISTEN_OPTIONS } from './option-tables.js';
import { PROXY_HEADER_TIMEOUT_MS, ProxyDoor } from './proxy-door.js';
import { SecureDoor } from './secure-door.js';
import type { Server } from './server.js';
import type { ServerEvents } from './server-events.js';
import { ServerLog } from './server-log.js';
import { TlsSource } from './tls-source.js';
import { UntrustedPool } from './untrusted-pool.js';

/** The most connections at once, a bound on memory that few servers reach; further peers are turned away. */
export const DEFAULT_MAX_CONNECTIONS = LISTEN_OPTIONS.maxConnections.default;

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
  // it fails in an event, whose stack does not lead to the caller
  const callers = callersOf(listen);
  try {
    return await listenAt(options, onSession);
  } catch (error) {
    throw withCallers(error, callers);
  }
}

/**
 * As {@link listen}, for a gateway, which makes the peers of a server known elsewhere.
 *
 * @param books what hears which names can be addressed, and the contests for them
 */
export async function listenAt(
  options: ListenOptions,
  onSession: (session: Session) => unknown,
  books: Pick<AddressingRules, 'watcher' | 'contests'> = {},
): Promise<Server> {
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
    refusalDoorOf(settings.observe),
  );
  const defences = defencesOf(settings, read, log);
  const peerNameOf = read('peerName') ?? null;
  const tls = await TlsSource.open({ source: read('tls'), secret: settings.secret, clock: settings.clock });
  if (tls === null && peerNameOf !== null)
    throw new OptionError('peerName', 'tls: a plain peer proves no name', 'peerName alone');
  const door = tls === null ? null : new SecureDoor(tls.secure, peerNameOf, log);
  const boundNameOf = (socket: Duplex): string | null => door?.nameOf(socket) ?? null;
  const proxies = proxyDoorOf(options, read, settings.clock, log);
  const addressing = { duplicateNames: read('duplicateNames'), group: read('group') ?? null, ...books };
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
    proxies,
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

/** Null where there are no proxies: then nobody looks where a connection comes from. */
function proxyDoorOf(
  { path }: ListenOptions,
  read: OptionReader<ValuesOf<typeof LISTEN_OPTIONS>>,
  clock: Clock,
  log: ServerLog,
): ProxyDoor | null {
  const proxies = read('proxies');
  if (proxies.isEmpty) return null;
  if (path !== undefined)
    throw new OptionError('proxies', 'nothing where there is a path: who comes there has no address', 'both');
  const timeoutMs = Math.min(PROXY_HEADER_TIMEOUT_MS, read('handshakeTimeout') ?? Number.POSITIVE_INFINITY);
  return new ProxyDoor(proxies, clock, timeoutMs, log);
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
