/** Where peers come from: which addresses have one owner, and which have many clients behind them. */

import { BlockList, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { originOf } from '../transport/origin.js';

const IPV6_GROUPS = 8;
/** The owner of one IPv6 address has 2^64 of them: only networks can be told apart. */
const IPV6_NETWORK_GROUPS = 4;

/** The address that a connection comes from; undefined for what is no network, and where the peer has left already. */
export function addressOfOrigin(stream: Duplex): string | undefined {
  return (originOf(stream) ?? (stream as Partial<Socket>)).remoteAddress;
}

/**
 * The part of an address that its owner cannot choose: an IPv4 address as it is, half of an IPv6 address.
 *
 * @param address as Node writes it; undefined where the peer has left already
 */
export function networkOf(address: string | undefined): string {
  const text = plainAddress(address ?? 'unknown');
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, IPV6_GROUPS - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, IPV6_NETWORK_GROUPS).join(':');
}

/** Without the zone, and an IPv4 address that is written as one of IPv6 as itself. */
function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '');
}

/** Whether a text is an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsOf(version));
}

function bitsOf(version: number): number {
  return version === 4 ? 32 : 128;
}

/** Addresses and networks. */
export class NetworkList {
  readonly #texts: readonly string[];
  #list: BlockList | null = null;

  /** @param texts each an address or a network, see {@link isNetwork} */
  constructor(texts: readonly string[]) {
    this.#texts = [...texts];
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** Whether an address is one of them, or in one of them. Peers without an address are: all of them share this machine. */
  has(address: string | undefined): boolean {
    if (address === undefined) return true;
    const text = plainAddress(address);
    const version = isIP(text);
    this.#list ??= blockListOf(this.#texts);
    return version !== 0 && this.#list.check(text, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Made at the first question, because Node's first look at an IPv6 address takes some milliseconds. */
function blockListOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const version = isIP(address);
    list.addSubnet(address, Number(prefix ?? bitsOf(version)), version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
