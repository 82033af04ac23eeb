/**
 * What a server tells besides its sessions: whom it turns away, once a second at most for each kind, with how many there
 * were. A line goes to the logger, an event to the listeners, and where there is neither a warning to the process, once for
 * each kind. It also bounds the lines about peers that are not trusted, all sessions together.
 */

import type { Clock } from '../base/clock.js';
import { warn } from '../base/warnings.js';
import type { PeerRefusalReason } from '../protocol/reasons.js';
import {
  LOG_LEVEL,
  type Logger,
  type LogLevels,
  type NamedLog,
  namedLog,
} from '../session/journal/logging.js';
import type { RefusalCause, RefusalObserver } from '../session/journal/refusal-door.js';
import { OnceASecond } from './once-a-second.js';
import type { PeerRefusal } from './server-events.js';

const WINDOW_MS = 1_000;

/** Something that happens to peers. */
interface PeerEvent {
  /** The end of the line about it. */
  readonly text: string;
  /** The reason, where it is a refusal: then it is an event of the server, too. */
  readonly refusal?: PeerRefusalReason;
  /** The process was warned already, or the program asked for it. */
  readonly isNoWarning?: true;
}

const EVENTS = {
  refusedByLimit: {
    text: 'turned away, there are maxConnections already',
    refusal: 'too-many-connections',
  },
  refusedByBackoff: {
    text: 'disconnected, too many wrong keys come from their address',
    refusal: 'too-many-guesses',
  },
  delayedByBackoff: { text: 'kept waiting for a seed, too many wrong keys come from their address' },
  refusedByDescriptors: {
    text: 'turned away, the process has no file descriptors left',
    refusal: 'out-of-file-descriptors',
    isNoWarning: true,
  },
  refusedByPool: {
    text: 'turned away, all places are taken by handshakes that are under way',
    refusal: 'too-many-handshakes',
  },
  evicted: {
    text: 'disconnected to make room, they were not about to authenticate',
    refusal: 'too-many-untrusted',
  },
  exceededBudget: {
    text: 'disconnected, too many messages before trust',
    refusal: 'too-many-untrusted-messages',
  },
  handshakeTimeouts: {
    text: 'disconnected, they did not authenticate within handshakeTimeout',
    refusal: 'handshake-timeout',
    isNoWarning: true,
  },
  tlsCertificatesInvalid: {
    text: 'turned away, their certificate is not accepted',
    refusal: 'tls-certificate-invalid',
  },
  tlsCertificatesRefused: {
    text: 'left, they do not accept the certificate of this server',
    refusal: 'tls-certificate-refused',
  },
  tlsPskRefused: { text: 'turned away, their pre-shared key does not fit', refusal: 'tls-psk-refused' },
  tlsNotSpoken: { text: 'turned away, they do not speak TLS', refusal: 'peer-speaks-no-tls' },
  tlsHandshakesFailed: { text: 'turned away, the TLS handshake failed', refusal: 'tls-handshake-failed' },
  tlsHandshakeTimeouts: {
    text: 'disconnected, their TLS handshake took too long',
    refusal: 'tls-handshake-timeout',
    isNoWarning: true,
  },
  refusedByPeerName: { text: 'turned away, peerName gave no name for them', refusal: 'peer-name-failed' },
  proxyHeadersInvalid: {
    text: 'turned away, no PROXY protocol header that can be used',
    refusal: 'proxy-header-invalid',
  },
  proxyHeaderTimeouts: {
    text: 'disconnected, the PROXY protocol header took too long',
    refusal: 'proxy-header-timeout',
    isNoWarning: true,
  },
  refusedByAddress: {
    text: 'turned away, there are maxConnectionsPerAddress from their address already',
    refusal: 'too-many-connections-of-address',
  },
  peerNameMismatches: {
    text: 'disconnected, they claimed another name than the one that they are bound to',
    refusal: 'peer-name-mismatch',
  },
  nameTakeovers: {
    text: 'disconnected, a newer peer has their name',
    refusal: 'name-taken-over',
    isNoWarning: true,
  },
  refusedByName: {
    text: 'disconnected, another peer has their name already',
    refusal: 'name-taken',
  },
  refusedByFlapping: {
    text: 'disconnected, peers took their name from each other too often',
    refusal: 'name-flapping',
  },
  refusedByClosing: {
    text: 'turned away, the server is closing',
    refusal: 'server-closing',
    isNoWarning: true,
  },
  wrongKeys: { text: 'a wrong key' },
} as const satisfies Readonly<Record<string, PeerEvent>>;

/** Something that a server tells about its peers. */
export type ServerLogEvent = keyof typeof EVENTS | 'suppressedLogLines';

/** What there is to say of one peer. */
interface PeerNews {
  readonly address?: string | undefined;
  readonly detail?: string | undefined;
}

/** Who hears of peers that are turned away, besides the logger. */
export interface RefusalListeners {
  /** Where the server listens, for warnings. */
  readonly address: string;
  /** Whether anybody listens. */
  readonly hearsRefusals: boolean;
  refused(refusal: PeerRefusal): void;
}

