/** The options of a session, and the settings that they become; the defaults and reasons are in option-table.ts. */

import type { Clock } from '../base/clock.js';
import { optionsDoor } from '../base/option-names.js';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import { warn } from '../base/warnings.js';
import type { LinkLimits } from '../transport/comm-instance.js';
import type { Codec } from '../wire/codec.js';
import type { DeriveKey } from './handshake/authenticator.js';
import type { HeartbeatSettings } from './heartbeat.js';
import type { BadInputLimits } from './journal/bad-input-budget.js';
import { type Logger, type LogLevelName, type LogLevels, logLevelsOf } from './journal/logging.js';
import type { Observe } from './journal/observation.js';
import { SESSION_OPTIONS } from './option-table.js';
import type { ReceiveBufferLimits } from './receiving/receive-buffer.js';

/** What an inspector gets: XState's `InspectionEvent`, whose types stay out of this entry's declarations. */
export interface InspectedEvent {
  /** `@xstate.actor`, `@xstate.event`, `@xstate.snapshot`, … */
  readonly type: string;
}

/** Any inspector of XState: an observer of inspection events, or its `next` alone. */
export type Inspector = InspectorObserver | InspectorObserver['next'];

/** An observer of inspection events; declared as a method so that one typed with XState's own event fits as well. */
export interface InspectorObserver {
  next(event: InspectedEvent): void;
}

/** How long {@link Session.send} waits: protocol.md section 7. */
export const DEFAULT_SEND_TIMEOUT_MS = 2_000;
/** How long {@link Session.receive} waits: protocol.md section 7. */
export const DEFAULT_RECEIVE_TIMEOUT_MS = 1_000;
/** How long {@link Session.authenticate} waits: protocol.md section 7. */
export const DEFAULT_AUTHENTICATION_TIMEOUT_MS = 2_000;
/** Shorter secrets can be brute-forced from one captured handshake. */
const RECOMMENDED_SECRET_BYTES = 16;

/** How a client finds out that a silent peer is gone; all times in milliseconds. */
export interface HeartbeatOptions {
  /** How long the peer may be silent before it is asked for a sign of life, give or take a tenth: 20,000 ms. */
  readonly interval?: number | undefined;
  /**
   * How long it may stay silent then before the connection is closed. Where more than 64 KiB have been sent since the last byte
   * from it, it gets a second more for each further 32 KiB: 10,000 ms.
   */
  readonly timeout?: number | undefined;
}

/**
 * The options of a session. All times are in milliseconds, all sizes in bytes.
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * const options = { secret: process.env['SECRET'] ?? null, channelName: 'thermostat', requestTimeout: 500 };
 * const session = await connect({ host: '127.0.0.1', port: 17017, ...options });
 * ```
 */
export interface SessionOptions {
  /**
   * The shared secret: a text, which is taken as UTF-8, or bytes, which are copied at once. Without one every peer is trusted.
   */
  readonly secret?: string | Uint8Array | null | undefined;
  /** Whether a client authenticates by itself after connecting: off. */
  readonly autoAuth?: boolean | undefined;
  /** The name of this channel in logs; a side without one takes the peer's. */
  readonly channelName?: string | null | undefined;
  /** How messages are written: `pureJson` or, for old peers, `structJson`, both of `socket-protocol/wire`; `pureJson` unless set. */
  readonly codec?: Codec | undefined;
  /** Where logs go; nowhere unless set. */
  readonly logger?: Logger | undefined;
  /** The least level that goes there; `silent`: nothing, and no warning of the process instead of a line either: `debug`. */
  readonly logLevel?: LogLevelName | undefined;
  /** An inspector of XState, which sees every actor and event; off unless set. */
  readonly inspect?: Inspector | undefined;
  /** Called with each message, drop and log line, as fields without anything confidential. Off unless set. */
  readonly observe?: Observe | undefined;
  /**
   * How many of the last frames and changes of states the flight recorder keeps, see {@link Session.flightRecord}; false: it is off:
   * 256.
   */
  readonly flightRecord?: number | false | undefined;
  /** How the key of a seed is made, for peers that differ. */
  readonly deriveKey?: DeriveKey | undefined;
  /** Answer a request with a wrong checksum with the status "checksum error", instead of not at all: off. */
  readonly answerChecksumErrors?: boolean | undefined;

