import type { Session } from '../session/session.js';
import type { ShareRefusalReason } from './answers.js';
import { Place } from './line.js';

/** What has become of the requests of a client, or of all. */
export interface RequestCounts {
  /** Requests that the device answered for it, those that were joined included, and messages that were sent to it. */
  answered: number;
  /** READs that were answered together with an equal one. */
  joined: number;
  /** Requests that were sent, and whose outcome is unknown. */
  lost: number;
  /** Requests that were not sent, by reason. */
  readonly refused: Partial<Record<ShareRefusalReason, number>>;
  /** Messages of the device that it did not get, because it reads too slowly. */
  missed: number;
}

/** No requests yet. */
export function noRequests(): RequestCounts {
  return { answered: 0, joined: 0, lost: 0, refused: {}, missed: 0 };
}

/** A program that shares the device. */
export class Client extends Place {
  readonly session: Session;
  readonly counts = noRequests();
  /** How many of its requests are under way. */
  underWay = 0;

  constructor(session: Session) {
    super();
    this.session = session;
  }

  /** What it calls itself, or is bound to; null: it has not said. */
  get name(): string | null {
    return this.session.peerName;
  }

  get address(): string | undefined {
    return this.session.peerAddress;
  }
}
