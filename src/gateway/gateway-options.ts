/** The options of a gateway. */

import type { Clock } from '../base/clock.js';
import type { ServiceIds } from '../base/service-ids.js';
import type { Bus } from '../bus/bus.js';
import type { Contract } from '../contract/contract.js';
import type { ListenOptions } from '../server/listen-options.js';
import type { Logger, LogLevelName } from '../session/journal/logging.js';
import type { Session } from '../session/session.js';

/** Options of {@link gateway}. All times are in milliseconds. */
export interface GatewayOptions {
  /** The bus: `memoryBus()`, or `await natsBus({ … })`. */
  readonly bus: Bus;
  /** Where devices connect, and how their sessions behave: as for `listen`, with `duplicateNames: 'evict'`. */
  readonly listen: ListenOptions;
  /** The first word of all subjects; all gateways and workers have the same: sp. */
  readonly prefix?: string | undefined;
  /** What the id of the gateway begins with: letters, digits, `_` and `-`. */
  readonly name?: string | null | undefined;
  /** Services that devices can be asked for, and that they ask for, besides read, write and execute: pairs of request and response. */
  readonly services?: readonly ServiceIds[] | undefined;
  /** Contracts whose services and names the sessions know. */
  readonly contract?: Contract | readonly Contract[] | undefined;
  /** Gets each session before anything that its device sends is handled; what it registers handles is not asked of workers. */
  readonly onSession?: ((session: Session) => unknown) | undefined;
  /** How long a request may take at most, also where it does not say how long it may (`Sp-Timeout`): 30,000 ms. */
  readonly requestTimeout?: number | undefined;
  /** How many requests may be unanswered at once, of all devices together: 50,000. */
  readonly maxRequests?: number | undefined;
  /** Whether `close` of the gateway closes the bus as well: off. */
  readonly closeBus?: boolean | undefined;
  /** The clock, also of the sessions unless `listen` has one; a test brings its own. */
  readonly clock?: Clock | undefined;
  /** The time of day, in milliseconds since 1970; a test brings its own. */
  readonly wallTime?: (() => number) | undefined;
  /** 0 to 1, for the id; a test brings its own. */
  readonly random?: (() => number) | undefined;
  /** Where logs go, also of the sessions unless `listen` has one; nowhere unless set. */
  readonly logger?: Logger | undefined;
  /** The least level that goes there: `debug`. */
  readonly logLevel?: LogLevelName | undefined;
}
