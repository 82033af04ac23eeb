/** Many programs on a device that takes one connection: `share`, and the lease for those who need it alone. */

export type { ServiceIds } from '../base/service-ids.js';
export type { LeaseEnd } from './actors.js';
export type { RefusalData, ShareLossReason, ShareRefusalReason } from './answers.js';
export type { Share } from './device-share.js';
export type { DeviceLease } from './held-lease.js';
export {
  type AcquireOptions,
  type LeaseClient,
  type LeaseOfOptions,
  leaseOf,
} from './lease-of.js';
export type { ShareOptions } from './options.js';
export type { Allowed, ClientRights, Rights } from './rights.js';
export { share } from './share.js';
export type { ShareClient, ShareEvents, ShareLeaseEvent, ShareLoss, ShareRefusal } from './share-events.js';
export type { ShareClientStats, ShareCounts, ShareStats } from './stats.js';
