/** The table of limits in docs/reliability.md, written from the tables of options. */

import type { NumberRow } from '../../src/base/option-rows.js';
import type { OptionRow } from '../../src/base/option-table.js';
import { FREE_WRONG_KEYS, SEEDS_PER_SECOND } from '../../src/server/address-backoff.js';
import { MAX_CALLBACKS_OF_STRANGERS } from '../../src/server/callback-room.js';
import { BACKOFF_OPTIONS, LISTEN_OPTIONS } from '../../src/server/option-tables.js';
import { PROXY_HEADER_TIMEOUT_MS } from '../../src/server/proxy-door.js';
import { HEARTBEAT_OPTIONS, SESSION_OPTIONS as SESSION } from '../../src/session/option-table.js';
import { MAX_UNTRUSTED_WAITING_CALLBACKS } from '../../src/session/options.js';
import { RECONNECT_OPTIONS, TCP_SERVER_OPTIONS } from '../../src/transport/option-tables.js';
import { MAX_PROXY_HEADER_BYTES } from '../../src/transport/proxy-header.js';
import { TLS_SERVER_OPTIONS } from '../../src/transport/tls/option-tables.js';
import { CODEC_OPTIONS, MAX_INTEGER_DIGITS } from '../../src/wire/codec.js';
import { bytesInWords, grouped, timeInWords } from './values.js';

/** One line of the table. */
interface Limit {
  readonly limit: string;
  readonly before: string;
  readonly after: string;
  readonly option: string;
  readonly why: string;
}

const NOT_APPLICABLE = '–';

