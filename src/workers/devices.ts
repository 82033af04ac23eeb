import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { optionReader } from '../base/option-table.js';
import type { ServiceIds } from '../base/service-ids.js';
import type { AbortSignalLike } from '../base/signals.js';
import type { Bus } from '../bus/bus.js';
import type { EncodePayloadOptions } from '../gateway/format/payload.js';
import { busRow } from '../gateway/option-table.js';
import { Vocabulary, VocabularyAdditions } from '../protocol/vocabulary.js';
import type { PeerRequestOptions } from '../server/peer-options.js';
import { NO_OPTIONS } from '../session/request-options.js';
import type { OpenFeed } from '../session/watching/feed.js';
import { Arrivals } from './arrivals.js';
import { DeviceEvents, type DevicesIterator } from './device-events.js';
import { type ListedDevice, listDevices } from './device-list.js';
import { DeviceRequests } from './device-requests.js';
import {
  admitDevicesOptions,
  admitListDevicesOptions,
  admitWatchDevicesOptions,
  DEVICES_OPTIONS,
  LIST_DEVICES_OPTIONS,
  WATCH_DEVICES_OPTIONS,
} from './option-tables.js';
import { PresenceChannel } from './presence-channel.js';
import { PresenceView } from './presence-view.js';
import { Progress } from './progress.js';
import { RemoteDevice } from './remote-device.js';

/** Options of {@link devices}. */
export interface DevicesOptions {
  /** The first word of the subjects of the gateways: `sp`. */
  readonly prefix?: string | undefined;
  /** How long a request may take, in milliseconds, unless it says otherwise, all waiting included: 5,000 ms. */
  readonly requestTimeout?: number | undefined;
  /**
   * For how long a request that nobody got is sent again, in milliseconds, because a device that has just moved is not known
   * everywhere for a moment. 0: a request to a device that is not there fails at once: 250 ms.
   */
  readonly retryFor?: number | undefined;
  /** How many requests may wait for their answers at once; more are refused: 10,000. */
  readonly maxPendingRequests?: number | undefined;
  /** Services of your own: the ids of their requests and of their answers. The client of a contract knows those of the contract. */
  readonly services?: readonly ServiceIds[] | undefined;
  /** Send `NaN`, `Infinity` and `-Infinity` as Python's tokens, in place of an error; they are always received: off. */
  readonly allowNan?: boolean | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

/** How devices are listed. */
export interface ListDevicesOptions {
  /** How long to wait for gateways, in milliseconds; after each that has answered 250 ms at most: 2,000 ms. */
  readonly timeout?: number | undefined;
}

/** How devices are followed. */
export interface WatchDevicesOptions {
  /** Ends the loop, which throws the signal's reason, or an `AbortError` where it gives none. */
  readonly signal?: AbortSignalLike | undefined;
  /** How many events are kept for a loop that does not keep up; then the oldest is dropped, and counted: 100,000. */
  readonly limit?: number | undefined;
}

/** What was counted. */
export interface DevicesStats {
  /** Requests that wait for their answers. */
  readonly pending: number;
  /** Requests that were sent again because nobody had got them. */
  readonly retries: number;
  /** What came on the subject of presence, and could not be read. */
  readonly unreadable: number;
  /** Events that loops did not take in time. */
  readonly dropped: number;
}

const checkBus = busRow();

/**
 * The devices of all gateways on a bus.
 *
 * @param bus the bus, which stays yours
 * @param options see {@link DevicesOptions}
 * @throws OptionError for a wrong option
 *
 * @example
 * ```ts
 * import { devices, memoryBus } from 'socket-protocol/gateway';
 *
 * const bus = memoryBus();
 * const fleet = devices(bus);
 * for (const { device, gateway } of await fleet.list()) console.log(device, gateway);
 * console.log(await fleet.at('pump-3').read(0));
 * ```
 */
export function devices(bus: Bus, options: DevicesOptions = {}): Devices {
  return new Devices(bus, options);
}

/** The devices of all gateways on a bus; `devices(bus)` makes it. */
export class Devices {
  readonly #bus: Bus;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #requestTimeoutMs: number;
  readonly #services: VocabularyAdditions;
  readonly #encoding: EncodePayloadOptions;
  readonly #channel: PresenceChannel;
  readonly #arrivals: Arrivals;
  readonly #progress: Progress;
  readonly #view: PresenceView;
  readonly #requests: DeviceRequests;
  readonly #feeds = new Set<OpenFeed>();
  #dropped = 0;

