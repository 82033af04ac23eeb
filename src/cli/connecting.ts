/** How the commands reach their peer. */

import { MAX_TIMEOUT_MS } from '../base/options.js';
import { TimeoutError } from '../protocol/errors.js';
import type { SessionOptions } from '../session/options.js';
import type { Session } from '../session/session.js';
import { addressOf } from '../transport/address.js';
import type { Codec } from '../wire/codec.js';
import { createPureJson } from '../wire/pure-json.js';
import { createStructJson } from '../wire/struct-json.js';
import { type Address, readSecret } from './arguments.js';
import { type Io, lineLogger } from './io.js';

/** What every command takes that talks to a peer. */
export interface CommonOptions {
  readonly secretFile?: string;
  readonly channel?: string;
  readonly timeout: number;
  readonly struct?: true;
  readonly verbose?: true;
  readonly json?: true;
}

/** The steps of connecting share the one deadline that `--timeout` sets, and need none of their own. */
const UNTIL_THE_DEADLINE = { connectTimeout: MAX_TIMEOUT_MS, authenticationTimeout: MAX_TIMEOUT_MS };

/**
 * Connects, and authenticates where there is a secret, before the time-out is over.
 *
 * @throws (rejects) TimeoutError, or as `connect`
 */
export async function connectInTime(address: Address, options: CommonOptions, io: Io): Promise<Session> {
  const { connect } = await import('../client/connect.js');
  const deadline = AbortSignal.timeout(options.timeout);
  try {
    return await connect({
      ...address,
      ...sessionOptions(options, io),
      ...UNTIL_THE_DEADLINE,
      reconnect: false,
      signal: AbortSignal.any([io.interrupted, deadline]),
    });
  } catch (error) {
    if (error !== deadline.reason) throw error;
    const what = `anything to ${addressOf(address.host, address.port)}`;
    throw new TimeoutError(what, options.timeout, 'not-connected');
  }
}

/**
 * Connects, does something with the session, and closes it, whatever came of that.
 *
 * @param address whom to connect to
 * @param use what is done
 * @throws (rejects) as `connectInTime` and `use` do
 */
export async function withSession(
  address: Address,
  options: CommonOptions,
  io: Io,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await using session = await connectInTime(address, options, io);
  await use(session);
}

/** The codec that the options ask for. */
export function codecOf(options: Pick<CommonOptions, 'struct'>): Codec {
  const codecOptions = { allowNan: true };
  return options.struct === true ? createStructJson(codecOptions) : createPureJson(codecOptions);
}

/** The options of a session. */
export function sessionOptions(options: CommonOptions, io: Io): SessionOptions {
  return {
    secret: readSecret(options.secretFile, io.env['SOCKET_PROTOCOL_SECRET']),
    channelName: options.channel,
    requestTimeout: options.timeout,
    codec: codecOf(options),
    logger: options.verbose === true ? lineLogger(io.stderr) : undefined,
  };
}
