/** What a program has of a server that listens. */

import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { JsonValue, Message, PlainData } from '../protocol/message.js';
import type { CloseOptions } from '../session/close-options.js';
import type { Session } from '../session/session.js';
import type { TlsServerOptions } from '../transport/tls/options.js';
import type { BroadcastMessage, BroadcastResult, BroadcastValue } from './broadcast.js';
import type { ServerCloseReport } from './close-report.js';
import type { NamedPeer } from './named-peer.js';
import type { BroadcastOptions, PeerRequestOptions } from './peer-options.js';
import type { ServerCounters } from './server-counters.js';
import type { ServerEvents } from './server-events.js';
import type { ServerStats } from './server-stats.js';
import type { ServerSessions } from './session-set.js';

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
  read<T extends PlainData<T> = JsonValue>(
    name: string,
    dataId: number,
    options?: PeerRequestOptions,
  ): Promise<T>;
  /** Writes data of the peer of a name; as {@link Session.write}, and rejects with NoSuchPeerError where nobody has it. */
  write<T extends PlainData<T> = JsonValue>(
    name: string,
    dataId: number,
    data: unknown,
    options?: PeerRequestOptions,
  ): Promise<T>;
  /** Asks the peer of a name to execute something; as {@link Session.execute}, or NoSuchPeerError where nobody has it. */
  execute<T extends PlainData<T> = JsonValue>(
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
