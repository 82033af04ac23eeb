import type { ServerCloseReport } from '../server/close-report.js';
import type { LeaseEnd } from './actors.js';
import type { ShareLossReason, ShareRefusalReason } from './answers.js';

/** Whom something happened to. */
export interface ShareClient {
  /** What it calls itself, or is bound to; null: it has not said. */
  readonly name: string | null;
  readonly address: string | undefined;
}

/** Requests that were not sent to the device. */
export interface ShareRefusal {
  readonly reason: ShareRefusalReason;
  /** Whose the last of them was. */
  readonly client: ShareClient;
  /** How many there were since the last event of this reason. */
  readonly count: number;
}

/** A request that was sent to the device, and whose outcome is unknown. */
export interface ShareLoss {
  readonly client: ShareClient;
  readonly serviceId: number;
  readonly dataId: number;
  readonly reason: ShareLossReason;
}

/** A lease has begun, or ended. */
export interface ShareLeaseEvent {
  readonly event: 'began' | 'ended';
  readonly client: ShareClient;
  readonly fence: number;
  /** Why it has ended; null: it has begun. */
  readonly reason: LeaseEnd | null;
}

/** The events of a share and what their listeners get. */
export interface ShareEvents {
  /** The device is there, or away. */
  device: [state: 'up' | 'away'];
  lease: [event: ShareLeaseEvent];
  /** Requests were refused: at most one event a second for each reason. `stats()` has the totals. */
  refused: [refusal: ShareRefusal];
  /** A request has an unknown outcome: its client was answered with "callback error". */
  lost: [loss: ShareLoss];
  /** The share has closed, and all of its sessions. */
  closed: [report: ServerCloseReport];
}
