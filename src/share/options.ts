import type { Clock } from '../base/clock.js';
import type { ServiceIds } from '../base/service-ids.js';
import type { ConnectOptions } from '../client/connect.js';
import type { ListenOptions } from '../server/listen-options.js';
import type { Logger, LogLevelName } from '../session/journal/logging.js';
import type { Inspector } from '../session/options.js';
import type { Rights } from './rights.js';

/** Options of {@link share}. All times are in milliseconds. */
export interface ShareOptions {
  /** How to connect to the device; the session comes back by itself when the connection is lost. */
  readonly upstream: ConnectOptions;
  /** Where its programs connect to, and how their sessions behave. */
  readonly listen: ListenOptions;
  /** Services besides the built-in ones: without this, answers to their requests go to everybody. */
  readonly services?: readonly ServiceIds[] | undefined;
  /** How many READs may be under way to the device at once; all else is always under way alone: 1. */
  readonly concurrency?: number | undefined;
  /** How long a request may take in all, the time that it waits for its turn or for the device included: 5,000 ms. */
  readonly requestTimeout?: number | undefined;
  /** How many requests of one client may wait for their turn: 1,000. */
  readonly maxWaitingPerClient?: number | undefined;
  /** How many requests of all clients may wait for their turn: 10,000. */
  readonly maxWaiting?: number | undefined;
  /** How many bytes of data of waiting requests there may be, roughly: 64 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /** What each client may ask, by its name; each may ask anything unless set. */
  readonly rights?: Rights | undefined;
  /** The service ids of the lease; false: there is none: 65000 and 65001. */
  readonly leaseService?: ServiceIds | false | undefined;
  /** The longest time for which a lease can be had without a renewal, and for which a client can wait for it: 60,000 ms. */
  readonly maxLease?: number | undefined;
  /** How many clients may wait for the lease, and for how many leases each of them: 64. */
  readonly maxLeaseWaiters?: number | undefined;
  /**
   * Who answers what the device asks while nobody has the lease: the client of a name, or `first`, the one that has been there
   * for longest. Unless set, such requests are answered with "service or data unknown"; the holder of the lease always comes first.
   */
  readonly deviceRequests?: string | undefined;
  /** Where log lines about the share go. Sessions have their own, in `upstream` and `listen`; nowhere unless set. */
  readonly logger?: Logger | undefined;
  /** The least level that goes there: `debug`. */
  readonly logLevel?: LogLevelName | undefined;
  /** An inspector of XState for the machines of the share, and for the table of who waits; none unless set. */
  readonly inspect?: Inspector | undefined;
  /** The clock, also of all sessions that have no other; a test brings its own. */
  readonly clock?: Clock | undefined;
}
