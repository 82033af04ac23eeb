/** The options of what a server asks its peers. */

import { optionsDoor } from '../base/option-names.js';
import { countRow, functionRow, optionalTextRow, switchRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import { REQUEST_OPTIONS, type RequestOptions } from '../session/request-options.js';
import type { Session } from '../session/session.js';

/** Options of a request to a peer by its name. */
export interface PeerRequestOptions extends RequestOptions {
  /**
   * Where nobody has the name, wait for it until the time-out is over, and send the request then: for a device that is
   * moving to another network. A request that was not written on a connection that broke goes to the next one: false.
   */
  readonly waitForPeer?: boolean | undefined;
}

/** Options of a broadcast. */
export interface BroadcastOptions extends RequestOptions {
  /** Only the members of this group. */
  readonly group?: string | undefined;
  /** Only those for which it returns true. */
  readonly filter?: ((session: Session) => boolean) | undefined;
  /** How many peers may be asked at once; the others wait for their turn, and the time-out of each begins with it: 1,000. */
  readonly concurrency?: number | undefined;
}

/** The options of {@link PeerRequestOptions}. */
export const PEER_REQUEST_OPTIONS = {
  ...REQUEST_OPTIONS,
  waitForPeer: switchRow({
    default: false,
    why: 'That a peer is not there is best known at once; most callers have something else to do then.',
  }),
} satisfies RowsFor<PeerRequestOptions>;

/** The options of {@link BroadcastOptions}. */
export const BROADCAST_OPTIONS = {
  ...REQUEST_OPTIONS,
  group: optionalTextRow({ why: 'A broadcast goes to all peers that can be addressed.' }),
  filter: functionRow<((session: Session) => boolean) | undefined>({
    default: undefined,
    why: 'A broadcast goes to all peers that can be addressed.',
  }),
  concurrency: countRow({
    default: 1_000,
    why: 'Each pending request takes half a KiB, and answers that come all at once keep other peers waiting.',
  }),
} satisfies RowsFor<BroadcastOptions>;

/** Checks what is passed to a request by name. */
export const admitPeerRequestOptions = optionsDoor(
  'PeerRequestOptions',
  "read('kitchen', dataId, { waitForPeer: true })",
  PEER_REQUEST_OPTIONS,
);

/** Checks what is passed to a broadcast. */
export const admitBroadcastOptions = optionsDoor(
  'BroadcastOptions',
  "broadcast({ read: 0 }, { group: 'kitchen' })",
  BROADCAST_OPTIONS,
);