const LIMITS: readonly Limit[] = [
  pair('frame', 'maxUntrustedFrameLength', 'maxFrameLength'),
  pair('time for a frame, or for 16 KiB of it', 'untrustedFrameTimeout', 'frameTimeout'),
  {
    limit: 'silence of the peer, of a client',
    ...same(`${wordsFor(HEARTBEAT_OPTIONS.interval)}, then ${wordsFor(HEARTBEAT_OPTIONS.timeout)} to answer`),
    option: '`heartbeat`',
    why: SESSION.heartbeat.why,
  },
  pair('unread output', 'maxUntrustedOutputBytes', 'maxOutputBytes'),
  both('time that more output waits', 'slowConsumerTimeout'),
  both('time that any output waits of which nothing gets out', 'stallTimeout'),
  both('time to bring what was sent to the peer at the end, or 16 KiB of it', 'closeTimeout'),
  {
    limit: 'nesting of data',
    before: wordsFor(SESSION.maxUntrustedDepth),
    after: wordsFor(CODEC_OPTIONS.maxDepth),
    option: '`maxUntrustedDepth`; codec: `maxDepth`',
    why: reasons(SESSION.maxUntrustedDepth, CODEC_OPTIONS.maxDepth),
  },
  pair('callbacks at once', 'maxUntrustedRunningCallbacks', 'maxRunningCallbacks'),
  {
    limit: 'requests that wait for a callback',
    before: `${grouped(MAX_UNTRUSTED_WAITING_CALLBACKS)}, read on only where this side waits for an answer`,
    after: `${wordsFor(SESSION.maxWaitingCallbacks)}, ${wordsFor(SESSION.maxWaitingCallbackBytes)}`,
    option: '`maxWaitingCallbacks`, `maxWaitingCallbackBytes`',
    why: reasons(SESSION.maxWaitingCallbacks, SESSION.maxWaitingCallbackBytes),
  },
  both('time for a callback', 'callbackTimeout'),
  pair('bad frames', 'maxUntrustedBadFrames', 'maxBadFrames'),
  pair('noise outside of frames', 'maxUntrustedNoiseBytes', 'maxNoiseBytes'),
  { ...both('seeds on a connection', 'maxSeedRequests'), after: NOT_APPLICABLE },
  { ...both('life of a seed', 'seedLifetime'), after: NOT_APPLICABLE },
  {
    limit: 'wrong keys on a connection',
    before: '3, answered after 100 ms and 400 ms',
    after: '3',
    option: 'fixed by the protocol',
    why: 'Keys can be guessed.',
  },
  {
    limit: 'wrong keys of an address',
    before:
      `${grouped(FREE_WRONG_KEYS)}, 2 forgotten a second; then seeds wait ` +
      `${wordsFor(BACKOFF_OPTIONS.minDelay)}, doubling to ${wordsFor(BACKOFF_OPTIONS.maxDelay)}, ` +
      `and are ${grouped(SEEDS_PER_SECOND)} a second`,
    after: NOT_APPLICABLE,
    option: '`listen`: `backoff`, `sharedAddresses`',
    why: reasons(LISTEN_OPTIONS.backoff, LISTEN_OPTIONS.sharedAddresses),
  },
  {
    limit: 'time for the header of a proxy, and its length',
    before: `${timeInWords(PROXY_HEADER_TIMEOUT_MS)}, ${bytesInWords(MAX_PROXY_HEADER_BYTES)}`,
    after: NOT_APPLICABLE,
    option: '`listen`: `proxies`',
    why: LISTEN_OPTIONS.proxies.why,
  },
  {
    limit: 'connections',
    before: wordsFor(LISTEN_OPTIONS.maxUntrustedConnections),
    after: wordsFor(LISTEN_OPTIONS.maxConnections),
    option: '`listen`: `maxUntrustedConnections`, `maxConnections`',
    why: reasons(LISTEN_OPTIONS.maxUntrustedConnections, LISTEN_OPTIONS.maxConnections),
  },
  {
    limit: 'memory of connections',
    before: wordsFor(LISTEN_OPTIONS.maxUntrustedMemory),
    after: NOT_APPLICABLE,
    option: '`listen`: `maxUntrustedMemory`',
    why: LISTEN_OPTIONS.maxUntrustedMemory.why,
  },
  {
    limit: 'messages before trust',
    before: [
      `${wordsFor(LISTEN_OPTIONS.maxUntrustedMessages)}, and one each 10 s`,
      `${wordsFor(LISTEN_OPTIONS.maxUntrustedMessagesPerAddress)} of an address`,
      `${wordsFor(LISTEN_OPTIONS.maxUntrustedMessagesPerServer)} in all`,
    ].join('; '),
    after: 'no limit',
    option:
      '`listen`: `maxUntrustedMessages`, `maxUntrustedMessagesPerAddress`, `maxUntrustedMessagesPerServer`',
    why: reasons(
      LISTEN_OPTIONS.maxUntrustedMessages,
      LISTEN_OPTIONS.maxUntrustedMessagesPerAddress,
      LISTEN_OPTIONS.maxUntrustedMessagesPerServer,
    ),
  },
  {
    limit: 'callbacks of all such peers at once',
    before: grouped(MAX_CALLBACKS_OF_STRANGERS),
    after: NOT_APPLICABLE,
    option: '`listen`: fixed',
    why: 'As many as one trusted peer may have.',
  },
  {
    limit: 'connections that wait for the program',
    before: wordsFor(TCP_SERVER_OPTIONS.backlog),
    after: NOT_APPLICABLE,
    option: '`listen`: `backlog`',
    why: TCP_SERVER_OPTIONS.backlog.why,
  },
  {
    limit: 'time to authenticate',
    before: 'no limit',
    after: NOT_APPLICABLE,
    option: '`listen`: `handshakeTimeout`',
    why: LISTEN_OPTIONS.handshakeTimeout.why,
  },
  {
    limit: 'time for the TLS handshake',
    before: wordsFor(TLS_SERVER_OPTIONS.handshakeTimeout),
    after: NOT_APPLICABLE,
    option: '`tls.handshakeTimeout`',
    why: TLS_SERVER_OPTIONS.handshakeTimeout.why,
  },
  {
    limit: 'entries of the flight recorder',
    before: grouped(SESSION.flightRecord.default),
    after: grouped(SESSION.flightRecord.default),
    option: '`flightRecord`',
    why: SESSION.flightRecord.why,
  },
  both('pending requests, ghosts included', 'maxPendingRequests'),
  both('bytes of requests that wait to be sent', 'maxQueuedBytes'),
  { ...both('late answer', 'lateAnswerGrace'), before: NOT_APPLICABLE },
  {
    limit: 'messages that nobody took',
    before: 'whitelist only',
    after: [
      wordsFor(SESSION.maxBuffered),
      `${wordsFor(SESSION.maxBufferedPerKey)} per ids`,
      wordsFor(SESSION.maxBufferedBytes),
      wordsFor(SESSION.maxBufferedAge),
    ].join(', '),
    option:
      '`maxBuffered`, `maxBufferedPerKey`, `maxBufferedBytes`, `maxBufferedAge`; `bufferUnhandled` for none',
    why: reasons(
      SESSION.maxBuffered,
      SESSION.maxBufferedPerKey,
      SESSION.maxBufferedBytes,
      SESSION.maxBufferedAge,
    ),
  },
  {
    ...both('messages that are logged', 'maxUntrustedLogMessages'),
    after: `all; above the level info ${wordsFor(SESSION.maxUntrustedLogMessages)}`,
  },
  both('log lines about drops', 'maxDropLogLines'),
  {
    limit: 'log lines about all such peers',
    before: wordsFor(LISTEN_OPTIONS.maxUntrustedLogLines),
    after: 'no limit',
    option: '`listen`: `maxUntrustedLogLines`',
    why: LISTEN_OPTIONS.maxUntrustedLogLines.why,
  },
  {
    limit: 'integers',
    before: `${grouped(MAX_INTEGER_DIGITS)} digits`,
    after: `${grouped(MAX_INTEGER_DIGITS)} digits`,
    option: 'fixed',
    why: 'Python refuses more.',
  },
  {
    limit: 'pause before reconnecting',
    before: reconnecting(),
    after: reconnecting(),
    option: '`connect`: `reconnect`',
    why: 'A link that is lost within 5 s, or before there is trust, counts as a failed attempt.',
  },
  {
    limit: 'pause after a refused key',
    before: timeInWords(RECONNECT_OPTIONS.refusedDelay.default),
    after: NOT_APPLICABLE,
    option: '`connect`: `reconnect.refusedDelay`',
    why: RECONNECT_OPTIONS.refusedDelay.why,
  },
];

