/** Reports what happens on a share: log lines, events, and the table of an inspector. */

import type { EventEmitter } from 'node:events';
import type { Clock } from '../base/clock.js';
import { messageOfThrown } from '../base/thrown.js';
import type { ServerCloseReport } from '../server/close-report.js';
import { OnceASecond } from '../server/once-a-second.js';
import { emitToAll } from '../session/journal/listeners.js';
import { LOG_LEVEL, type NamedLog } from '../session/journal/logging.js';
import type { LeaseEnd } from './actors.js';
import type { ShareLossReason, ShareRefusalReason } from './answers.js';
import type { Client } from './client.js';
import type { DeviceNews } from './device-parts.js';
import type { Holder, LeaseNews } from './lease.js';
import type { Wanted } from './line.js';
import type { ShareClient, ShareEvents } from './share-events.js';
import type { ShareView } from './view.js';

/** Where news goes. */
export interface NewsParts {
  readonly emitter: EventEmitter<ShareEvents>;
  readonly clock: Clock;
  /** Null without a logger. */
  readonly log: NamedLog | null;
  /** Null without an inspector. */
  readonly view: ShareView | null;
  /** A state machine of the share failed. */
  crashed(error: unknown): void;
}

/** The news of one share. */
export class ShareNews implements DeviceNews, LeaseNews {
  readonly #parts: NewsParts;
  /** Clients decide how often they are refused. */
  readonly #refusals: OnceASecond<ShareRefusalReason, ShareClient>;

  constructor(parts: NewsParts) {
    this.#parts = parts;
    this.#refusals = new OnceASecond(parts.clock, (reason, count, client) =>
      this.#tellRefused(reason, count, client),
    );
  }

  refused(client: Client, reason: ShareRefusalReason): void {
    this.#refusals.tell(reason, seen(client));
  }

  #tellRefused(reason: ShareRefusalReason, count: number, client: ShareClient): void {
    const what = count === 1 ? 'a request' : `${count} requests, the last`;
    this.#log(LOG_LEVEL.warning, `refused ${what} of ${named(client)}: ${reason}`);
    emitToAll(this.#parts.emitter, 'refused', [{ reason, client, count }]);
  }

  lost(client: Client, { serviceId, dataId }: Wanted, reason: ShareLossReason): void {
    const request = `(${serviceId}, ${dataId}) of ${named(client)}`;
    this.#log(LOG_LEVEL.error, `nobody knows what became of the request ${request}: ${reason}`);
    emitToAll(this.#parts.emitter, 'lost', [{ client: seen(client), serviceId, dataId, reason }]);
  }

  leaseBegan({ client, fence }: Holder, ttlMs: number): void {
    this.#log(LOG_LEVEL.info, `${named(client)} has the device alone for ${ttlMs} ms (fence ${fence})`);
    this.changed();
    emitToAll(this.#parts.emitter, 'lease', [{ event: 'began', client: seen(client), fence, reason: null }]);
  }

  leaseEnded({ client, fence }: Holder, reason: LeaseEnd): void {
    const level = reason === 'released' ? LOG_LEVEL.info : LOG_LEVEL.warning;
    this.#log(level, `the lease of ${named(client)} is over: ${reason} (fence ${fence})`);
    this.changed();
    emitToAll(this.#parts.emitter, 'lease', [{ event: 'ended', client: seen(client), fence, reason }]);
  }

  /** The device has come, or is away. */
  deviceMoved(isThere: boolean): void {
    if (isThere) this.#log(LOG_LEVEL.info, 'the device is there');
    else this.#log(LOG_LEVEL.warning, 'the device is away');
    this.changed();
    emitToAll(this.#parts.emitter, 'device', [isThere ? 'up' : 'away']);
  }

  /** There will be no device. */
  gaveUp(error: unknown): void {
    this.#log(LOG_LEVEL.error, `the device is given up: ${messageOfThrown(error)}`);
  }

  /** The table of the inspector is out of date. */
  changed(): void {
    this.#parts.view?.changed();
  }

  crashed(error: unknown): void {
    this.#parts.crashed(error);
  }

  /** Reports what is left, and that the share is closed. */
  closed(report: ServerCloseReport): void {
    this.#refusals.close();
    this.#parts.view?.close();
    emitToAll(this.#parts.emitter, 'closed', [report]);
  }

  #log(level: number, line: string): void {
    this.#parts.log?.(level, line);
  }
}

/** A client as events show it. */
export function seen({ name, address }: Client): ShareClient {
  return { name, address };
}

function named({ name, address }: ShareClient): string {
  return name ?? address ?? 'a client';
}
