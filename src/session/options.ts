/** The options of a session, with their defaults, limits and reasons. */

import { type Clock, systemClock } from '../base/clock.js';
import {
  countOption,
  objectOption,
  secretOption,
  switchOption,
  textOption,
  timeoutOption,
} from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import type { LinkLimits } from '../transport/comm-instance.js';
import type { Codec } from '../wire/codec.js';
import { pureJson } from '../wire/pure-json.js';
import { DEFAULT_MAX_FRAME_LENGTH } from '../wire/stp.js';
import type { DeriveKey } from './handshake/authenticator.js';
import type { BadInputLimits } from './journal/bad-input-budget.js';
import type { Logger } from './journal/logging.js';
import type { Observe } from './journal/observation.js';
import {
  DEFAULT_MAX_BUFFERED,
  DEFAULT_MAX_BUFFERED_AGE_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_BUFFERED_PER_KEY,
  type ReceiveBufferLimits,
} from './receiving/receive-buffer.js';

/** What an inspector is told: XState's `InspectionEvent`, whose types stay out of this entry's declarations. */
export interface InspectedEvent {
  /** `@xstate.actor`, `@xstate.event`, `@xstate.snapshot`, … */
  readonly type: string;
}

/** Any inspector of XState: an observer of inspection events, or its `next` alone. */
export type Inspector = InspectorObserver | InspectorObserver['next'];

/** An observer of inspection events; a method, so that one that asks for XState's own event type fits as well. */
export interface InspectorObserver {
  next(event: InspectedEvent): void;
}

/** How long a request waits for its answer unless it says otherwise: the original's send (2 s) and receive (1 s), and some air. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 5_000;
/** protocol.md section 7. */
export const DEFAULT_SEND_TIMEOUT_MS = 2_000;
/** protocol.md section 7. */
export const DEFAULT_RECEIVE_TIMEOUT_MS = 1_000;
/** protocol.md section 7. */
export const DEFAULT_AUTHENTICATION_TIMEOUT_MS = 2_000;
/** protocol.md section 5: after this the line of an unanswered request is not trusted any more. */
export const DEFAULT_LATE_ANSWER_GRACE_MS = 30_000;
/** A callback that has not answered after this never will, as far as the peer is concerned. */
export const DEFAULT_CALLBACK_TIMEOUT_MS = 30_000;
/** More callbacks at once than this and the peer is asked, by not reading, to slow down. */
export const DEFAULT_MAX_RUNNING_CALLBACKS = 64;
/** 4 KiB: the protocol's own messages need less than 300 bytes, and a stranger gets no more memory than that. */
export const DEFAULT_MAX_UNTRUSTED_FRAME_LENGTH = 4 * 1024;
/** Before trust, a peer that needs more time for a frame of 4 KiB is holding on to the connection. */
export const DEFAULT_UNTRUSTED_FRAME_TIMEOUT_MS = 10_000;
/** 16 MiB in this time is less than a slow mobile link does; a peer that needs longer sends a byte a minute. */
export const DEFAULT_FRAME_TIMEOUT_MS = 30_000;
/** 4 KiB: no answer to a stranger is longer, and one that does not read gets no more memory than that. */
export const DEFAULT_MAX_UNTRUSTED_OUTPUT_BYTES = 4 * 1024;
/** 8 MiB that a peer has not read: enough for any link, and a thousand such peers still fit into a server. */
export const DEFAULT_MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** A peer that reads nothing for so long while that much waits for it is gone, or means ill. */
export const DEFAULT_SLOW_CONSUMER_TIMEOUT_MS = 10_000;
/** What belongs to an authentication is flat; deeper data of a stranger only costs time. */
export const DEFAULT_MAX_UNTRUSTED_DEPTH = 8;
/** One at a time: what a stranger may call should not be a way to keep the program busy. */
export const DEFAULT_MAX_UNTRUSTED_RUNNING_CALLBACKS = 1;
/** A peer whose frames are all bad speaks another protocol or codec, or searches for a way in. */
export const DEFAULT_MAX_UNTRUSTED_BAD_FRAMES = 8;
/** By the minute: a link that flips bits this often carries nothing useful. */
export const DEFAULT_MAX_BAD_FRAMES = 100;
/** 64 KiB outside of frames before trust: more than a banner, less than a stream of another protocol. */
export const DEFAULT_MAX_UNTRUSTED_NOISE_BYTES = 64 * 1024;
/** 1 MiB outside of frames, by the minute. */
export const DEFAULT_MAX_NOISE_BYTES = 1024 * 1024;
/** A client needs one seed; more on one connection are attempts. */
export const DEFAULT_MAX_SEED_REQUESTS = 10;
/** A key follows its seed at once; an old seed is one more thing to steal. */
export const DEFAULT_SEED_LIFETIME_MS = 10_000;
/** Enough to see what is wrong, too few to fill a disk. */
export const DEFAULT_MAX_DROP_LOG_LINES = 10;
/** A handshake has six; each of a stranger may be a log line of 12 KiB, and he says how many there are. */
export const DEFAULT_MAX_UNTRUSTED_LOG_MESSAGES = 20;
/** Shorter secrets are found by trying, from one handshake that was overheard. */
const RECOMMENDED_SECRET_BYTES = 16;
/** Requests that wait or whose answer may still come, ghosts included. */
export const DEFAULT_MAX_PENDING_REQUESTS = 10_000;
/** 64 MiB of payloads that wait to be written. */
export const DEFAULT_MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/**
 * What a session can be told. All times are in milliseconds, all sizes in bytes.
 *
 * @example
 * ```ts
 * import { connect, type SessionOptions } from 'socket-protocol';
 *
 * const options: SessionOptions = { secret: process.env['SECRET'] ?? null, channelName: 'thermostat', requestTimeout: 500 };
 * await using session = await connect({ host: '127.0.0.1', port: 17017, ...options });
 * ```
 */
