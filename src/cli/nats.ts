/** The way to NATS: its options, its addresses, and the bus, which is loaded only where somebody asks for it. */

import { type Command, Option } from 'commander';
import type { Bus } from '../bus/bus.js';
import type { Inspector } from '../session/options.js';
import { parseSubjectWord } from './arguments.js';
import { UsageError } from './errors.js';
import type { Io } from './io.js';
import { pemOf } from './tls-settings.js';

/** The options of {@link withNatsOptions}, as they were typed. */
export interface NatsOptions {
  readonly nats?: readonly NatsServer[];
  readonly natsCreds?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
  readonly prefix?: string;
}

/** A server of NATS, and the credentials in its address. */
export interface NatsServer {
  /** As the bus takes it, with what is confidential in it. */
  readonly url: string;
  /** A text to show. */
  readonly shown: string;
  /** A user without a password is a token, as in other programs of NATS. */
  readonly token?: string;
}

/** A device on NATS. */
export interface DeviceTarget {
  readonly server: NatsServer;
  /** What it calls its channel. */
  readonly device: string;
}

/** The group of its options in the help. */
export const NATS_GROUP = 'NATS:';

/** The variable with the servers, as other programs of NATS have it. */
export const NATS_VARIABLE = 'NATS_URL';

const DEFAULT_NATS_PORT = 4_222;
const NATS_URL = /^(nats|tls):\/\/([^/?#\s]+)(?:\/(.*))?$/is;
const NATS_SCHEME = /^(?:nats|tls):\/\//i;

/** Whether a text is an address on NATS, by its form. */
export function isNatsAddress(text: string): boolean {
  return NATS_SCHEME.test(text);
}

/**
 * Parses `nats://[USER:PASSWORD@]HOST[:PORT]`, or `tls://…`.
 *
 * @throws UsageError for anything else
 */
export function parseNatsServer(text: string): NatsServer {
  const [, scheme = '', authority = '', path = ''] = NATS_URL.exec(text) ?? [];
  if (scheme === '' || path !== '') throw wrongServer(text);
  return serverOf(scheme, authority, text);
}

/**
 * Parses `nats://[USER:PASSWORD@]HOST[:PORT]/DEVICE`, or `tls://…`; the name of the device may be percent-encoded.
 *
 * @throws UsageError for anything else
 */
export function parseDeviceTarget(text: string): DeviceTarget {
  const [, scheme = '', authority = '', path = ''] = NATS_URL.exec(text) ?? [];
  if (scheme === '') throw wrongServer(text);
  if (path === '')
    throw new UsageError(`Expected a device behind the server: ${masked(text).replace(/\/$/, '')}/DEVICE`);
  return { server: serverOf(scheme, authority, text), device: decoded(path) };
}

function serverOf(scheme: string, authority: string, text: string): NatsServer {
  let url: URL;
  try {
    // http is a scheme that URL knows the parts of
    url = new URL(`http://${authority.replace(/:\d+$/, '')}`);
  } catch {
    throw wrongServer(text);
  }
  const port = Number(/:(\d+)$/.exec(authority)?.[1] ?? DEFAULT_NATS_PORT);
  if (!(port >= 1 && port <= 0xffff) || url.hostname === '') throw wrongServer(text);
  const shown = `${scheme.toLowerCase()}://${url.hostname}:${port}`;
  if (url.username === '' || url.password !== '') {
    const credentials = url.username === '' ? '' : `${url.username}:${url.password}@`;
    return { url: shown.replace('//', `//${credentials}`), shown };
  }
  return { url: shown, shown, token: decoded(url.username) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`${JSON.stringify(text)} is no percent-encoded text; write a % as %25`);
  }
}

function wrongServer(text: string): UsageError {
  return new UsageError(
    `Expected nats://HOST:PORT (or tls://HOST:PORT), got ${JSON.stringify(masked(text))}`,
  );
}

/** An address without what is confidential in it. */
function masked(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//***@');
}

/**
 * Adds the options of {@link NatsOptions}.
 *
 * @param command the command
 * @param hasServers whether it takes `--nats`; otherwise the server is among its arguments
 * @returns the same command
 */
export function withNatsOptions(command: Command, hasServers: boolean): Command {
  const options = [
    new Option('--nats-creds <file>', 'the credentials for NATS: a file of nsc (.creds)'),
    new Option('--nats-ca <file>', 'who vouches for the NATS server (PEM); encrypts, as tls:// does'),
    new Option('--nats-cert <file>', 'the certificate to show to the NATS server (PEM)'),
    new Option('--nats-key <file>', 'the private key of --nats-cert (PEM)'),
    new Option('--prefix <word>', 'the first word of all subjects (default: sp)').argParser(parseSubjectWord),
  ];
  if (hasServers)
    command.addOption(
      new Option(
        '--nats <url>',
        `a NATS server, nats://[USER:PASSWORD@]HOST[:PORT] or tls://…; again for each of a cluster (default: the variable ${NATS_VARIABLE})`,
      )
        .argParser((text, all: readonly NatsServer[] | undefined) => [...(all ?? []), ...listed(text)])
        .helpGroup(NATS_GROUP),
    );
  for (const option of options) command.addOption(option.helpGroup(NATS_GROUP));
  return command;
}

/** One server, or several with commas in between, as the variable has them. */
function listed(text: string): NatsServer[] {
  return text.split(',').map((each) => parseNatsServer(each.trim()));
}

/**
 * The servers that a person named.
 *
 * @throws UsageError where there are none
 */
export function natsServersOf({ nats }: NatsOptions, { env }: Pick<Io, 'env'>): readonly NatsServer[] {
  if (nats !== undefined) return nats;
  const typed = env[NATS_VARIABLE];
  if (typed === undefined || typed === '')
    throw new UsageError(
      `Missing the NATS server: --nats nats://HOST:PORT, or the variable ${NATS_VARIABLE}`,
    );
  return listed(typed);
}

/** What a bus needs besides its servers. */
export interface BusSettings {
  /** What NATS calls this client. */
  readonly name: string;
  /** How long the first connection may take, in milliseconds. */
  readonly timeoutMs: number;
  /** An inspector of XState for the machine of the way to the servers. */
  readonly inspect?: Inspector | undefined;
}

/**
 * Connects to NATS.
 *
 * @param servers of one cluster
 * @throws (rejects) UsageError where the package is not installed, or for a file that cannot be read; BusError where no server
 *   can be reached, or none lets this client in
 */
export async function connectNats(
  servers: readonly NatsServer[],
  options: NatsOptions,
  { name, timeoutMs, inspect }: BusSettings,
  io: Io,
): Promise<Bus> {
  if (options.natsCert === undefined && options.natsKey !== undefined)
    throw new UsageError('--nats-key needs --nats-cert');
  if (options.natsCert !== undefined && options.natsKey === undefined)
    throw new UsageError('--nats-cert needs --nats-key');
  if (io.connectBus !== undefined) return io.connectBus(servers.map(({ shown }) => shown));
  const [ca, cert, key, creds] = FILES.map(([option, flag, label]) => {
    const path = options[option];
    return path === undefined ? undefined : pemOf(path, flag, label).toString('utf8');
  });
  const token = servers.find((each) => each.token !== undefined)?.token;
  const isTls = ca !== undefined || cert !== undefined;
  const { natsBus } = await loadNats();
  return await natsBus({
    servers: servers.map(({ url }) => url),
    name,
    token,
    creds,
    connectTimeout: timeoutMs,
    signal: io.interrupted,
    inspect,
    ...(isTls ? { tls: { ca, cert, key } } : {}),
  });
}

const FILES = [
  ['natsCa', '--nats-ca', 'CERTIFICATE'],
  ['natsCert', '--nats-cert', 'CERTIFICATE'],
  ['natsKey', '--nats-key', 'PRIVATE KEY'],
  ['natsCreds', '--nats-creds', 'NATS USER JWT'],
] as const;

const PEER = '@nats-io/transport-node';

async function loadNats(): Promise<typeof import('../bus/nats/index.js')> {
  try {
    return await import('../bus/nats/index.js');
  } catch (error) {
    const { code, message } = Object(error) as { code?: unknown; message?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' || !String(message).includes(PEER)) throw error;
    throw new UsageError(
      `NATS needs the package ${PEER}, an optional peer, which is not installed: npm i ${PEER}`,
    );
  }
}
