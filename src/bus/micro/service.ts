/**
 * A service as the tools of NATS know it: `nats micro list`, `info` and `stats` find it, and it describes itself as ADR-32 of NATS
 * says. It only describes and counts: its owner handles the requests, and reports how each went.
 */

import { OptionError } from '../../protocol/errors.js';
import type { Bus, BusMessage, BusSubscription } from '../bus.js';
import { checkPattern } from '../checks.js';
import {
  type EndpointDescription,
  type EndpointInfo,
  type EndpointStats,
  MicroEndpoint,
} from './endpoint.js';
import { checkedMetadata, checkedName, checkedVersion } from './words.js';

/** What a service is. */
export interface MicroServiceOptions {
  readonly bus: Bus;
  /** What kind of service it is; all of a kind share it. Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Which one of them it is: which nobody else has. Letters, digits, `_` and `-`. */
  readonly id: string;
  /** A semantic version. */
  readonly version: string;
  /** What it does, for people. */
  readonly description?: string | undefined;
  /** Texts by names, about this one. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** What it can be asked. */
  readonly endpoints: readonly EndpointDescription[];
  /** When it started: now. */
  readonly started?: Date | undefined;
}

interface Identity {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a service answers to PING. */
export interface MicroPing extends Identity {
  readonly type: 'io.nats.micro.v1.ping_response';
}

/** What a service answers to INFO. */
export interface MicroInfo extends Identity {
  readonly type: 'io.nats.micro.v1.info_response';
  readonly description: string;
  readonly endpoints: readonly EndpointInfo[];
}

/** What a service answers to STATS. */
export interface MicroStats extends Identity {
  readonly type: 'io.nats.micro.v1.stats_response';
  /** When it started, as ISO 8601 writes it. */
  readonly started: string;
  readonly endpoints: readonly EndpointStats[];
}

/** The subjects on which services are asked about themselves begin with it. */
const PREFIX = '$SRV';

/** Answers questions about a service. */
export class MicroService {
  readonly #bus: Bus;
  readonly #identity: Omit<Identity, 'type'>;
  readonly #description: string;
  readonly #started: string;
  readonly #endpoints: ReadonlyMap<string, MicroEndpoint>;
  readonly #subscriptions: BusSubscription[] = [];
  #closed: Promise<void> | null = null;

  /**
   * Can be asked from the next `flush` of the bus on.
   *
   * @throws OptionError for what is no name, id, version, metadata or endpoint; BusError where the bus is closed
   */
  constructor(options: MicroServiceOptions) {
    this.#bus = options.bus;
    const name = checkedName('name', options.name);
    const id = checkedName('id', options.id);
    const version = checkedVersion('version', options.version);
    this.#identity = { name, id, version, metadata: checkedMetadata('metadata', options.metadata) };
    this.#description = options.description ?? '';
    this.#started = (options.started ?? new Date()).toISOString();
    this.#endpoints = new Map(options.endpoints.map((each) => [each.name, new MicroEndpoint(each)]));
    if (this.#endpoints.size < options.endpoints.length)
      throw new OptionError('endpoints', 'a name of its own for each', 'one name twice');
    // a subscription that fails must leave none before it
    checkPattern(`${PREFIX}.STATS.${name}.${id}`);
    this.#answerTo('PING', () => this.ping());
    this.#answerTo('INFO', () => this.info());
    this.#answerTo('STATS', () => this.stats());
  }

  #answerTo(verb: string, content: () => object): void {
    const { name, id } = this.#identity;
    const answer = (message: BusMessage): void => {
      // a bus that is gone carries no answer
      if (message.reply === null || this.#bus.state === 'closed' || this.#bus.state === 'away') return;
      message.respond(Buffer.from(JSON.stringify(content())));
    };
    for (const subject of [
      `${PREFIX}.${verb}`,
      `${PREFIX}.${verb}.${name}`,
      `${PREFIX}.${verb}.${name}.${id}`,
    ])
      this.#subscriptions.push(this.#bus.subscribe(subject, answer));
  }

  /**
   * An endpoint, to say how its requests went.
   *
   * @throws RangeError where there is none of this name
   */
  endpoint(name: string): MicroEndpoint {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined)
      throw new RangeError(`expected the name of an endpoint, got ${JSON.stringify(name)}`);
    return endpoint;
  }

  /** What it answers to PING. */
  ping(): MicroPing {
    return { type: 'io.nats.micro.v1.ping_response', ...this.#identity };
  }

  /** What it answers to INFO. */
  info(): MicroInfo {
    return {
      type: 'io.nats.micro.v1.info_response',
      ...this.#identity,
      description: this.#description,
      endpoints: this.#each((endpoint) => endpoint.info()),
    };
  }

  /** What it answers to STATS. */
  stats(): MicroStats {
    return {
      type: 'io.nats.micro.v1.stats_response',
      ...this.#identity,
      started: this.#started,
      endpoints: this.#each((endpoint) => endpoint.stats()),
    };
  }

  #each<T>(of: (endpoint: MicroEndpoint) => T): T[] {
    return Array.from(this.#endpoints.values(), of);
  }

  /**
   * Is asked nothing more. The same for every call.
   *
   * @returns when the questions that are under way have their answers
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const drained = this.#subscriptions.map((subscription) => subscription.drain());
    // where the bus is gone there is nothing under way
    await Promise.allSettled(drained);
  }
}
