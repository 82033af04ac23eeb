/** What a share measures, at one moment: `share.stats()`. */

import type { ShareRefusalReason } from './answers.js';
import type { Client } from './client.js';
import type { Lease } from './lease.js';

/** What has become of requests so far. */
export interface ShareCounts {
  /** Requests that the device answered, those that were joined included, and messages that were sent to it. */
  readonly answered: number;
  /** READs that got the answer of an equal one. */
  readonly joined: number;
  /** Requests that were sent, and whose outcome is unknown. */
  readonly lost: number;
  /** Requests that were not sent, by reason; a reason that never occurred is missing. */
  readonly refused: Readonly<Partial<Record<ShareRefusalReason, number>>>;
  /** Messages of the device that were not delivered, because the client reads too slowly. */
  readonly missed: number;
}

/** A client, and what it waits for. */
export interface ShareClientStats extends ShareCounts {
  /** What it calls itself, or is bound to; null: it has not said. */
  readonly name: string | null;
  readonly address: string | undefined;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Requests that are under way to the device, those that were joined included. */
  readonly underWay: number;
  /** The first of the requests that wait; null: none does. */
  readonly next: { readonly serviceId: number; readonly dataId: number } | null;
  /** Whether it waits for the lease. */
  readonly waitsForLease: boolean;
  /** Whether it has the device alone. */
  readonly hasLease: boolean;
}

/** A snapshot of a share. It is plain data, for `JSON.stringify`; times are in milliseconds. */
export interface ShareStats extends ShareCounts {
  /** The state of the machine `shared-device`: `away`, `idle`, `asking`, `clearing`, `reserved`, `closed`. */
  readonly device: string;
  /** Requests that were sent to the device. */
  readonly asked: number;
  /** Requests under way to the device. */
  readonly underWay: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Requests that waited when their client went away. */
  readonly dropped: number;
  /** Messages that the device sent by itself. */
  readonly unsolicited: number;
  /** Requests of the device that no client answered. */
  readonly unanswerable: number;
  readonly lease: {
    /** The state of the machine `lease`: `free`, `promised`, `held`, `over`, `yielding`, `closed`. */
    readonly state: string;
    /** The name of who has it; null: nobody, or somebody without a name. */
    readonly holder: string | null;
    readonly fence: number | null;
    readonly expiresIn: number | null;
    /** How many wait for it. */
    readonly waiting: number;
    /** How many there were, and how many of them expired. */
    readonly granted: number;
    readonly expired: number;
  };
  readonly clients: readonly ShareClientStats[];
}

/** The part of the lease. */
export function statsOfLease(lease: Lease): ShareStats['lease'] {
  const { state, holder, fence, expiresInMs: expiresIn, waiting, granted, expired } = lease;
  return { state, holder: holder?.name ?? null, fence, expiresIn, waiting, granted, expired };
}

/** The part of a client that the client knows by itself. */
export function statsOfClient({
  waiting,
  underWay,
  next,
  counts,
}: Client): Omit<ShareClientStats, 'name' | 'address' | 'waitsForLease' | 'hasLease'> {
  return {
    waiting: waiting.size,
    underWay,
    next: next === undefined ? null : { serviceId: next.serviceId, dataId: next.dataId },
    ...counts,
    refused: { ...counts.refused },
  };
}
