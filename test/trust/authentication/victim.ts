/** The side that is attacked: a real session, what the table says of it, and how the two differ. */

import type { Message, Session, SessionOptions } from '../../../src/index.js';
import { Puppet } from '../../support/puppet.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import type { Random } from '../random.js';
import { AttackLink } from './attack-link.js';

export const VICTIM_SECRET = 'the secret that no attacker has: 5f2c7a';
/** What everybody may read. */
export const WHITELISTED_DID = 7;

/** Puts a message on the link. */
export type Say = (serviceId: number, dataId: number, data: unknown) => void;

/** What the attacker sees of its victim, and the judge of it. */
export interface Victim {
  readonly session: Session;
  readonly link: AttackLink;
  readonly whitelistedRun: number;
  /** What it has said since it was asked last. */
  takeHeard(): Message[];
  /** A connection began. */
  opened(): void;
  /** A message was delivered that the victim can read. */
  hears(message: Message<unknown>): void;
  /** The victim sent a message. */
  sent(message: Message): void;
  /** Time has passed, or the link is gone. */
  timePassed(): void;
  /** What is wrong with the victim, in words; null: nothing. */
  complaint(): string | null;
  /** The user of a client asks to authenticate; nobody does so on a server. */
  authenticate(): void;
  /** The honest peer proves itself, so that there is trust that could outlive its connection; false: it could not. */
  meetHonestPeer(say: Say): boolean;
}

/** What a victim is made with. */
export interface VictimWorld {
  readonly clock: VirtualClock;
  readonly random: Random;
}

/** A session with callbacks for everything, and a count of those that nobody may run before trust. */
export class GuardedSession extends Puppet {
  readonly link: AttackLink;
  /** Callbacks of what is not on the whitelist: while the session trusted its peer, and while it did not. */
  callbacksRun = 0;
  callbacksRunUntrusted = 0;
  whitelistedRun = 0;

  constructor(isClient: boolean, { clock, random }: VictimWorld, options: SessionOptions = {}) {
    const link = new AttackLink(isClient);
    super(clock, link, {
      session: { secret: VICTIM_SECRET, ...options },
      internals: { randomBytes: (length) => random.bytes(length) },
    });
    this.link = link;
    const run = (message: Message): [number, string] => this.#ran(message);
    for (const serviceId of [null, 10, 11, 50]) this.session.registerCallback(serviceId, null, run);
    this.session.registerCallback(null, 5, run);
    this.session.registerCallback(null, WHITELISTED_DID, run);
    this.session.addMsgToAuthWhitelist(10, WHITELISTED_DID);
  }

  #ran({ serviceId, dataId }: Message): [number, string] {
    // whoever may ask may be answered as well
    if (serviceId === 10 && dataId === WHITELISTED_DID) this.whitelistedRun++;
    else if (this.session.isTrusted) this.callbacksRun++;
    else this.callbacksRunUntrusted++;
    return [0, 'ran'];
  }
}
