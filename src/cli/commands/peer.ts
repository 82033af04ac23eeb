/** What commands that talk to a peer have in common: their options, and the session that these describe. */

import type { Command } from 'commander';
import { MAX_TIMEOUT_MS } from '../../base/options.js';
import { connect } from '../../client/connect.js';
import type { SessionOptions } from '../../session/options.js';
import type { Session } from '../../session/session.js';
import { addressOf } from '../../transport/address.js';
import type { Codec } from '../../wire/codec.js';
import { type Address, parseAddress, parseChannel, parseTimeout } from '../arguments.js';
import { codecOf } from '../codecs.js';
import { ConnectTimeoutError } from '../errors.js';
import type { Io } from '../io.js';
import { type LogLevelOptions, loggingOptions, withLogLevel } from '../log-level.js';
import { textLogger } from '../loggers.js';
import { readSecret } from '../secret.js';
import { JSON_HELP } from './common.js';

/** The options of every command that talks to a peer. */
export interface PeerOptions extends LogLevelOptions {
  readonly secretFile?: string;
  readonly channel?: string;
  readonly timeout: number;
  readonly struct?: true;
  /** Overrides `struct`. */
  readonly codec?: Codec;
  readonly verbose?: true;
  readonly json?: true;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Adds the options of {@link PeerOptions}.
 *
 * @param command the command
 * @returns the same command
 */
export function withPeerOptions(command: Command): Command {
  const withOthers = command
    .option('--secret-file <file>', 'the file with the shared secret')
    .option('--channel <name>', 'the channel name, for logs', parseChannel)
    .option(
      '--timeout <ms>',
      'how long to wait for the connection, then for each answer, in milliseconds',
      parseTimeout,
      DEFAULT_TIMEOUT_MS,
    )
    .option('--struct', 'use struct_json, for old peers')
    .option('--json', JSON_HELP)
    .option('--verbose', 'log everything to standard error, with the bytes of each message');
  return withLogLevel(withOthers, 'log to standard error, from this level on; decides over --verbose');
}

/**
 * Adds a command whose first argument is the address of a peer.
 *
 * @param program what it is added to
 * @returns the command, with the options of {@link PeerOptions}
 */
export function peerCommand(program: Command, name: string, description: string): Command {
  return withPeerOptions(program.command(name))
    .description(description)
    .argument('<address>', 'HOST:PORT of the peer', parseAddress);
}

/**
 * The options of a session.
 *
 * @throws UsageError for a secret that cannot be read
 */
export function sessionOptions(options: PeerOptions, io: Io): SessionOptions {
  return {
    secret: readSecret(options.secretFile, io.env),
    channelName: options.channel,
    requestTimeout: options.timeout,
    codec: options.codec ?? codecOf(options),
    ...loggingOptions(options, () => textLogger(io.stderr)),
  };
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
export function lastingSessionOptions(options: PeerOptions, io: Io): SessionOptions {
  const session = sessionOptions(options, io);
  return { ...session, ...ENDS_SOON, autoAuth: session.secret !== null };
}

/** `--timeout` is the one deadline of all steps of connecting, so none needs its own. */
const UNTIL_THE_DEADLINE = { connectTimeout: MAX_TIMEOUT_MS, authenticationTimeout: MAX_TIMEOUT_MS };

/**
 * Connects, and authenticates if there is a secret; uses the session and closes it.
 *
 * @param address where the peer listens
 * @param use what to do with the session
 * @throws (rejects) ConnectTimeoutError, UsageError for a secret that cannot be read, and as `connect` and `use` do
 */
export async function withSession(
  address: Address,
  options: PeerOptions,
  io: Io,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await using session = await connectInTime(address, options, io);
  await use(session);
}

async function connectInTime(address: Address, options: PeerOptions, io: Io): Promise<Session> {
  const settings = sessionOptions(options, io);
  const deadline = AbortSignal.timeout(options.timeout);
  try {
    return await connect({
      ...address,
      ...settings,
      ...UNTIL_THE_DEADLINE,
      ...ENDS_SOON,
      reconnect: false,
      signal: AbortSignal.any([io.interrupted, deadline]),
    });
  } catch (error) {
    if (error !== deadline.reason) throw error;
    const what = settings.secret === null ? 'connection' : 'authenticated connection';
    const peer = addressOf(address.host, address.port);
    throw new ConnectTimeoutError(`No ${what} to ${peer} within ${options.timeout} ms`);
  }
}
