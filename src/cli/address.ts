/**
 * The one reader of addresses, for every command, and their one writer. It reads each form that the program prints anywhere:
 * `127.0.0.1:17017`, `[fe80::1%eth0.100]:17017`, `unix:/run/device.sock`, `/run/device.sock`, and what Node writes in its
 * errors, `::1:17017`.
 */

import { isIPv4, isIPv6 } from 'node:net';
import { addressOf } from '../transport/address.js';
import { UsageError } from './errors.js';

/** Where a peer listens: on a port, or at the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** What stands before the path of a Unix socket where an address is expected. */
export const UNIX_PREFIX = 'unix:';

/** The port of an address that names none. */
export const DEFAULT_PORT = 17_017;

/** What cannot be a host: it begins like a path, of Windows too. */
const PATH = /^(?:\.{0,2}\/|\\\\)/;
/** A name or an IPv4 address. */
const NAMED = /^([\p{L}\p{N}_][\p{L}\p{N}._-]*)(?::(\d+))?$/u;
const BRACKETED = /^\[([^\s[\]]+)\](?::(\d+))?$/;
const PORT_BEHIND = /^(.+):(\d+)$/;
const ZONE = /%[^\s:%[\]/]+$/;
const NATS_SCHEME = /^(?:nats|tls):\/\//i;

/**
 * Parses `HOST`, `HOST:PORT`, `[IPv6]`, `[IPv6]:PORT`, an IPv6 address with a zone, `unix:PATH`, or a path with a slash.
 *
 * @throws UsageError for anything else, and for an IPv6 address without brackets that may end with a port
 */
export function parseAddress(text: string): Address {
  return addressIn(text, 1);
}

/**
 * Parses where to listen: a port, or any address; port 0 stands for any free one.
 *
 * @param host the host of a port that stands alone
 * @throws UsageError for anything else
 */
export function parseListeningAddress(text: string, host: string): Address {
  return /^\d+$/.test(text) ? { host, port: parsePort(text, 0) } : addressIn(text, 0);
}

function addressIn(text: string, lowestPort: 0 | 1): Address {
  if (text.startsWith(UNIX_PREFIX)) return { path: parseSocketPath(text) };
  if (PATH.test(text)) return { path: text };
  if (NATS_SCHEME.test(text))
    throw new UsageError(
      'A device on NATS has no connection of its own: read, write, execute, request, shell, watch and bench ask it; expected HOST:PORT',
    );
  const place = placeIn(text);
  if (place === null) throw mismatch('HOST, HOST:PORT, [IPv6]:PORT or unix:PATH', text);
  const { host, port } = place;
  return { host, port: port === undefined ? DEFAULT_PORT : parsePort(port, lowestPort) };
}

/** Host and port, as far as the text has them; null where it is no address. */
function placeIn(text: string): { readonly host: string; readonly port?: string | undefined } | null {
  const [, inside, portBehind] = BRACKETED.exec(text) ?? [];
  if (inside !== undefined) return isHost6(inside) ? { host: inside, port: portBehind } : null;
  const [, name, portOfName] = NAMED.exec(text) ?? [];
  if (name !== undefined) return namedPlace(name, portOfName, text);
  const [, before = '', port] = PORT_BEHIND.exec(text) ?? [];
  const hasPort = isHost6(before);
  if (!isHost6(text)) return hasPort ? { host: before, port } : null;
  if (!hasPort) return { host: text };
  throw new UsageError(
    `${JSON.stringify(text)} may end with a port or not; write [${before}]:${port} or [${text}]`,
  );
}

/** A number alone is a port that lost its host, or a data id that lost its address. */
function namedPlace(host: string, port: string | undefined, text: string): { host: string; port?: string } {
  if (port !== undefined) return { host, port };
  if (/^\d+$/.test(host)) throw mismatch('an address such as HOST:PORT', text);
  return { host };
}

/** Node's own check knows no zone with an underscore. */
function isHost6(text: string): boolean {
  return isIPv6(text.replace(ZONE, ''));
}

/** Whether a text can be nothing but an address; a host alone may be a name of something else. */
export function isAddress(text: string): boolean {
  if (text.startsWith(UNIX_PREFIX) || PATH.test(text) || NATS_SCHEME.test(text)) return true;
  if (BRACKETED.test(text) || isHost6(text) || isIPv4(text)) return true;
  const [, before = ''] = PORT_BEHIND.exec(text) ?? [];
  return isHost6(before) || (before !== '' && NAMED.test(text));
}

/** An address as {@link parseAddress} reads it. */
export function textOfAddress(address: Address): string {
  return 'path' in address ? `${UNIX_PREFIX}${address.path}` : addressOf(address.host, address.port);
}

/**
 * Parses the path of a Unix socket, with or without `unix:` before it.
 *
 * @returns a path with a slash: a name alone could be a host, where the program prints it
 * @throws UsageError for an empty one
 */
export function parseSocketPath(text: string): string {
  const path = text.startsWith(UNIX_PREFIX) ? text.slice(UNIX_PREFIX.length) : text;
  if (path === '') throw new UsageError('The path of the Unix socket is empty');
  return PATH.test(path) ? path : `./${path}`;
}

/**
 * Parses the address to listen on, without a port: a name, or an IP address with or without brackets.
 *
 * @throws UsageError for anything else
 */
export function parseHost(text: string): string {
  const place = isHost6(text) ? { host: text } : placeIn(text);
  if (place === null) throw mismatch('a host name or an IP address', text);
  if ('port' in place && place.port !== undefined)
    throw new UsageError(`--host takes no port, got ${JSON.stringify(text)}; --port ${place.port} does`);
  return place.host;
}

/**
 * Parses the port to listen on, where 0 stands for any free one.
 *
 * @throws UsageError for anything else
 */
export function parseListeningPort(text: string): number {
  return parsePort(text, 0);
}

function parsePort(text: string, lowest: 0 | 1): number {
  const port = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= lowest && port <= 0xffff)) throw mismatch(`a port from ${lowest} to 65535`, text);
  return port;
}

function mismatch(expected: string, text: string): UsageError {
  return new UsageError(`Expected ${expected}, got ${JSON.stringify(text)}`);
}