  /** How long a request waits for its answer unless it says otherwise: 5,000 ms. */
  readonly requestTimeout?: number | undefined;
  /** How long an authentication that starts by itself may take before the connection is made anew: 5,000 ms. */
  readonly authenticationTimeout?: number | undefined;
  /** How long a late answer may take before the connection is reset: 30,000 ms. */
  readonly lateAnswerGrace?: number | undefined;
  /** How long a callback may take before its request is answered with "callback error": 30,000 ms. */
  readonly callbackTimeout?: number | undefined;
  /**
   * How many callbacks run at once; the others wait. One that itself waits for the peer does not count, so each request of
   * this side that is unanswered lets one more run: 64.
   */
  readonly maxRunningCallbacks?: number | undefined;
  /** The same while a secret is set and the peer is not trusted, without exception: 1. */
  readonly maxUntrustedRunningCallbacks?: number | undefined;
  /** How many requests of the peer may wait for their callback before reading pauses: 10,000. */
  readonly maxWaitingCallbacks?: number | undefined;
  /** How many bytes of such requests may wait: 64 MiB. */
  readonly maxWaitingCallbackBytes?: number | undefined;
  /** The longest frame that is received: 16 MiB. */
  readonly maxFrameLength?: number | undefined;
  /** The longest frame that is received while a secret is set and the peer is not trusted: 4 KiB. */
  readonly maxUntrustedFrameLength?: number | undefined;
  /**
   * How long a frame that has begun may take to bring another 16 KiB, or to end, before the connection is closed: 30,000 ms.
   */
  readonly frameTimeout?: number | undefined;
  /** The same while a secret is set and the peer is not trusted: 10,000 ms. */
  readonly untrustedFrameTimeout?: number | undefined;
  /** How many bytes may wait for a peer that does not read: 8 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** The same while a secret is set and the peer is not trusted: 4 KiB. */
  readonly maxUntrustedOutputBytes?: number | undefined;
  /** How long more than that may wait before the connection is closed: 10,000 ms. */
  readonly slowConsumerTimeout?: number | undefined;
  /** How long output may wait of which nothing at all gets out, however little, before the connection is closed: 60,000 ms. */
  readonly stallTimeout?: number | undefined;
  /**
   * How long a connection that closes may take to bring another 16 KiB of what was sent to the peer, or to end, before the
   * rest is given up: 10,000 ms.
   */
  readonly closeTimeout?: number | undefined;
  /** How a client finds out that a silent peer is gone; false: not at all. A server has TCP keep-alive instead. */
  readonly heartbeat?: HeartbeatOptions | false | undefined;
  /** How deep the data of a message may be nested while a secret is set and the peer is not trusted: 8. */
  readonly maxUntrustedDepth?: number | undefined;
  /** How many bad frames a minute close the connection: 100. */
  readonly maxBadFrames?: number | undefined;
  /** How many bad frames close the connection while a secret is set and the peer is not trusted: 8. */
  readonly maxUntrustedBadFrames?: number | undefined;
  /** More bytes a minute outside of frames than this close the connection: 1 MiB. */
  readonly maxNoiseBytes?: number | undefined;
  /** More bytes outside of frames than this close the connection while it is not trusted: 64 KiB. */
  readonly maxUntrustedNoiseBytes?: number | undefined;
  /** How many seeds a server sends on one connection before a key is right; one more request closes it: 10. */
  readonly maxSeedRequests?: number | undefined;
  /** How long a seed waits for its key: 10,000 ms. */
  readonly seedLifetime?: number | undefined;
  /** How many lines a second about dropped input go to the logger; the others are counted: 10. */
  readonly maxDropLogLines?: number | undefined;
  /**
   * How many messages a second go to the logger while a secret is set and the peer is not trusted, of it and to it, or where
   * `logLevel` lets only trouble pass; the others are counted: 20.
   */
  readonly maxUntrustedLogMessages?: number | undefined;
  /** How many requests may wait at once: 10,000. */
  readonly maxPendingRequests?: number | undefined;
  /** How many bytes of payload may wait to be written: 64 MiB. */
  readonly maxQueuedBytes?: number | undefined;
  /** Keep messages that nobody took for `receive` (protocol.md section 5), instead of dropping them: on. */
  readonly bufferUnhandled?: boolean | undefined;
  /** How long a message that nobody took is kept: 30,000 ms. */
  readonly maxBufferedAge?: number | undefined;
  /** How many messages nobody took are kept for `receive`, per pair of ids: 256. */
  readonly maxBufferedPerKey?: number | undefined;
  /** How many messages nobody took are kept for `receive`, in all: 256. */
  readonly maxBuffered?: number | undefined;
  /** How many bytes of such messages are kept: 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;

  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for how long the peer may be silent; a test brings its own. */
  readonly random?: (() => number) | undefined;
}

