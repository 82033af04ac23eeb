/** What commands that listen have in common: where they listen, and how they say so. */

import type { Command } from 'commander';
import { isNetwork } from '../../server/networks.js';
import type { PeerNameOf } from '../../server/secure-door.js';
import type { Server } from '../../server/server.js';
import { type Address, DEFAULT_PORT, parseHost, parseListeningPort, textOfAddress } from '../address.js';
import { messageOf, UsageError } from '../errors.js';
import type { Io } from '../io.js';
import type { LinkOptions } from '../link-options.js';
import { print, warn } from '../output.js';
import { inOurWords, type TlsSettings, tlsOf } from '../tls-settings.js';
import { holdSessions } from './ending.js';

/** Where a command listens: the address unless another is given. */
export const DEFAULT_HOST = '127.0.0.1';

/** The options of {@link withListenOptions}. */
export interface ListenOptions extends LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly proxies?: readonly string[];
}

/**
 * Adds `--port`, `--host` and `--proxies`.
 *
 * @param command the command
 * @param when what stands before their help, if they only count in some cases
 * @returns the same command
 */
export function withListenOptions(command: Command, when = ''): Command {
  return command
    .option(
      '--port <port>',
      `${when}the port to listen on; 0: any free port`,
      parseListeningPort,
      DEFAULT_PORT,
    )
    .option('--host <host>', `${when}the address to listen on`, parseHost, DEFAULT_HOST)
    .option(
      '--proxies <addresses>',
      `${when}the proxies in front of it, which must send PROXY protocol v2: 10.0.0.5,10.1.0.0/16`,
      parseNetworks,
    );
}

/** @throws UsageError for what is no address and no network */
function parseNetworks(text: string): readonly string[] {
  const networks = text.split(',').map((each) => each.trim());
  const wrong = networks.find((each) => !isNetwork(each));
  if (wrong === undefined) return networks;
  throw new UsageError(
    `Expected addresses and networks (10.0.0.5,10.1.0.0/16), got ${JSON.stringify(wrong)}`,
  );
}

/** Where a server listens, and how; what reads the certificates anew each time it is called, or a key that stays. */
export type ServerLink = Address & {
  readonly tls?: TlsSettings | (() => TlsSettings);
  readonly proxies?: readonly string[];
};

/**
 * Where and how the options say to listen.
 *
 * @param secret the shared secret; null: none
 * @throws UsageError as {@link tlsOf} does
 */
export function serverLink(options: ListenOptions, secret: Uint8Array | null, io: Io): ServerLink {
  const { unix, host, port, proxies } = options;
  if (unix !== undefined && proxies !== undefined)
    throw new UsageError('--proxies needs a port: who comes through --unix has no address');
  const place = { ...(unix === undefined ? { host, port } : { path: unix }), ...(proxies && { proxies }) };
  const tls = tlsOf(options, 'server', secret, io);
  if (tls === undefined) return place;
  return { ...place, tls: options.tls === true ? () => tlsOf(options, 'server', secret, io) ?? tls : tls };
}

/** Names a peer by its certificate, whose common name is the only one that it may have. */
export const commonNameOf: PeerNameOf = ({ certificate }) => {
  const name = certificate?.commonName;
  // thrown, it refuses the connection
  if (name === undefined || name === null)
    throw new Error('the certificate of the peer has no common name, or several');
  return name;
};

/** What shows certificates to its peers. */
interface Reloadable {
  /** Reads them again; throws or rejects, and keeps the old ones, if they cannot be used. */
  reloadTls(): unknown;
}

/**
 * Reads the certificates again on each SIGHUP. What cannot be used changes nothing, and the person hears why.
 *
 * @param options name the files
 * @returns how to stop it; does nothing where there are no certificates, so that SIGHUP ends the program as ever
 */
export function reloadOnHangUp(
  server: Reloadable,
  options: LinkOptions,
  isJson: boolean,
  io: Io,
): () => void {
  if (options.tls !== true || io.onHangUp === undefined) return () => {};
  const reload = async (): Promise<void> => {
    try {
      await server.reloadTls();
      print(io, isJson, { event: 'certificates reloaded' }, 'certificates reloaded');
    } catch (error) {
      warn(io, `Kept the old certificates: ${messageOf(inOurWords(error, options))}`);
    }
  };
  return io.onHangUp(() => void reload());
}

/**
 * Says where a server listens, and holds it until the command is told to end; SIGHUP reads the certificates again.
 *
 * @param link where it was to listen
 * @param options name the files of the certificates
 */
export async function holdServer(
  server: Server,
  link: ServerLink,
  options: LinkOptions,
  isJson: boolean,
  io: Io,
): Promise<void> {
  printListening(io, isJson, boundPlaceOf(link, server));
  const stopReloading = reloadOnHangUp(server, options, isJson, io);
  try {
    await holdSessions(io, isJson, server);
  } finally {
    stopReloading();
  }
}

/** Where a server listens, or what it passes everything on to, and whether that is encrypted. */
export type Place = Address & { readonly tls?: unknown };

/** Where a server listens, once it does; port 0 has become the one it got. */
export function boundPlaceOf(place: Place, { port }: { readonly port: number }): Place {
  return 'path' in place ? place : { ...place, port };
}

/**
 * Prints where a server listens.
 *
 * @param place where it does
 * @param target where it passes everything on to, if it does
 */
export function printListening(io: Io, isJson: boolean, place: Place, target?: Place): void {
  const listening = textOfAddress(place);
  const fields = { listening, ...tlsField('tls', place) };
  const text = `listening on ${listening}${withTls(place)}`;
  if (target === undefined) return print(io, isJson, fields, text);
  const upstream = textOfAddress(target);
  print(
    io,
    isJson,
    { ...fields, target: upstream, ...tlsField('targetTls', target) },
    `${text}, forwarding to ${upstream}${withTls(target)}`,
  );
}

function withTls({ tls }: Place): string {
  return tls === undefined ? '' : ' with TLS';
}

function tlsField(name: 'tls' | 'targetTls', { tls }: Place): { readonly [name: string]: true } {
  return tls === undefined ? {} : { [name]: true };
}
