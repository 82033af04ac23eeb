/** Finds a server that lets a bus in: tries one after the other, and keeps what those have said that did not. */

import { BusError } from '../../protocol/errors.js';
import type { Dial } from './dial.js';
import type { Link } from './link.js';
import type { NatsSettings } from './option-table.js';
import { type ServerAddress, Servers } from './servers.js';

/** Whose rounds over the servers they are. */
export interface DialerHost {
  /**
   * A server has let us in.
   *
   * @returns what is wrong with the link, which broke before it was in use; null where nothing is
   */
  adopt(link: Link): string | null;
  /** No server has let us in: what each said, with its address, and whether all would say so again. */
  foundNobody(faults: readonly string[], isFinal: boolean): void;
}

/** Tries the servers of a bus, one round at a time. */
export class Dialer {
  readonly #host: DialerHost;
  readonly #settings: NatsSettings;
  readonly #dial: Dial;
  readonly #servers: Servers;
  /** Where each link leads: a server that it tells of takes the same credentials. */
  readonly #addresses = new WeakMap<Link, ServerAddress>();
  /** The round that is under way, or was. */
  #attempt: AbortController | null = null;
  #faults: readonly string[] = [];
  #isUnauthorized = false;

  constructor(host: DialerHost, settings: NatsSettings, dial: Dial) {
    this.#host = host;
    this.#settings = settings;
    this.#dial = dial;
    this.#servers = new Servers(settings.servers, settings.random);
  }

  /** What errors call all servers. */
  get text(): string {
    return this.#servers.text;
  }

  /** Why nobody was found in the last round. */
  get refusal(): BusError {
    const detail = this.#faults.length === 0 ? undefined : this.#faults.join('; ');
    return new BusError(this.#isUnauthorized ? 'bus-unauthorized' : 'bus-refused', { detail });
  }

  /**
   * Tries all servers.
   *
   * @param last the address of the one that is tried last, because it was lost; null for none
   * @param opened gets the link, which its host has adopted
   */
  dial(last: string | null, opened: (link: Link) => void): void {
    void this.#round(this.#servers.round(last), opened);
  }

  /** Tries all servers but one; as {@link dial}. */
  dialAnother(current: string | null, opened: (link: Link) => void): void {
    void this.#round(this.#servers.others(current), opened);
  }

  /** Ends the round. */
  giveUp(): void {
    this.#attempt?.abort();
    this.#attempt = null;
  }

  /** A link has heard which servers its cluster has now. */
  learnFrom(link: Link): void {
    const address = this.#addresses.get(link);
    if (address !== undefined) this.#servers.learn(link.knownServers, address);
  }

  async #round(servers: readonly ServerAddress[], opened: (link: Link) => void): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const faults: string[] = [];
    let isFinal = servers.length > 0;
    let isUnauthorized = false;
    for (const server of servers) {
      const outcome = await this.#dial(server, this.#settings, attempt.signal);
      if (attempt.signal.aborted) {
        await outcome.link?.close();
        return;
      }
      if (outcome.link === null) {
        faults.push(outcome.fault);
        isFinal &&= outcome.isFinal;
        isUnauthorized ||= outcome.isUnauthorized === true;
        continue;
      }
      this.#addresses.set(outcome.link, server);
      this.learnFrom(outcome.link);
      const fault = this.#host.adopt(outcome.link);
      if (fault === null) return opened(outcome.link);
      faults.push(`Could not connect to ${server.address}: ${fault}`);
      isFinal = false;
    }
    this.#faults = faults;
    this.#isUnauthorized = isUnauthorized;
    this.#host.foundNobody(faults, isFinal);
  }
}
