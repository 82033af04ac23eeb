/** The options of a session, one row each, in the order of {@link SessionOptions}. */

import {
  bytesRow,
  choiceRow,
  clockRow,
  countOrOffRow,
  countRow,
  functionRow,
  groupRow,
  inspectorRow,
  msRow,
  objectRow,
  optionalTextRow,
  randomRow,
  secretRow,
  switchRow,
  timeoutRow,
} from '../base/option-rows.js';
import type { OptionRow, RowsFor } from '../base/option-table.js';
import { describeKind } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { LINK_OPTIONS } from '../transport/link-limits.js';
import type { Codec } from '../wire/codec.js';
import { pureJson } from '../wire/pure-json.js';
import type { DeriveKey } from './handshake/authenticator.js';
import { LOG_LEVEL_NAMES, LOG_METHODS, type Logger, type LogLevelName } from './journal/logging.js';
import type { Observe } from './journal/observation.js';
import type { HeartbeatOptions, Inspector, SessionOptions } from './options.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** The options inside `heartbeat`. */
export const HEARTBEAT_OPTIONS = {
  interval: timeoutRow({
    default: 20_000,
    why: 'Routers forget a silent connection after 30 s at the earliest.',
  }),
  timeout: timeoutRow({
    default: 10_000,
    why: 'Any peer answers within a second, unless it is busy or the link is bad.',
  }),
} satisfies RowsFor<HeartbeatOptions>;