export interface SessionOptions {
  /** The shared secret: bytes, or a text that stands for its UTF-8 bytes. Without one every peer is trusted. */
  readonly secret?: string | Uint8Array | null | undefined;
  /** Whether a client authenticates by itself after connecting. */
  readonly autoAuth?: boolean | undefined;
  /** The name of this channel in logs; a side without one takes the peer's. */
  readonly channelName?: string | null | undefined;
  /** How messages are written; `pureJson` unless set. */
  readonly codec?: Codec | undefined;
  /** Where logs go; nowhere unless set. */
  readonly logger?: Logger | undefined;
  /** An inspector of XState, which sees every actor and event; off unless set. */
  readonly inspect?: Inspector | undefined;
  /** Is told of each message, drop and log line, as fields; nothing confidential is in them. Off unless set. */
  readonly observe?: Observe | undefined;
  /** How the key of a seed is made, for peers that differ. */
  readonly deriveKey?: DeriveKey | undefined;
  /** Answer a request with a wrong checksum with the status "checksum error", instead of not at all. */
  readonly answerChecksumErrors?: boolean | undefined;

  /** How long a request waits for its answer unless it says otherwise: 5,000 ms. */
  readonly requestTimeout?: number | undefined;
  /** How long an authentication that starts by itself may take: 2,000 ms. */
  readonly authenticationTimeout?: number | undefined;
  /** How long a late answer may take before the connection is reset: 30,000 ms. */
  readonly lateAnswerGrace?: number | undefined;
  /** How long a callback may take before its request is answered with "callback error": 30,000 ms. */
  readonly callbackTimeout?: number | undefined;
  /** How many callbacks run at once before reading pauses: 64. */
  readonly maxRunningCallbacks?: number | undefined;
  /** The same while a secret is set and the peer is not trusted: 1. */
  readonly maxUntrustedRunningCallbacks?: number | undefined;
  /** The longest frame that is received: 16 MiB. */
  readonly maxFrameLength?: number | undefined;
  /** The longest frame that is received while a secret is set and the peer is not trusted: 4 KiB. */
  readonly maxUntrustedFrameLength?: number | undefined;
  /** How long a frame may take from its first byte to its last before the connection is closed: 30,000 ms. */
  readonly frameTimeout?: number | undefined;
  /** The same while a secret is set and the peer is not trusted: 10,000 ms. */
  readonly untrustedFrameTimeout?: number | undefined;
  /** How many bytes may wait for a peer that does not read: 8 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** The same while a secret is set and the peer is not trusted: 4 KiB. */
  readonly maxUntrustedOutputBytes?: number | undefined;
  /** How long more than that may wait before the connection is closed: 10,000 ms. */
  readonly slowConsumerTimeout?: number | undefined;
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
   * How many messages a second go to the logger while a secret is set and the peer is not trusted, of it and to it; the
   * others are counted: 20.
   */
  readonly maxUntrustedLogMessages?: number | undefined;
  /** How many requests may wait at once: 10,000. */
  readonly maxPendingRequests?: number | undefined;
  /** How many bytes of payload may wait to be written: 64 MiB. */
  readonly maxQueuedBytes?: number | undefined;
  /** Keep messages that nobody took for `receive` (protocol.md section 5); off: drop them. On unless set. */
  readonly bufferUnhandled?: boolean | undefined;
  /** How long a message that nobody took is kept: 30,000 ms. */
  readonly maxBufferedAge?: number | undefined;
  /** How many messages nobody took are kept for `receive`, per pair of ids: 64. */
  readonly maxBufferedPerKey?: number | undefined;
  /** How many messages nobody took are kept for `receive`, in all: 256. */
  readonly maxBuffered?: number | undefined;
  /** How many bytes of such messages are kept: 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;

  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
}

/** What a peer may take, by how far it is trusted. */
export interface TrustLimits extends LinkLimits {
  readonly maxRunningCallbacks: number;
}

/** Options after the check: complete, in the units of the names. */
export interface SessionSettings {
  readonly secret: Buffer | null;
  readonly isAutoAuthOn: boolean;
  readonly channelName: string | null;
  readonly codec: Codec;
  readonly logger: Logger | undefined;
  readonly inspect: Inspector | undefined;
  readonly observe: Observe | undefined;
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
  readonly clock: Clock;
}

/**
 * Checks options and fills in what is left out.
 *
 * @throws OptionError that names the first wrong option
 */
export function checkSessionOptions(options: SessionOptions): SessionSettings {
  objectOption('codec', options.codec, ['encode', 'decode']);
  objectOption('logger', options.logger, ['debug', 'info', 'warn', 'error']);
  objectOption('clock', options.clock, ['setTimeout', 'clearTimeout', 'now']);
  for (const option of ['deriveKey', 'observe'] as const) {
    const value = options[option];
    if (value !== undefined && typeof value !== 'function')
      throw new OptionError(option, 'a function', typeof value);
  }
  if (
    options.inspect !== undefined &&
    typeof options.inspect !== 'function' &&
    typeof options.inspect !== 'object'
  ) {
    throw new OptionError('inspect', 'a function or an observer', typeof options.inspect);
  }
  const count = (option: keyof SessionOptions, fallback: number): number =>
    countOption(option, options[option], fallback, 1);
  const timeout = (option: keyof SessionOptions, fallback: number): number =>
    timeoutOption(option, options[option], fallback);
  /** A limit that can be lifted. */
  const endless = (option: keyof SessionOptions, fallback: number): number =>
    countOption(option, options[option], fallback, 1, true);
  const trusted: TrustLimits = {
    maxFrameLength: count('maxFrameLength', DEFAULT_MAX_FRAME_LENGTH),
    frameTimeoutMs: timeout('frameTimeout', DEFAULT_FRAME_TIMEOUT_MS),
    maxOutputBytes: count('maxOutputBytes', DEFAULT_MAX_OUTPUT_BYTES),
    slowConsumerTimeoutMs: timeout('slowConsumerTimeout', DEFAULT_SLOW_CONSUMER_TIMEOUT_MS),
    maxRunningCallbacks: count('maxRunningCallbacks', DEFAULT_MAX_RUNNING_CALLBACKS),
  };
  const secret = secretOption(options.secret);
  if (secret !== null) warnOfShortSecret(secret.length);
  return {
    secret,
    isAutoAuthOn: switchOption('autoAuth', options.autoAuth, false),
    channelName: textOption('channelName', options.channelName),
    codec: options.codec ?? pureJson,
    logger: options.logger,
    inspect: options.inspect,
    observe: options.observe,
    deriveKey: options.deriveKey,
    answersChecksumErrors: switchOption('answerChecksumErrors', options.answerChecksumErrors, false),
    requestTimeoutMs: timeout('requestTimeout', DEFAULT_REQUEST_TIMEOUT_MS),
    authenticationTimeoutMs: timeout('authenticationTimeout', DEFAULT_AUTHENTICATION_TIMEOUT_MS),
    lateAnswerGraceMs: timeout('lateAnswerGrace', DEFAULT_LATE_ANSWER_GRACE_MS),
    callbackTimeoutMs: timeout('callbackTimeout', DEFAULT_CALLBACK_TIMEOUT_MS),
    maxUntrustedDepth: count('maxUntrustedDepth', DEFAULT_MAX_UNTRUSTED_DEPTH),
    trusted,
    untrusted: {
      ...trusted,
      maxFrameLength: Math.min(
        trusted.maxFrameLength,
        count('maxUntrustedFrameLength', DEFAULT_MAX_UNTRUSTED_FRAME_LENGTH),
      ),
      frameTimeoutMs: timeout('untrustedFrameTimeout', DEFAULT_UNTRUSTED_FRAME_TIMEOUT_MS),
      maxOutputBytes: count('maxUntrustedOutputBytes', DEFAULT_MAX_UNTRUSTED_OUTPUT_BYTES),
      maxRunningCallbacks: count('maxUntrustedRunningCallbacks', DEFAULT_MAX_UNTRUSTED_RUNNING_CALLBACKS),
    },
    badInputLimits: {
      maxBadFrames: endless('maxBadFrames', DEFAULT_MAX_BAD_FRAMES),
      maxUntrustedBadFrames: endless('maxUntrustedBadFrames', DEFAULT_MAX_UNTRUSTED_BAD_FRAMES),
      maxNoiseBytes: endless('maxNoiseBytes', DEFAULT_MAX_NOISE_BYTES),
      maxUntrustedNoiseBytes: endless('maxUntrustedNoiseBytes', DEFAULT_MAX_UNTRUSTED_NOISE_BYTES),
    },
    maxSeedRequests: count('maxSeedRequests', DEFAULT_MAX_SEED_REQUESTS),
    seedLifetimeMs: timeout('seedLifetime', DEFAULT_SEED_LIFETIME_MS),
    maxDropLogLines: count('maxDropLogLines', DEFAULT_MAX_DROP_LOG_LINES),
    maxUntrustedLogMessages: count('maxUntrustedLogMessages', DEFAULT_MAX_UNTRUSTED_LOG_MESSAGES),
    buffersUnhandled: switchOption('bufferUnhandled', options.bufferUnhandled, true),
    maxPendingRequests: count('maxPendingRequests', DEFAULT_MAX_PENDING_REQUESTS),
    maxQueuedBytes: count('maxQueuedBytes', DEFAULT_MAX_QUEUED_BYTES),
    bufferLimits: {
      perKey: count('maxBufferedPerKey', DEFAULT_MAX_BUFFERED_PER_KEY),
      messages: count('maxBuffered', DEFAULT_MAX_BUFFERED),
      bytes: count('maxBufferedBytes', DEFAULT_MAX_BUFFERED_BYTES),
      ageMs: timeout('maxBufferedAge', DEFAULT_MAX_BUFFERED_AGE_MS),
    },
    clock: options.clock ?? systemClock,
  };
}

let isWarnedOfShortSecret = false;

/** Once in a process: whoever hears one handshake can try all short secrets at home (docs: SECURITY.md). */
function warnOfShortSecret(byteLength: number): void {
  if (byteLength >= RECOMMENDED_SECRET_BYTES || isWarnedOfShortSecret) return;
  isWarnedOfShortSecret = true;
  process.emitWarning(
    `the secret has ${byteLength} bytes: expected at least ${RECOMMENDED_SECRET_BYTES} random ones, for one handshake that is overheard is enough to find a short secret by trying`,
    'SocketProtocolWarning',
  );
}
