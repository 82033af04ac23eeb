import type { Bus } from '../bus/bus.js';
import { decodePresenceList, type PresenceList, type PresentDevice } from '../gateway/format/presence.js';
import { presenceListSubject } from '../gateway/format/subjects.js';
import { TimeoutError } from '../protocol/errors.js';

/** How long after an answer to wait for another one: gateways of one cluster answer at nearly the same time. */
const STALL_MS = 250;
/** How long to wait for the first, and in all. */
export const LIST_TIMEOUT_MS = 2_000;

/** A device that is there. */
export interface ListedDevice extends PresentDevice {
  /** The id of the gateway that it is connected to. */
  readonly gateway: string;
}

/** What one gateway has answered. */
export interface GatewayDevices {
  readonly devices: readonly PresentDevice[];
  /** Whether all its parts came. */
  readonly isWhole: boolean;
  /** As that of a {@link PresenceList}. */
  readonly seq: number | undefined;
}

/**
 * Asks all gateways which devices they have.
 *
 * @throws (rejects) BusError
 */
export async function askGateways(
  bus: Bus,
  prefix: string,
  maxWaitMs = LIST_TIMEOUT_MS,
): Promise<ReadonlyMap<string, GatewayDevices>> {
  const answers = await bus.requestAll(presenceListSubject(prefix), new Uint8Array(), {
    maxWaitMs,
    stallMs: Math.min(STALL_MS, maxWaitMs),
  });
  const parts = new Map<string, Map<number, PresenceList>>();
  for (const { data } of answers) {
    const list = decodePresenceList(data);
    if (list === null) continue;
    const ofGateway = parts.get(list.gateway) ?? new Map<number, PresenceList>();
    parts.set(list.gateway, ofGateway.set(list.part, list));
  }
  return new Map([...parts].map(([gateway, lists]) => [gateway, joined([...lists.values()])]));
}

function joined(lists: readonly PresenceList[]): GatewayDevices {
  const isWhole = lists.length === lists[0]?.parts;
  return { devices: lists.flatMap(({ devices }) => devices), isWhole, seq: lists[0]?.seq };
}

/**
 * All devices of all gateways, each once: one that is moving may still be known to the gateway that it leaves.
 *
 * @throws (rejects) TimeoutError where a part of an answer is missing, BusError
 */
export async function listDevices(bus: Bus, prefix: string, timeoutMs: number): Promise<ListedDevice[]> {
  const newest = new Map<string, ListedDevice>();
  for (const [gateway, { devices, isWhole }] of await askGateways(bus, prefix, timeoutMs)) {
    if (!isWhole)
      throw new TimeoutError(`the request for the devices of gateway ${gateway}`, timeoutMs, 'no-answer');
    for (const device of devices) {
      const known = newest.get(device.device);
      if (known === undefined || known.epoch < device.epoch)
        newest.set(device.device, { ...device, gateway });
    }
  }
  return [...newest.values()].sort((a, b) => (a.device < b.device ? -1 : 1));
}
