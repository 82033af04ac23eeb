/** Who waits for what on a device that many programs share, as the share itself says. */

import type { GroupWorld } from '../store/world.js';

/** A program at a share. */
export interface Client {
  readonly name: string | null;
  readonly address?: string;
  readonly waiting: number;
  readonly underWay: number;
  readonly answered: number;
  readonly joined: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly missed: number;
  readonly next: { readonly serviceId: number; readonly dataId: number } | null;
  readonly waitsForLease: boolean;
  readonly hasLease: boolean;
}

/** A share: its device, its programs, its lease. */
export interface Share {
  readonly device: string;
  readonly waiting: number;
  readonly underWay: number;
  readonly asked: number;
  readonly dropped: number;
  /** A text stands for more than the debugger shows. */
  readonly clients: readonly (Client | string)[];
  readonly lease: {
    readonly state: string;
    readonly holder: string | null;
    readonly fence: number | null;
    /** In milliseconds. */
    readonly expiresIn: number | null;
    readonly waiting: number;
  };
}

/** The headings of the table. */
export const COLUMNS = [
  'Program',
  'Waits for',
  'Waiting',
  'Under way',
  'Answered',
  'Joined',
  'Refused',
  'Lost',
  'Missed',
] as const;

/** The share of a session; null where it is none. */
export function shareOf(world: GroupWorld | undefined): Share | null {
  return (world?.actors.get('shareClients')?.context ?? null) as Share | null;
}

/** How the device and its lease stand, in a line. */
export function summaryOf({ device, waiting, underWay, asked, dropped, lease }: Share): string {
  const parts = [`device ${device}`, `${waiting} wait`, `${underWay} under way`, `${asked} asked`];
  if (dropped > 0) parts.push(`${dropped} dropped`);
  if (lease.fence === null) parts.push(`lease ${lease.state}`);
  else
    parts.push(
      `lease ${lease.fence} of ${lease.holder ?? 'a program without a name'}, ${Math.round(lease.expiresIn ?? 0)} ms left`,
    );
  if (lease.waiting > 0) parts.push(`${lease.waiting} wait for it`);
  return parts.join(' · ');
}

/** A row of the table. */
export interface ShareRow {
  readonly cells: readonly (string | number)[];
  readonly hasLease: boolean;
  readonly isTrouble: boolean;
}

/** The rows of the table, one for each program. */
export function rowsOf({ clients }: Share): ShareRow[] {
  return clients.map((client) => {
    if (typeof client === 'string') return { cells: [client], hasLease: false, isTrouble: false };
    const refused = Object.values(client.refused).reduce((sum, count) => sum + count, 0);
    const { name, address, waiting, underWay, answered, joined, lost, missed, hasLease } = client;
    const counts = [waiting, underWay, answered, joined, refused, lost, missed];
    const cells = [name ?? address ?? '–', awaitedBy(client), ...counts];
    return { cells, hasLease, isTrouble: refused + lost + missed > 0 };
  });
}

const REQUESTS: Readonly<Record<number, string>> = { 10: 'read', 20: 'write', 30: 'execute' };

/** What a program waits for first. */
function awaitedBy({ next, waitsForLease }: Client): string {
  const lease = waitsForLease ? ['the lease'] : [];
  if (next === null) return lease.join('');
  return [...lease, `${REQUESTS[next.serviceId] ?? `service ${next.serviceId},`} ${next.dataId}`].join(', ');
}