/** What a peer may take, by how far it is trusted. */
export interface TrustLimits extends LinkLimits {
  readonly maxRunningCallbacks: number;
  readonly maxWaitingCallbacks: number;
  readonly maxWaitingCallbackBytes: number;
}

/** Enough for what may pass before trust; a stranger need not be read faster than he is answered. */
export const MAX_UNTRUSTED_WAITING_CALLBACKS = 64;

/** How many bytes outside of frames an observer gets: about a line of text, enough to recognise them. */
const MAX_SAMPLE_LENGTH = 64;

/** Checked options: complete, with units in their names. */
export interface SessionSettings {
  readonly secret: Buffer | null;
  readonly isAutoAuthOn: boolean;
  readonly channelName: string | null;
  readonly codec: Codec;
  readonly logger: Logger | undefined;
  /** Which levels the logger gets. */
  readonly logLevels: LogLevels;
  /** Whether a failure that nobody hears of is worth a warning of the process. */
  readonly warnsOfTheUnheard: boolean;
  readonly inspect: Inspector | undefined;
  readonly observe: Observe | undefined;
  /** How many entries the flight recorder keeps; 0: there is none. */
  readonly flightEntries: number;
  readonly deriveKey: DeriveKey | undefined;
  readonly answersChecksumErrors: boolean;
  readonly requestTimeoutMs: number;
  readonly authenticationTimeoutMs: number;
  readonly lateAnswerGraceMs: number;
  readonly callbackTimeoutMs: number;
  readonly maxUntrustedDepth: number;
  /** What depends on whether the peer may do everything. */
  readonly trusted: TrustLimits;
  readonly untrusted: TrustLimits;
  readonly badInputLimits: BadInputLimits;
  readonly maxSeedRequests: number;
  readonly seedLifetimeMs: number;
  readonly maxDropLogLines: number;
  readonly maxUntrustedLogMessages: number;
  readonly buffersUnhandled: boolean;
  readonly maxPendingRequests: number;
  readonly maxQueuedBytes: number;
  readonly bufferLimits: ReceiveBufferLimits;
  readonly heartbeat: HeartbeatSettings | false;
  readonly clock: Clock;
  readonly random: () => number;
}

const admit = optionsDoor('SessionOptions', "new Session(transport, { secret: '…' })", SESSION_OPTIONS);

/**
 * Checks options and fills in what is left out.
 *
 * @throws OptionError that names the first wrong option, or one that does not exist
 */
export function checkSessionOptions(options: SessionOptions): SessionSettings {
  admit(options);
  return sessionSettings(options);
}

/**
 * As {@link checkSessionOptions}, but leaves other names alone: they are options of whatever makes the session.
 *
 * @throws OptionError that names the first wrong option
 */
