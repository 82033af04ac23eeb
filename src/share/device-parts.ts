import type { Clock } from '../base/clock.js';
import type { Message } from '../protocol/message.js';
import type { Inspector } from '../session/options.js';
import type { LATE_ANSWERS } from '../session/relay.js';
import type { ShareLossReason, ShareRefusalReason } from './answers.js';
import type { Client } from './client.js';
import type { Wanted } from './line.js';

/** The session with the device, as far as it is needed here. */
export interface AskedSession {
  request(
    serviceId: number,
    dataId: number,
    data: unknown,
    options: { readonly timeout: number },
  ): Promise<Message>;
  send(serviceId: number, dataId: number, data: unknown, status: number, timeout: number): Promise<boolean>;
  /** How many requests were given up on which the device may still work. */
  readonly [LATE_ANSWERS]: number;
}

/** What a device works with. */
export interface DeviceParts {
  readonly session: AskedSession;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** How many READs may be under way at once. */
  readonly concurrency: number;
  readonly limits: { readonly perClient: number; readonly inAll: number; readonly bytes: number };
  readonly inspect: Inspector | undefined;
  readonly lease: LeaseView;
  readonly news: DeviceNews;
}

/** What the device needs to know of the lease. */
export interface LeaseView {
  /** Who has the device alone; null: nobody. */
  readonly holder: Client | null;
  /** Nothing is under way on the device, which is there. */
  deviceAlone(): void;
  /** Everybody has had a turn. */
  turnsOver(): void;
}

/** Hears what happens to requests. */
export interface DeviceNews {
  refused(client: Client, reason: ShareRefusalReason): void;
  lost(client: Client, wanted: Wanted, reason: ShareLossReason): void;
  /** Something waits, is under way, or has been answered. */
  changed(): void;
  crashed(error: unknown): void;
}