/** The options of {@link SessionOptions}. */
export const SESSION_OPTIONS = {
  secret: secretRow({ why: 'Many devices have none; without one every peer is trusted.' }),
  autoAuth: switchRow({ default: false, why: 'The original authenticates only when it is asked to.' }),
  channelName: optionalTextRow({ why: 'A side without a name takes the one of its peer.' }),
  codec: objectRow<Codec>({
    default: pureJson,
    methods: ['encode', 'decode'],
    suchAs: 'pureJson, structJson of socket-protocol/wire',
    why: 'Only old peers speak another one.',
  }),
  logger: loggerRow(),
  logLevel: choiceRow<LogLevelName>({
    default: 'debug',
    choices: LOG_LEVEL_NAMES,
    why: 'A logger has a level of its own; this one saves the time to make lines that it would not write.',
  }),
  inspect: inspectorRow<Inspector>(),
  observe: functionRow<Observe | undefined>({
    default: undefined,
    why: 'Each message costs more with it.',
  }),
  flightRecord: countOrOffRow({
    default: 256,
    most: 65_536,
    why: 'What led to a failure is in the last dozens; each takes some 90 bytes, and a session at rest has few.',
  }),
  deriveKey: functionRow<DeriveKey | undefined>({
    default: undefined,
    why: 'Nearly all peers hash the seed and the secret with SHA-512.',
  }),
  answerChecksumErrors: switchRow({
    default: false,
    why: 'Nothing in a damaged frame can be believed, not even its ids.',
  }),

  requestTimeout: timeoutRow({
    default: 5_000,
    why: 'The original allows 2 s for sending and 1 s for receiving; this leaves some room.',
  }),
  authenticationTimeout: timeoutRow({
    default: 5_000,
    why: 'A busy server answers a thousand clients in less; after it the client connects anew.',
  }),
  lateAnswerGrace: msRow({
    default: 30_000,
    why: 'After that nobody can say which request an answer belongs to, so the connection is reset.',
  }),
  callbackTimeout: timeoutRow({
    default: 30_000,
    why: 'The peer gave up long ago; the request is answered with "callback error".',
  }),
  maxRunningCallbacks: countRow({
    default: 64,
    why: 'More at once would be no faster; those that themselves wait for the peer do not count, or they would block each other.',
  }),
  maxUntrustedRunningCallbacks: countRow({
    default: 1,
    why: 'A stranger must not be able to keep the program busy.',
  }),
  maxWaitingCallbacks: countRow({
    default: 10_000,
    why: 'As many as a peer of this library can have pending.',
  }),
  maxWaitingCallbackBytes: bytesRow({
    default: 64 * MIB,
    why: 'As much as a peer of this library can have queued. At the limit reading pauses, which slows the peer down.',
  }),
  maxFrameLength: LINK_OPTIONS.maxFrameLength,
  maxUntrustedFrameLength: bytesRow({ default: 4 * KIB, why: 'The handshake needs 300 bytes.' }),
  frameTimeout: LINK_OPTIONS.frameTimeout,
  untrustedFrameTimeout: timeoutRow({
    default: 10_000,
    why: 'A byte a minute must not hold a connection open.',
  }),
  maxOutputBytes: LINK_OPTIONS.maxOutputBytes,
  maxUntrustedOutputBytes: bytesRow({
    default: 4 * KIB,
    why: 'No answer to a stranger is longer.',
  }),
  slowConsumerTimeout: LINK_OPTIONS.slowConsumerTimeout,
  stallTimeout: LINK_OPTIONS.stallTimeout,
  closeTimeout: LINK_OPTIONS.closeTimeout,
  heartbeat: groupRow({
    rows: HEARTBEAT_OPTIONS,
    settle: (read) => ({ intervalMs: read('interval'), timeoutMs: read('timeout') }),
    why: 'A link that nobody closed can be dead all the same; a device on a battery may prefer to sleep.',
  }),
  maxUntrustedDepth: countRow({ default: 8, why: 'The messages of the handshake are flat.' }),
  maxBadFrames: countRow({
    default: 100,
    per: 'minute',
    mayBeInfinite: true,
    why: 'A link that damages this many frames carries nothing useful.',
  }),
  maxUntrustedBadFrames: countRow({
    default: 8,
    mayBeInfinite: true,
    why: 'A stranger without a good frame speaks another protocol, or looks for a way in.',
  }),
  maxNoiseBytes: bytesRow({
    default: MIB,
    per: 'minute',
    mayBeInfinite: true,
    why: 'Lines are noisy when a device restarts, but not all the time.',
  }),
  maxUntrustedNoiseBytes: bytesRow({
    default: 64 * KIB,
    mayBeInfinite: true,
    why: 'More than a banner, less than a stream of another protocol.',
  }),
  maxSeedRequests: countRow({ default: 10, why: 'A client needs one; more are attempts.' }),
  seedLifetime: timeoutRow({
    default: 10_000,
    why: 'A key follows its seed at once, and an old seed is one more thing to steal.',
  }),
  maxDropLogLines: countRow({ default: 10, per: 'second', why: 'A disk is finite.' }),
  maxUntrustedLogMessages: countRow({
    default: 20,
    per: 'second',
    why: 'A handshake has six, and each message of a stranger can be 12 KiB of log.',
  }),
  maxPendingRequests: countRow({
    default: 10_000,
    why: 'A loop that forgets to wait should fail before it fills the memory.',
  }),
  maxQueuedBytes: bytesRow({
    default: 64 * MIB,
    why: 'A loop that forgets to wait should fail before it fills the memory.',
  }),
  bufferUnhandled: switchRow({ default: true, why: 'The original keeps them for receive.' }),
  maxBufferedAge: timeoutRow({
    default: 30_000,
    why: 'An answer this old belongs to nobody.',
  }),
  maxBufferedPerKey: countRow({
    default: 256,
    why: 'The original keeps them all; a peer that repeats itself must not push out all other messages.',
  }),
  maxBuffered: countRow({ default: 256, why: 'Messages that nobody asked for must not pile up.' }),
  maxBufferedBytes: bytesRow({ default: MIB, why: 'Messages that nobody asked for must not pile up.' }),

  clock: clockRow(),
  random: randomRow(),
} satisfies RowsFor<SessionOptions>;

/** An object with some of the methods of a logger. */
function loggerRow(): OptionRow<Logger | undefined> {
  return {
    unit: 'object',
    default: undefined,
    why: 'A library prints nothing by itself.',
    check: (option, value) => {
      if (value === undefined || isLogger(value)) return value;
      const isHolder = typeof value === 'object' || typeof value === 'function';
      const got = isHolder && value !== null ? 'one without any of them' : describeKind(value);
      throw new OptionError(option, `an object with at least one of ${LOG_METHODS.join(', ')}`, got);
    },
  };
}

function isLogger(value: unknown): value is Logger {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return LOG_METHODS.some((method) => typeof Reflect.get(value, method) === 'function');
}
