/** What commands that talk to a peer have in common: their options, and the session that these describe. */

import type { Command } from 'commander';
import { type Clock, systemClock } from '../../base/clock.js';
import { MAX_TIMEOUT_MS } from '../../base/options.js';
import { beginConnecting } from '../../client/connect.js';
import type { Contract } from '../../contract/contract.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import type { Codec } from '../../wire/codec.js';
import { type Address, parseAddress, textOfAddress } from '../address.js';
import { parseChannel, parseTimeout } from '../arguments.js';
import { codecOf } from '../codecs.js';
import { learnContract } from '../contract/entries.js';
import { type ContractOptions, withContractOption } from '../contract/option.js';
import { ConnectTimeoutError, UsageError } from '../errors.js';
import { parseFolder } from '../files.js';
import { withSilenceHint } from '../hints.js';
import type { Io } from '../io.js';
import { type LinkEnd, type LinkOptions, withLinkOptions, withUnixForAddress } from '../link-options.js';
import { type LogLevelOptions, loggingOptions, withLogLevel } from '../log-level.js';
import { jsonLogger, textLogger } from '../loggers.js';
import { readSecret } from '../secret.js';
import { type TlsSettings, tlsOf, warnOfInsecure } from '../tls-settings.js';
import { JSON_HELP } from './common.js';