  /** @throws OptionError for a wrong option; RequestSidExistsError or ResponseSidExistsError for services that contradict each other */
  constructor(bus: Bus, options: DevicesOptions) {
    this.#bus = checkBus.check('bus', bus);
    admitDevicesOptions(options);
    const read = optionReader(DEVICES_OPTIONS, options);
    const prefix = (this.#prefix = read('prefix'));
    const clock = (this.#clock = read('clock'));
    this.#requestTimeoutMs = read('requestTimeout');
    this.#services = new VocabularyAdditions(read('services'), []);
    this.#vocabulary();
    this.#encoding = { allowNan: read('allowNan') };
    const channel = (this.#channel = new PresenceChannel(bus, prefix));
    this.#arrivals = new Arrivals(channel, clock);
    this.#progress = new Progress({ bus, prefix, clock, channel, id: randomUUID() });
    this.#view = new PresenceView({ bus, prefix, clock, channel });
    this.#requests = new DeviceRequests({
      bus,
      clock,
      arrivals: this.#arrivals,
      progress: this.#progress,
      retryForMs: read('retryFor'),
      maxPendingRequests: read('maxPendingRequests'),
    });
  }

  /**
   * A device by its name, whether or not it is there.
   *
   * @param name what it is called
   * @param options of its requests, unless they say otherwise
   * @throws OptionError for a wrong name or option; BusError, with `bus-bad-subject`, for a name that no subject can carry
   */
  at(name: string, options: PeerRequestOptions = NO_OPTIONS): RemoteDevice {
    return new RemoteDevice(name, options, {
      prefix: this.#prefix,
      clock: this.#clock,
      requestTimeoutMs: this.#requestTimeoutMs,
      requests: this.#requests,
      encoding: this.#encoding,
      vocabulary: this.#vocabulary(),
    });
  }

  /**
   * The devices that are there, sorted by name.
   *
   * @throws (rejects) TimeoutError where a gateway has not answered to the end, BusError, OptionError
   */
  async list(options: ListDevicesOptions = {}): Promise<ListedDevice[]> {
    admitListDevicesOptions(options);
    const timeoutMs = LIST_DEVICES_OPTIONS.timeout.check('timeout', options.timeout);
    return listDevices(this.#bus, this.#prefix, timeoutMs);
  }

  /**
   * The gateways and devices that are there, and then what happens to them: `for await (const event of devices.watch())`. Of each
   * device `arrived` and `left` take turns.
   *
   * @param options see {@link WatchDevicesOptions}
   * @throws OptionError for a wrong option
   */
  watch(options: WatchDevicesOptions = {}): DevicesIterator {
    admitWatchDevicesOptions(options);
    const read = optionReader(WATCH_DEVICES_OPTIONS, options);
    const requests = this.#requests;
    const feeds = this.#feeds;
    const host = {
      get isOver() {
        return requests.isClosed;
      },
      opened: (feed: OpenFeed) => void feeds.add(feed),
      ended: (feed: OpenFeed) => void feeds.delete(feed),
      countDropped: () => void this.#dropped++,
    };
    return new DeviceEvents(this.#view, host, { signal: read('signal'), limit: read('limit') });
  }

  /** What was counted so far. */
  stats(): DevicesStats {
    const { pending, retries } = this.#requests;
    return { pending, retries, unreadable: this.#channel.unreadable, dropped: this.#dropped };
  }

  /**
   * Ends loops, and refuses what begins from now on; who waits for a device to come is rejected with SessionClosedError. Requests
   * that were sent still get their answers. The bus stays open.
   */
  close(): void {
    this.#requests.isClosed = true;
    for (const feed of [...this.#feeds]) feed.sessionClosing();
    this.#arrivals.close();
    this.#progress.close();
  }

  /** As `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #vocabulary(): Vocabulary {
    const vocabulary = new Vocabulary();
    vocabulary.adopt(this.#services);
    return vocabulary;
  }
}
