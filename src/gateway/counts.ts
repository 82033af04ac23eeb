/** The counters of a gateway. */

import { codeOfError } from '../protocol/error-brand.js';
import type { AnySocketProtocolError } from '../protocol/errors.js';

/** What failed for another reason than those of this library. */
const OTHER = 'other';

/** The counters of one gateway. */
export class GatewayCounts {
  /** Requests that the bus brought. */
  requests = 0;
  /** Of these, those that a device has answered. */
  answered = 0;
  /** Of these, those that were passed on, because the device was not here any more. */
  forwarded = 0;
  /** Devices that were lost to other gateways. */
  takeovers = 0;
  /** Devices that came, and whose name another gateway keeps. */
  refusedByFlapping = 0;
  /** Claims of other gateways that had too low a number. */
  contested = 0;
  /** Claims of other gateways that were refused: the name was taken over too often. */
  refused = 0;
  /** Sessions whose peers have a name that cannot be a part of a subject. */
  unaddressable = 0;
  /** What was to be told about presence while the bus was away. */
  presenceDropped = 0;
  /** What came on the subjects of gateways, and could not be read. */
  unreadable = 0;
  /** Requests of devices. */
  deviceRequests = 0;
  /** Of these, those that nobody took. */
  unknownRequests = 0;
  /** Of these, those that failed. */
  failedRequests = 0;
  /** What devices sent unasked. */
  unsolicited = 0;
  /** Of these, those that could not be published. */
  unsolicitedDropped = 0;
  readonly #failures = new Map<string, number>();

  /** Something failed: counted by its reason. */
  failure(error: unknown): void {
    const reason = codeOfError(error) === null ? OTHER : (error as AnySocketProtocolError).reason;
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  /** All of them, as plain data. */
  get all(): Omit<GatewayCounts, 'failure' | 'all'> & {
    readonly failures: Readonly<Record<string, number>>;
  } {
    return { ...this, failures: Object.fromEntries(this.#failures) };
  }
}