/** The options of every command that talks to a peer. */
export interface PeerOptions extends LogLevelOptions, LinkOptions, ContractOptions {
  readonly secretFile?: string;
  readonly channel?: string;
  readonly timeout: number;
  readonly recordFailures?: string;
  readonly struct?: true;
  /** Overrides `struct`. */
  readonly codec?: Codec;
  readonly verbose?: true;
  readonly json?: true;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** The help of `--contract` where it checks data, too. */
const CONTRACT_HELP = 'a module (.js, .mjs, .ts) that exports a contract: names for ids, checks of data';

/**
 * Adds the options of {@link PeerOptions}.
 *
 * @param command the command
 * @param ends whether it connects, listens, or can do either
 * @returns the same command
 */
export function withPeerOptions(command: Command, ...ends: readonly LinkEnd[]): Command {
  const withOthers = command
    .option('--secret-file <file>', 'the file with the shared secret, one line of text; - for standard input')
    .option(
      '--channel <name>',
      'the channel name: for logs, and what a server calls its client',
      parseChannel,
    )
    .option(
      '--timeout <ms>',
      'how long to wait for the connection, then for each answer, in milliseconds',
      parseTimeout,
      DEFAULT_TIMEOUT_MS,
    )
    .option('--struct', 'use struct_json, for old peers')
    .option('--json', JSON_HELP)
    .option('--verbose', 'log everything to standard error, with the bytes of each message');
  withContractOption(withOthers, CONTRACT_HELP);
  withLogLevel(withOthers, 'log to standard error, from this level on; decides over --verbose');
  return withLinkOptions(withOthers, ...ends);
}

/**
 * Adds `--record-failures`, for a command whose sessions come from `connect` or `listen`.
 *
 * @param command the command
 * @returns the same command
 */
export function withFailureRecords(command: Command): Command {
  return command.option(
    '--record-failures <folder>',
    'write a recording for each failure, for inspect --replay, decode and replay; seeds and keys are masked',
    parseFolder,
  );
}

/**
 * Adds a command whose first argument is the address of a peer.
 *
 * @param program what it is added to
 * @returns the command, with the options of {@link PeerOptions}
 */
export function peerCommand(program: Command, name: string, description: string): Command {
  return withUnixForAddress(withPeerOptions(program.command(name), 'client'))
    .description(description)
    .argument('<address>', ADDRESS_HELP, parseAddress);
}

/** The help of an argument that is the address of a peer. */
export const ADDRESS_HELP = 'HOST[:PORT] of the peer, or unix:PATH';

/** The shared secret, read; null: none. */
export interface Secured {
  readonly secret: Buffer | null;
}

/**
 * The options of a session.
 *
 * @throws UsageError for a secret that cannot be read
 */
export function sessionOptions(options: PeerOptions, io: Io): SessionOptions & Secured {
  return {
    secret: readSecret(options.secretFile, io),
    channelName: options.channel,
    requestTimeout: options.timeout,
    codec: options.codec ?? codecOf(options),
    clock: io.clock,
    ...loggingOptions(options, () => (io.isJson === true ? jsonLogger : textLogger)(io.stderr)),
  };
}

/** Where a session connects to, and how. */
export type ClientLink = Address & { readonly tls?: TlsSettings; readonly clock?: Clock | undefined };

/**
 * The link to a peer. Warns of `--insecure`.
 *
 * @param address where the peer listens
 * @param secret the shared secret; null: none
 * @throws UsageError as {@link tlsOf} does, and where nothing says which name a certificate must have
 */
export function clientLink(
  address: Address,
  options: LinkOptions,
  secret: Uint8Array | null,
  io: Io,
): ClientLink {
  const tls = tlsOf(options, 'client', secret, io);
  const { clock } = io;
  if (tls === undefined) return { ...address, clock };
  const { tls: hasCertificate, servername, insecure } = options;
  if ('path' in address && hasCertificate === true && servername === undefined && insecure !== true)
    throw new UsageError('--tls over a Unix socket needs --servername NAME, as there is no HOST to check');
  warnOfInsecure(options, io);
  return { ...address, clock, tls };
}

/**
 * A client has its answers when it ends, or the person does not want them: a peer that does not hang up is not worth the wait
 * that a server has for its last answers.
 */
const ENDS_SOON = { closeTimeout: 1_000 };

/**
 * The options of a session that stays connected, and authenticates each time if there is a secret.
 *
 * @throws UsageError for a secret that cannot be read
 */
export function lastingSessionOptions(options: PeerOptions, io: Io): SessionOptions & Secured {
  const session = sessionOptions(options, io);
  return { ...session, ...ENDS_SOON, autoAuth: session.secret !== null };
}

/** `--timeout` is the one deadline of all steps of connecting, so none needs its own. */
const UNTIL_THE_DEADLINE = { connectTimeout: MAX_TIMEOUT_MS, authenticationTimeout: MAX_TIMEOUT_MS };

/** The times of a later connection, which has no deadline; the first one's comes before them. */
export const connectTimesFor = (timeoutMs: number) => ({
  connectTimeout: Math.max(10_000, 2 * timeoutMs),
  authenticationTimeout: Math.max(5_000, 2 * timeoutMs),
});

/** Whom to talk to, and about what. */
export interface Whom {
  readonly address: Address;
  /** Gives names to what is logged. */
  readonly contract?: Contract | undefined;
  /** Whether a connection that is lost comes back. */
  readonly reconnects?: boolean;
  /** Gets the session before it connects. */
  readonly begun?: (session: Session) => void;
  /** Options that the person has no use for. */
  readonly settings?: Pick<SessionOptions, 'heartbeat' | 'bufferUnhandled'>;
}

/**
 * Connects, and authenticates if there is a secret; uses the session and closes it.
 *
 * @param whom where the peer listens
 * @param use what to do with the session
 * @throws (rejects) ConnectTimeoutError, UsageError for a secret, a certificate or a contract that cannot be read, and as
 *   `connect` and `use` do
 */
export async function withSession(
  whom: Whom,
  options: PeerOptions,
  io: Io,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  const { contract } = whom;
  await using session = await connectInTime(whom, options, io);
  if (contract !== undefined) learnContract(session, contract);
  try {
    await use(session);
  } catch (error) {
    throw withSilenceHint(error, session, options.struct === true);
  }
}

async function connectInTime(
  { address, reconnects = false, begun, settings: own }: Whom,
  options: PeerOptions,
  io: Io,
): Promise<Session> {
  const settings = sessionOptions(options, io);
  const link = clientLink(address, options, settings.secret, io);
  const { timeout: timeoutMs } = options;
  using deadline = new ConnectDeadline(timeoutMs, io);
  const { session, ready } = await beginConnecting({
    ...link,
    ...settings,
    ...ENDS_SOON,
    ...own,
    ...(reconnects ? connectTimesFor(timeoutMs) : { ...UNTIL_THE_DEADLINE, reconnect: false }),
    recordFailures: options.recordFailures,
    signal: deadline.signal,
  });
  try {
    begun?.(session);
    await ready;
    return session;
  } catch (error) {
    await session.close();
    const failure = deadline.failureOf(error, address, settings);
    throw withSilenceHint(failure, session, options.struct === true);
  }
}

/** `--timeout`, as the time for connecting. */
export class ConnectDeadline implements Disposable {
  /** Aborted when the time is over, and when the person interrupts the program. */
  readonly signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #isOver = new AbortController();
  readonly #clock: Clock;
  readonly #timer: unknown;

  constructor(timeoutMs: number, { clock = systemClock, interrupted }: Pick<Io, 'clock' | 'interrupted'>) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#timer = clock.setTimeout(() => this.#isOver.abort(), timeoutMs);
    this.signal = AbortSignal.any([interrupted, this.#isOver.signal]);
  }

  /**
   * Why connecting failed.
   *
   * @param error what it was rejected with
   * @returns ConnectTimeoutError where the time was over, otherwise the same error
   */
  failureOf(error: unknown, address: Address, { secret }: Secured): unknown {
    if (error !== this.#isOver.signal.reason) return error;
    const what = secret === null ? 'connection' : 'authenticated connection';
    return new ConnectTimeoutError(`No ${what} to ${textOfAddress(address)} within ${this.#timeoutMs} ms`);
  }

  [Symbol.dispose](): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