/** The log of a server. */
export class ServerLog {
  readonly #clock: Clock;
  readonly #linesPerSecond: number;
  readonly #log: NamedLog | null;
  /** All lines about peers are warnings, which a program may not want. */
  readonly #logsPeers: boolean;
  readonly #news: OnceASecond<ServerLogEvent, PeerNews>;
  readonly #warns: boolean;
  readonly #warned = new Set<ServerLogEvent>();
  #listeners: RefusalListeners | null = null;
  readonly #openObserver: ((address: string) => RefusalObserver) | undefined;
  #observer: RefusalObserver | null = null;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  /** How many lines about peers that are not trusted were left out. */
  suppressed = 0;

  /**
   * @param linesPerSecond about peers that are not trusted
   * @param warns whether the process is warned of refusals that nobody hears of
   * @param openObserver makes who hears of each peer that has no session, where somebody observes the server
   */
  constructor(
    clock: Clock,
    logger: Logger | undefined,
    linesPerSecond: number,
    levels?: LogLevels,
    warns = true,
    openObserver?: (address: string) => RefusalObserver,
  ) {
    this.#clock = clock;
    this.#linesPerSecond = linesPerSecond;
    this.#log = logger === undefined ? null : namedLog(logger, 'socket_protocol', levels);
    this.#warns = warns && logger === undefined;
    this.#openObserver = openObserver;
    this.#logsPeers = logger !== undefined && levels?.warn !== false;
    this.#news = new OnceASecond(clock, (event, count, last) => this.#write(event, count, last));
  }

  /** From now on these hear of refusals as well. */
  listenWith(listeners: RefusalListeners): void {
    this.#listeners = listeners;
    this.#observer = this.#openObserver?.(listeners.address) ?? null;
  }

  /** Takes room for lines about a peer that is not trusted; false where they must be left out. */
  takeLines(lines: number): boolean {
    const now = this.#clock.now();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#lines = 0;
    }
    if (this.#lines + lines > this.#linesPerSecond) {
      this.suppressed += lines;
      if (this.#logsPeers) this.#news.tellLater('suppressedLogLines', {}, lines);
      return false;
    }
    this.#lines += lines;
    return true;
  }

  /** Something happened to a peer: it is told now, or with all of the next second. */
  tell(event: keyof typeof EVENTS, address?: string, detail?: string): void {
    const news = { address, detail };
    if (this.#isHeard(event)) this.#news.tell(event, news);
    else if (this.#warns) this.#warnOnce(event, news);
  }

  /** As `tell`, of a peer that has no session: an observer hears of it here or nowhere. */
  turnedAway(event: keyof typeof EVENTS, address?: string, detail?: string): void {
    this.tell(event, address, detail);
    const cause = refusalOf(event);
    if (cause !== null) this.observed(cause, address, detail);
  }

  /** An observer hears of a peer that got no session; nobody else does. */
  observed(cause: RefusalCause, address?: string, detail?: string): void {
    this.#observer?.refused({ cause, address: address ?? null, detail: detail ?? '' });
  }

  /** A line that is never left out. */
  warn(text: string): void {
    this.#log?.(LOG_LEVEL.warning, `server: ${text}`);
  }

  /** A line about a fault of the program; never left out. */
  error(text: string): void {
    this.#log?.(LOG_LEVEL.error, `server: ${text}`);
  }

  /** The server has closed: tells what is left. */
  close(): void {
    this.#news.close();
    this.#observer?.closed();
  }

  #isHeard(event: keyof typeof EVENTS): boolean {
    return this.#logsPeers || (refusalOf(event) !== null && this.#listeners?.hearsRefusals === true);
  }

  /** Nobody listens, so it goes where a person may see it. */
  #warnOnce(event: keyof typeof EVENTS, news: PeerNews): void {
    if (refusalOf(event) === null || 'isNoWarning' in EVENTS[event] || this.#warned.has(event)) return;
    this.#warned.add(event);
    const server = this.#listeners === null ? 'server' : `server at ${this.#listeners.address}`;
    const text = `${server}: ${textOf(event, 1, news)} (further ones are counted in server.counters)`;
    warn('SP_PEERS_REFUSED', text, { scope: this, matter: event });
  }

  #write(event: ServerLogEvent, count: number, news: PeerNews): void {
    this.warn(textOf(event, count, news));
    const reason = refusalOf(event);
    if (reason === null) return;
    const { address, detail } = news;
    this.#listeners?.refused({ reason, address, count, ...(detail === undefined ? {} : { detail }) });
  }
}

function refusalOf(event: ServerLogEvent): PeerRefusalReason | null {
  if (event === 'suppressedLogLines') return null;
  const { refusal }: PeerEvent = EVENTS[event];
  return refusal ?? null;
}

function textOf(event: ServerLogEvent, count: number, { address: lastAddress, detail }: PeerNews): string {
  if (event === 'suppressedLogLines') return `${count} lines about peers that are not trusted were left out`;
  const last = lastAddress === undefined ? '' : ` (${count === 1 ? '' : 'the last: '}${lastAddress})`;
  return `${count === 1 ? 'a peer' : `${count} peers`}${last}: ${EVENTS[event].text}${detail === undefined ? '' : `: ${detail}`}`;
}