export function sessionSettings(options: SessionOptions): SessionSettings {
  const read = optionReader(SESSION_OPTIONS, options);
  const secret = read('secret');
  const logger = read('logger');
  const logLevel = read('logLevel');
  if (secret !== null) warnOfShortSecret(secret.length);
  return {
    secret,
    isAutoAuthOn: read('autoAuth'),
    channelName: read('channelName'),
    codec: read('codec'),
    logger,
    logLevels: logLevelsOf(logger, logLevel),
    warnsOfTheUnheard: logLevel !== 'silent',
    inspect: read('inspect'),
    observe: read('observe'),
    flightEntries: read('flightRecord') || 0,
    deriveKey: read('deriveKey'),
    answersChecksumErrors: read('answerChecksumErrors'),
    requestTimeoutMs: read('requestTimeout'),
    authenticationTimeoutMs: read('authenticationTimeout'),
    lateAnswerGraceMs: read('lateAnswerGrace'),
    callbackTimeoutMs: read('callbackTimeout'),
    maxUntrustedDepth: read('maxUntrustedDepth'),
    ...trustLimits(read),
    badInputLimits: {
      maxBadFrames: read('maxBadFrames'),
      maxUntrustedBadFrames: read('maxUntrustedBadFrames'),
      maxNoiseBytes: read('maxNoiseBytes'),
      maxUntrustedNoiseBytes: read('maxUntrustedNoiseBytes'),
    },
    maxSeedRequests: read('maxSeedRequests'),
    seedLifetimeMs: read('seedLifetime'),
    maxDropLogLines: read('maxDropLogLines'),
    maxUntrustedLogMessages: read('maxUntrustedLogMessages'),
    buffersUnhandled: read('bufferUnhandled'),
    maxPendingRequests: read('maxPendingRequests'),
    maxQueuedBytes: read('maxQueuedBytes'),
    bufferLimits: {
      perKey: read('maxBufferedPerKey'),
      messages: read('maxBuffered'),
      bytes: read('maxBufferedBytes'),
      ageMs: read('maxBufferedAge'),
    },
    heartbeat: read('heartbeat'),
    clock: read('clock'),
    random: read('random'),
  };
}

function trustLimits(
  read: OptionReader<ValuesOf<typeof SESSION_OPTIONS>>,
): Pick<SessionSettings, 'trusted' | 'untrusted'> {
  const maxFrameLength = read('maxFrameLength');
  const slowConsumerTimeoutMs = read('slowConsumerTimeout');
  const maxWaitingCallbacks = read('maxWaitingCallbacks');
  const maxWaitingCallbackBytes = read('maxWaitingCallbackBytes');
  const stallTimeoutMs = read('stallTimeout');
  const closeTimeoutMs = read('closeTimeout');
  // without an observer nobody looks at bytes outside of frames
  const samples = read('observe') === undefined ? {} : { maxSampleLength: MAX_SAMPLE_LENGTH };
  return {
    trusted: {
      ...samples,
      maxFrameLength,
      frameTimeoutMs: read('frameTimeout'),
      maxOutputBytes: read('maxOutputBytes'),
      slowConsumerTimeoutMs,
      stallTimeoutMs,
      closeTimeoutMs,
      maxRunningCallbacks: read('maxRunningCallbacks'),
      maxWaitingCallbacks,
      maxWaitingCallbackBytes,
    },
    untrusted: {
      ...samples,
      maxFrameLength: Math.min(maxFrameLength, read('maxUntrustedFrameLength')),
      frameTimeoutMs: read('untrustedFrameTimeout'),
      maxOutputBytes: read('maxUntrustedOutputBytes'),
      slowConsumerTimeoutMs,
      stallTimeoutMs,
      closeTimeoutMs,
      maxRunningCallbacks: read('maxUntrustedRunningCallbacks'),
      maxWaitingCallbacks: Math.min(maxWaitingCallbacks, MAX_UNTRUSTED_WAITING_CALLBACKS),
      maxWaitingCallbackBytes,
    },
  };
}

let isWarnedOfShortSecret = false;

/** Once in a process: see SECURITY.md. */
function warnOfShortSecret(byteLength: number): void {
  if (byteLength >= RECOMMENDED_SECRET_BYTES || isWarnedOfShortSecret) return;
  isWarnedOfShortSecret = true;
  warn(
    'SP_SHORT_SECRET',
    `the secret has ${byteLength} bytes; use at least ${RECOMMENDED_SECRET_BYTES} random ones: a short secret can be brute-forced from one captured handshake`,
  );
}
