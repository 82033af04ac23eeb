/** What `stats()` of a gateway measures. */

import type { Bus, BusState } from '../bus/bus.js';
import type { Server } from '../server/server.js';
import type { GatewayCounts } from './counts.js';
import type { DevicesHere } from './devices-here.js';
import type { Neighbours } from './neighbours.js';
import type { Requests } from './requests.js';

/** How a gateway is: plain data, a copy. Counters only grow. */
export interface GatewayStats {
  readonly id: string;
  readonly bus: BusState;
  /** Devices that can be reached here. */
  readonly devices: number;
  /** Devices that have gone, and for which the bus may still have something. */
  readonly leaving: number;
  /** Sessions that could be asked, and whose peers have no name. */
  readonly unnamed: number;
  /** Other gateways that can be heard. */
  readonly gateways: number;
  /** Names that were taken over within the last minutes. */
  readonly contestedNames: number;
  /** Requests that are not answered. */
  readonly inFlight: number;
  /** Requests that the bus has brought. */
  readonly requests: number;
  /** Of these, those that a device has answered. */
  readonly answered: number;
  /** Of these, those that were passed on, because the device was not here any more. */
  readonly forwarded: number;
  /** Answers that nobody got: the bus was away for too long, or closed. */
  readonly answersLost: number;
  /** Devices that were lost to other gateways. */
  readonly takeovers: number;
  /** Devices that were disconnected because another gateway keeps their name (`name-flapping`). */
  readonly refusedByFlapping: number;
  /** Claims of other gateways that had too low a number. */
  readonly contested: number;
  /** Claims of other gateways that were refused because the name was taken over too often. */
  readonly refused: number;
  /** Sessions whose peers had a name that cannot be a part of a subject. */
  readonly unaddressable: number;
  /** Events of presence that could not be published: the bus was away. */
  readonly presenceDropped: number;
  /** What came on the subjects of gateways, and could not be read. */
  readonly unreadable: number;
  /** Requests of devices. */
  readonly deviceRequests: number;
  /** Of these, those that no worker takes. */
  readonly unknownRequests: number;
  /** Of these, those that failed: answered with "callback error". */
  readonly failedRequests: number;
  /** Messages that devices sent unasked. */
  readonly unsolicited: number;
  /** Of these, those that could not be published. */
  readonly unsolicitedDropped: number;
  /** What failed, by its reason. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What the numbers are of. */
export interface StatsParts {
  readonly id: string;
  readonly bus: Bus;
  readonly server: Server;
  readonly counts: GatewayCounts;
  readonly devices: DevicesHere;
  readonly requests: Requests;
  readonly neighbours: Neighbours;
}

/** The numbers of now. */
export function statsOf({
  id,
  bus,
  server,
  counts,
  devices,
  requests,
  neighbours,
}: StatsParts): GatewayStats {
  let unnamed = 0;
  for (const session of server.sessions) if (session.isTrusted && session.peerName === null) unnamed++;
  const { failures, ...counters } = counts.all;
  return {
    id,
    bus: bus.state,
    devices: devices.size,
    leaving: devices.going,
    unnamed,
    gateways: neighbours.size,
    contestedNames: server.stats().contestedNames,
    inFlight: requests.inFlight,
    answersLost: requests.answersLost,
    ...counters,
    failures,
  };
}
