import { callersOf, withCallers } from '../base/callers.js';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import { type AbortSignalLike, reasonOf } from '../base/signals.js';
import {
  type AskedRequest,
  ConnectionLostError,
  NoSuchPeerError,
  TooManyRequestsError,
} from '../protocol/errors.js';
import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../protocol/ids.js';
import type { JsonValue, Message, PlainData } from '../protocol/message.js';
import { Vocabulary, type VocabularyAdditions } from '../protocol/vocabulary.js';
import { idArgument, textArgument } from '../session/arguments.js';
import { ADOPT } from '../session/contract-host.js';
import { NO_OPTIONS, type RequestOptions } from '../session/request-options.js';
import { contractHostOf, type Session } from '../session/session.js';
import type { Directory } from './directory.js';
import { admitPeerRequestOptions, PEER_REQUEST_OPTIONS, type PeerRequestOptions } from './peer-options.js';

/** What asking a peer by its name needs. */
export interface NamedPeerParts {
  readonly directory: Pick<Directory, 'byName' | 'waits'>;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** How many requests may wait for peers that are not there. */
  readonly maxPendingRequests: number;
}

/** What is asked of a session, and again of the next one of its name where it was not written. */
type Ask<T> = (session: Session, options: RequestOptions) => Promise<T>;

const words = new Vocabulary();

/**
 * A peer of a server by its name, whichever connection it has: asks like a session. `server.peer(name)` makes it.
 *
 * Each method rejects with NoSuchPeerError where nobody has the name, and otherwise as the session's.
 *
 * @example
 * ```ts
 * import { listen } from 'socket-protocol';
 *
 * const server = await listen({ port: 17017 }, () => {});
 * const kitchen = server.peer('kitchen', { waitForPeer: true });
 * console.log(await kitchen.read(0, { timeout: 5_000 }));
 * ```
 */
export class NamedPeer {
  /** What the peer is called. */
  readonly name: string;
  readonly #parts: NamedPeerParts;
  readonly #options: PeerRequestOptions;
  /** Of contracts whose client asks this peer; null until there is one. */
  #additions: Set<VocabularyAdditions> | null = null;

  /**
   * @param options of its requests, unless they say otherwise
   * @throws OptionError for a name that is no text of at least one character, or a wrong option
   */
  constructor(name: string, options: PeerRequestOptions, parts: NamedPeerParts) {
    this.name = textArgument('name', name);
    admitPeerRequestOptions(options);
    const { timeout, signal, waitForPeer } = PEER_REQUEST_OPTIONS;
    timeout.check('timeout', options.timeout);
    signal.check('signal', options.signal);
    waitForPeer.check('waitForPeer', options.waitForPeer);
    this.#options = options;
    this.#parts = parts;
  }

  /** A contract has a client for this peer: each of its sessions knows the services and names before it is asked. */
  [ADOPT](additions: VocabularyAdditions): void {
    this.#additions ??= new Set();
    this.#additions.add(additions);
  }

  /** As `session.request`. */
  request(
    requestSid: number,
    dataId: number,
    data: unknown = null,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<Message> {
    return this.#ask(requestSid, dataId, options, (session, each) =>
      session.request(requestSid, dataId, data, each),
    );
  }

  /** As `session.read`. */
  read<T extends PlainData<T> = JsonValue>(
    dataId: number,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_READ_REQUEST, dataId, options, (session, each) => session.read<T>(dataId, each));
  }

  /** As `session.write`. */
  write<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_WRITE_REQUEST, dataId, options, (session, each) =>
      session.write<T>(dataId, data, each),
    );
  }

  /** As `session.execute`. */
  execute<T extends PlainData<T> = JsonValue>(
    dataId: number,
    data: unknown = null,
    options: PeerRequestOptions = NO_OPTIONS,
  ): Promise<T> {
    return this.#ask(SID_EXECUTE_REQUEST, dataId, options, (session, each) =>
      session.execute<T>(dataId, data, each),
    );
  }

  #ask<T>(requestSid: number, dataId: number, options: PeerRequestOptions, ask: Ask<T>): Promise<T> {
    const { directory } = this.#parts;
    try {
      admitPeerRequestOptions(options);
      const others = {
        timeout: options.timeout ?? this.#options.timeout,
        signal: options.signal ?? this.#options.signal,
      };
      const waitForPeer = options.waitForPeer ?? this.#options.waitForPeer;
      const waits = PEER_REQUEST_OPTIONS.waitForPeer.check('waitForPeer', waitForPeer);
      const session = directory.byName(this.name);
      if (session !== undefined && !waits) return ask(this.#introduced(session), others);
      const asked = this.#asked(idArgument('requestSid', requestSid), idArgument('dataId', dataId));
      if (!waits) throw new NoSuchPeerError(this.name, 0, asked);
      // the stack of a later error does not lead to the caller
      const callers = callersOf(this.#ask);
      return this.#askWhoComes(ask, others, asked).catch((error: unknown) => {
        throw withCallers(error, callers);
      });
    } catch (error) {
      return Promise.reject(withCallers(error, callersOf(this.#ask)));
    }
  }

  /** A request that the peer never saw may go to its next connection, as long as there is time. */
  async #askWhoComes<T>(ask: Ask<T>, options: RequestOptions, asked: AskedRequest): Promise<T> {
    const { clock, requestTimeoutMs } = this.#parts;
    const read = optionReader(PEER_REQUEST_OPTIONS, options);
    const signal = read('signal');
    const timeoutMs = read('timeout') ?? requestTimeoutMs;
    const dueMs = clock.now() + timeoutMs;
    const leftMs = (): number => Math.max(0, dueMs - clock.now());
    let last: Session | null = null;
    for (;;) {
      const session = await this.#whoComes(leftMs(), signal, asked);
      if (session === null || session === last) throw new NoSuchPeerError(this.name, timeoutMs, asked);
      last = session;
      try {
        return await ask(this.#introduced(session), { timeout: leftMs(), signal });
      } catch (error) {
        const wasNotWritten = error instanceof ConnectionLostError && !error.written;
        if (!wasNotWritten || leftMs() === 0) throw error;
      }
    }
  }

  #introduced(session: Session): Session {
    if (this.#additions !== null) {
      const host = contractHostOf(session);
      for (const additions of this.#additions) host?.adopt(additions);
    }
    return session;
  }

  async #whoComes(
    timeoutMs: number,
    signal: AbortSignalLike | undefined,
    asked: AskedRequest,
  ): Promise<Session | null> {
    const { directory, maxPendingRequests } = this.#parts;
    if (signal?.aborted === true) throw reasonOf(signal);
    const session = directory.byName(this.name) ?? null;
    if (session !== null || timeoutMs === 0) return session;
    if (directory.waits.size >= maxPendingRequests)
      throw new TooManyRequestsError('too-many-pending', maxPendingRequests, asked);
    return directory.waits.wait(this.name, timeoutMs, signal);
  }

  #asked(serviceId: number, dataId: number): AskedRequest {
    return { name: words.describeRequest(serviceId, dataId), serviceId, dataId, peerAddress: undefined };
  }
}
