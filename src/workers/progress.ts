/**
 * Follows which gateways have the requests that take long, so that requests at a gateway that died need not wait for their whole
 * time. A gateway announces a request that it has had for a second; without that, nobody could tell whose death matters.
 */

import type { Clock } from '../base/clock.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../base/signals.js';
import type { Bus, BusSubscription } from '../bus/bus.js';
import { GATEWAY_HEADER } from '../gateway/format/headers.js';
import { PROGRESS_AFTER_MS, type PresenceEvent, SILENT_AFTER_MS } from '../gateway/format/presence.js';
import { GatewayBeats } from './gateway-beats.js';
import { LightSignal } from './light-signal.js';
import type { PresenceChannel, PresenceListener } from './presence-channel.js';

/** A request with less time than this is over before anybody could know that its gateway is dead. */
export const FOLLOWED_FROM_MS = PROGRESS_AFTER_MS + SILENT_AFTER_MS;

/** A request that is followed. */
export interface Followed {
  /** What its header says. */
  readonly subject: string;
  /** Aborted by the signal of the request, or when the gateway is gone. */
  readonly signal: AbortSignalLike;
  /** Whether the gateway that has the request is gone. */
  readonly isGatewayGone: boolean;
  /** It is settled. */
  end(): void;
}

class FollowedRequest implements Followed {
  readonly subject: string;
  isGatewayGone = false;
  gateway: string | null = null;
  readonly signal = new LightSignal();
  readonly #ended: () => void;
  readonly #unlisten: (() => void) | undefined;

  constructor(subject: string, signal: AbortSignalLike | undefined, ended: () => void) {
    this.subject = subject;
    this.#ended = ended;
    if (signal?.aborted) this.signal.abort(reasonOf(signal));
    else this.#unlisten = signal && onAbort(signal, () => this.signal.abort(reasonOf(signal)));
  }

  gatewayGone(): void {
    this.isGatewayGone = true;
    this.signal.abort(undefined);
  }

  end(): void {
    this.#unlisten?.();
    this.#ended();
  }
}

/** What following works with. */
export interface ProgressParts {
  readonly bus: Bus;
  readonly prefix: string;
  readonly clock: Clock;
  readonly channel: PresenceChannel;
  /** An id that nobody else has. */
  readonly id: string;
}

/** Follows requests that may take long. */
export class Progress implements PresenceListener {
  readonly #parts: ProgressParts;
  readonly #beats: GatewayBeats;
  readonly #followed = new Map<string, FollowedRequest>();
  #subscription: BusSubscription | null = null;
  #count = 0;
  /** How many followed requests a gateway has reported. */
  #located = 0;
  #isClosed = false;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#beats = new GatewayBeats(parts.bus, parts.clock, (gateway) => this.#gone(gateway));
  }

  /**
   * Follows a request that is about to be sent.
   *
   * @returns null once it is closed
   * @throws BusError where the bus is closed
   */
  follow(signal: AbortSignalLike | undefined): Followed | null {
    if (this.#isClosed) return null;
    const { bus, prefix, id } = this.#parts;
    this.#subscription ??= bus.subscribe(`${prefix}.$progress.${id}.*`, ({ subject, headers }) => {
      const gateway = headers?.[GATEWAY_HEADER];
      if (gateway !== undefined) this.#isAt(subject, gateway);
    });
    const subject = `${prefix}.$progress.${id}.${this.#count++}`;
    const request = new FollowedRequest(subject, signal, () => this.#ended(subject));
    this.#followed.set(subject, request);
    return request;
  }

  told(event: PresenceEvent): void {
    if (event.event === 'gateway.down') this.#gone(event.gateway);
    // of a gateway that has none of these requests nobody need keep count
    if (this.#beats.has(event.gateway)) this.#beats.heard(event);
  }

  resumed(): void {
    this.#beats.resumed();
  }

  busClosed(): void {
    // the bus itself ends what waits
  }

  close(): void {
    this.#isClosed = true;
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    this.#parts.channel.remove(this);
    this.#beats.close();
  }

  /** A gateway has a request. */
  #isAt(subject: string, gateway: string): void {
    const request = this.#followed.get(subject);
    if (request === undefined) return;
    if (request.gateway === null) this.#located++;
    request.gateway = gateway;
    this.#parts.channel.add(this);
    this.#beats.heard({ event: 'gateway.alive', gateway });
  }

  #gone(gateway: string): void {
    for (const request of [...this.#followed.values()])
      if (request.gateway === gateway) request.gatewayGone();
  }

  #ended(subject: string): void {
    const request = this.#followed.get(subject);
    this.#followed.delete(subject);
    if (request === undefined || request.gateway === null || --this.#located > 0) return;
    this.#parts.channel.remove(this);
    this.#beats.close();
  }
}
