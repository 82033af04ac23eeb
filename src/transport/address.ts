import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describeKind, isOptionsObject } from '../base/options.js';
import { OptionError } from '../protocol/errors.js';
import { originOf } from './origin.js';

/** What a transport takes: options, or the host and the port, as in Python, and then the other options. */
export type AddressOr<Options> =
  | [options: Options]
  | [host: string, port: number, options?: Omit<Options, 'host' | 'port'>];

/**
 * The options, also where they come after host and port.
 *
 * @throws OptionError for more arguments than that, or what holds no options
 */
export function optionsOfAddress<Options extends object>(
  args: AddressOr<Options>,
): Options | { host: string; port: number } {
  const [first, port, others = {}, ...more] = args as readonly [unknown, unknown?, unknown?, ...unknown[]];
  if (typeof first !== 'string') {
    if (args.length > 1)
      throw new OptionError(
        'arguments',
        'options alone, or a host, a port and options',
        `${args.length} arguments`,
      );
    return first as Options;
  }
  if (more.length > 0)
    throw new OptionError('arguments', 'a host, a port and options', `${args.length} arguments`);
  if (!isOptionsObject(others))
    throw new OptionError('options', 'an object, as in { reconnect: false }', describeKind(others));
  return { ...others, host: first, port: port as number };
}

/** Options that say where to. */
const ADDRESSES = ['host', 'port', 'path', 'stream', 'memory'] as const;

/**
 * Refuses a second address beside one of a kind.
 *
 * @param kind the option that is an address by itself
 * @throws OptionError where it is set, and so is another
 */
export function refuseTwoAddresses(options: object, kind: 'path' | 'stream' | 'memory'): void {
  const given = options as Readonly<Record<string, unknown>>;
  if (given[kind] === undefined) return;
  const others = kind === 'path' ? ADDRESSES : [...ADDRESSES, 'mode'];
  const other = others.find((name) => name !== kind && given[name] !== undefined);
  if (other !== undefined) throw new OptionError(kind, `nothing where there is a ${other}`, 'both');
}

/**
 * A host and a port as one text.
 *
 * @param host a name or an address; an IPv6 address gets its brackets
 */
export function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What a stream says of its ends; only a socket of the network does. */
type Ends = Partial<Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>>;

/** Who is at the other end of a stream, where that is known. */
export function peerAddressOf(stream: Duplex): string | undefined {
  const { remoteAddress, remotePort } = originOf(stream) ?? (stream as Ends);
  return knownAddress(remoteAddress, remotePort);
}

/** Which end of a stream this is, where that is known. */
export function localAddressOf(stream: Duplex): string | undefined {
  const { localAddress, localPort } = stream as Ends;
  return knownAddress(localAddress, localPort);
}

function knownAddress(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  // an IPv4 peer of a server that listens on both
  return addressOf(address.replace(/^::ffff:(?=[\d.]+$)/i, ''), port);
}
