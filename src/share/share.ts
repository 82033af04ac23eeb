/** Many programs on a device that takes one connection (docs/share.md). */

import { callersOf, withCallers } from '../base/callers.js';
import { optionReader } from '../base/option-table.js';
import type { ServiceIds } from '../base/service-ids.js';
import { beginConnecting } from '../client/connect.js';
import { OptionError } from '../protocol/errors.js';
import { Vocabulary } from '../protocol/vocabulary.js';
import { admitListenOptions } from '../server/option-tables.js';
import { DeviceShare, type Share } from './device-share.js';
import { admitShareOptions, SHARE_OPTIONS } from './option-table.js';
import type { ShareOptions } from './options.js';

/**
 * Shares a device among many programs: takes the one connection that it has, and answers its programs like the device itself.
 *
 * @param options where the device is, where its programs connect to, and what they may do
 * @returns the share, listening; connected to the device, unless `upstream.waitForPeer` is on
 * @throws (rejects) as `connect` and `listen` do
 *
 * @example
 * ```ts
 * import { share } from 'socket-protocol/share';
 *
 * const shared = await share({
 *   upstream: { host: 'device', port: 17017 },
 *   listen: { port: 17018 },
 *   rights: { '*': { read: 'all' }, operator: { read: 'all', write: 'all', lease: true } },
 * });
 * shared.on('lost', ({ client, dataId }) => console.warn(client.name, 'does not know what became of', dataId));
 * ```
 */
export async function share(options: ShareOptions): Promise<Share> {
  const callers = callersOf(share);
  try {
    return await makeShare(options);
  } catch (error) {
    throw withCallers(error, callers);
  }
}

async function makeShare(options: ShareOptions): Promise<Share> {
  admitShareOptions(options);
  const read = optionReader(SHARE_OPTIONS, options);
  // all are checked before anything is opened
  for (const name of Object.keys(SHARE_OPTIONS)) read(name as keyof typeof SHARE_OPTIONS);
  admitListenOptions(read('listen'));
  checkServices(read('services'), read('leaseService'));
  const clock = read('clock');
  const upstream = read('upstream');
  const { session, ready } = await beginConnecting({ ...upstream, clock: upstream.clock ?? clock });
  const shared = new DeviceShare(session, read, clock);
  try {
    if (upstream.waitForPeer === true) ready.catch((error: unknown) => shared.gaveUp(error));
    else await ready;
    await shared.listen();
  } catch (error) {
    await shared.close();
    throw error;
  }
  return shared;
}

/** The session of a program knows the services of the device and that of the lease: each id has one meaning. */
function checkServices(services: readonly ServiceIds[], leaseService: ServiceIds | false): void {
  const known = new Vocabulary();
  const add = (option: string, ids: ServiceIds): void => {
    try {
      known.addService(...ids);
    } catch {
      throw new OptionError(option, 'service ids that no other service has', JSON.stringify(ids));
    }
  };
  for (const ids of services) add('services', ids);
  if (leaseService !== false) add('leaseService', leaseService);
}
