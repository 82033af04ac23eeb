/** The sub-path `socket-protocol/nats`: a message bus on NATS. It needs the package `@nats-io/transport-node`. */

import { dialNats } from './dial.js';
import { openNatsBus } from './nats-bus.js';
import type { NatsBus, NatsBusOptions } from './options.js';

export type { NatsAuthenticator, NatsBus, NatsBusOptions, NatsBusStats, NatsTlsOptions } from './options.js';

/**
 * Opens a bus on NATS, and resolves when a server has let it in. From then on it comes back by itself for as long as it is not
 * closed; while it is away, requests are held within their time, and nothing is published.
 *
 * @param options where the servers are, and how they let it in
 * @throws (rejects) BusError with `bus-refused`, which says what was tried and what to do, unless `waitOnFirstConnect` is set and a
 *   server may still come, and with `bus-unauthorized` where a server does not take the credentials; OptionError; the reason of
 *   `signal`
 *
 * @example
 * ```ts
 * import { natsBus } from 'socket-protocol/nats';
 *
 * const bus = await natsBus({ servers: ['nats://10.0.0.5:4222', 'nats://10.0.0.6:4222'] });
 * bus.onState((state, detail) => console.log(state, detail));
 * await bus.close();
 * ```
 */
export function natsBus(options: NatsBusOptions = {}): Promise<NatsBus> {
  return openNatsBus(options, dialNats);
}