/** Begins and ends what is generated. */
const MARKED = /(<!-- limits: begin -->\n)[\s\S]*(<!-- limits: end -->)/;

/**
 * Writes the table of limits into a text.
 *
 * @param text the Markdown, with the two markers
 * @throws Error where the markers are missing
 */
export function withLimits(text: string): string {
  if (!MARKED.test(text))
    throw new Error('There are no markers <!-- limits: begin --> and <!-- limits: end -->');
  const lines = [
    '| limit | before trust | after | option | why |',
    '| --- | --- | --- | --- | --- |',
    ...LIMITS.map(
      ({ limit, before, after, option, why }) => `| ${limit} | ${before} | ${after} | ${option} | ${why} |`,
    ),
  ];
  return text.replace(MARKED, (_, begin: string, end: string) => `${begin}${lines.join('\n')}\n${end}`);
}

/** The names of the options that the table mentions. */
export function namesOfLimits(): ReadonlySet<string> {
  return new Set(
    LIMITS.flatMap(({ option }) => [...option.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)),
  );
}

type NumberName = {
  [Name in keyof typeof SESSION]: (typeof SESSION)[Name] extends NumberRow ? Name : never;
}[keyof typeof SESSION];

/** A limit that is lower before trust. */
function pair(limit: string, before: NumberName, after: NumberName): Limit {
  return {
    limit,
    before: wordsFor(SESSION[before]),
    after: wordsFor(SESSION[after]),
    option: `\`${before}\`, \`${after}\``,
    why: reasons(SESSION[before], SESSION[after]),
  };
}

/** A limit that is always the same. */
function both(limit: string, name: NumberName): Limit {
  const value = wordsFor(SESSION[name]);
  return { limit, before: value, after: value, option: `\`${name}\``, why: SESSION[name].why };
}

function same(value: string): Pick<Limit, 'before' | 'after'> {
  return { before: value, after: value };
}

function wordsFor({ unit, default: value, per }: NumberRow): string {
  const words = unit === 'bytes' ? bytesInWords(value) : unit === 'ms' ? timeInWords(value) : grouped(value);
  return per === undefined ? words : `${words} a ${per}`;
}

function reasons(...rows: readonly OptionRow<unknown>[]): string {
  return [...new Set(rows.map(({ why }) => why))].join(' ');
}

function reconnecting(): string {
  const { minDelay, maxDelay } = RECONNECT_OPTIONS;
  return `random up to ${wordsFor(minDelay)}, doubling to ${wordsFor(maxDelay)}`;
}
