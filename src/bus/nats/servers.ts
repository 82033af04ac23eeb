/** The known servers: those of the options, and those that they have announced. */

import { OptionError } from '../../protocol/errors.js';

/** Where a server is, and what stood in its URL. */
export interface ServerAddress {
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly user: string | undefined;
  readonly pass: string | undefined;
  /** The name that its certificate must have, where the address is none. */
  readonly servername: string | undefined;
}

const DEFAULT_PORT = 4222;
const TLS = 'tls:';

/**
 * Reads the address of a server.
 *
 * @param option for the error, which does not show what may have a password in it
 * @throws OptionError
 */
export function serverAddress(text: unknown, option: string): ServerAddress {
  const expected = 'host, host:port, nats://host:port or tls://host:port';
  if (typeof text !== 'string') throw new OptionError(option, expected, typeof text);
  const url = parseUrl(withScheme(text));
  if (url === null || url.hostname === '' || !/^\/?$/.test(url.pathname))
    throw new OptionError(option, expected, 'something else');
  if (url.protocol !== 'nats:' && url.protocol !== TLS)
    throw new OptionError(option, expected, `${url.protocol}//…`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return {
    address: `${url.hostname}:${port}`,
    host,
    port,
    isTls: url.protocol === TLS,
    user: decoded(url.username),
    pass: decoded(url.password),
    servername: undefined,
  };
}

function withScheme(text: string): string {
  return /^[a-z+]+:\/\//i.test(text) ? text : `nats://${text}`;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // a percent sign that stands for itself
    return text;
  }
}

/** Which servers to try, and in which order. */
export class Servers {
  readonly #given: readonly ServerAddress[];
  readonly #random: () => number;
  /** Those that the cluster has announced. */
  #found: readonly ServerAddress[] = [];

  constructor(given: readonly ServerAddress[], random: () => number) {
    this.#given = given;
    this.#random = random;
  }

  /** What errors call all of them. */
  get text(): string {
    return this.#given.map(({ address }) => address).join(', ');
  }

  /**
   * A server has announced those of its cluster, in the place of what was announced before.
   *
   * @param addresses of those that are there now
   * @param teller who says so; the others have its credentials, and its name where they have none
   */
  learn(addresses: readonly string[], teller: ServerAddress): void {
    const { host, isTls, user, pass } = teller;
    const servername = teller.servername ?? (isAddress(host) ? undefined : host);
    this.#found = addresses
      .map(addressOrNull)
      .filter((found) => found !== null)
      .filter(({ address }) => this.#given.every((each) => each.address !== address))
      .map((found) => ({
        ...found,
        isTls,
        user,
        pass,
        servername: isAddress(found.host) ? servername : undefined,
      }));
  }

  /** All, in an order of chance, so that a thousand who lost one server do not all try the same next; the last one at the end. */
  round(lastAddress: string | null): ServerAddress[] {
    const round = this.others(lastAddress);
    const last = [...this.#given, ...this.#found].find(({ address }) => address === lastAddress);
    return last === undefined ? round : [...round, last];
  }

  /** All but one, in an order of chance. */
  others(address: string | null): ServerAddress[] {
    return [...this.#given, ...this.#found]
      .filter((each) => each.address !== address)
      .map((each) => ({ each, place: this.#random() }))
      .sort((one, other) => one.place - other.place)
      .map(({ each }) => each);
  }
}

/** A server announces others as they were configured, which may be anything. */
function addressOrNull(address: string): ServerAddress | null {
  try {
    return serverAddress(address, 'servers');
  } catch {
    return null;
  }
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}
