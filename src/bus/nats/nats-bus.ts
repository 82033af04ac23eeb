/** Opens a bus on NATS. */

import { onAbort, reasonOf } from '../../base/signals.js';
import type { Dial } from './dial.js';
import { LinkBus } from './link-bus.js';
import { natsSettings } from './option-table.js';
import type { NatsBus, NatsBusOptions } from './options.js';

/**
 * Opens a bus with a way of its own to connect to a server.
 *
 * @throws (rejects) as `natsBus`
 */
export async function openNatsBus(options: NatsBusOptions, dial: Dial): Promise<NatsBus> {
  const settings = natsSettings(options);
  const { signal } = settings;
  if (signal?.aborted) throw reasonOf(signal);
  const bus = new LinkBus(settings, dial);
  const stop = signal === undefined ? undefined : onAbort(signal, () => void bus.close());
  try {
    await bus.start();
  } catch (error) {
    throw signal?.aborted ? reasonOf(signal) : error;
  } finally {
    stop?.();
  }
  return bus;
}
