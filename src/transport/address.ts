import type { Socket } from 'node:net';
import { OptionError } from '../protocol/errors.js';

/** What a transport takes: options, or the host and the port, as in Python. */
export type AddressOr<Options> = [options: Options] | [host: string, port: number];

/** The options, also where they come as host and port. */
export function optionsOfAddress<Options extends object>(
  args: AddressOr<Options>,
): Options | { host: string; port: number } {
  const [first, port] = args;
  const isOneByOne = typeof first === 'string';
  if (args.length > (isOneByOne ? 2 : 1))
    throw new OptionError('arguments', 'options alone, or a host and a port', `${args.length} of them`);
  return isOneByOne ? { host: first, port: port as number } : first;
}

/**
 * A host and a port as one text.
 *
 * @param host a name or an address; an IPv6 address gets its brackets
 */
export function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Who is at the other end of a socket, where that is known. */
export function peerAddressOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  // who comes by IPv4 to a server that listens on both
  return addressOf(remoteAddress.replace(/^::ffff:(?=[\d.]+$)/i, ''), remotePort);
}
