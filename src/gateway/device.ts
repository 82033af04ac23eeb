/** A device that is connected to this gateway: its session, what the bus brings for it, and its presence. */

import { warnOfThrown } from '../base/thrown.js';
import type { BusMessage, BusSubscription } from '../bus/bus.js';
import type { LinkReason } from '../protocol/reasons.js';
import type { Session } from '../session/session.js';
import {
  makePresenceActor,
  type PresenceActor,
  type PresenceEffects,
  type PresenceState,
} from './device-actor.js';
import type { DevicesHere } from './devices-here.js';
import type { Claim } from './epochs.js';

/** A claim of another gateway. */
export interface Rival extends Claim {
  /** Whether the device was there before, and is claimed again. */
  readonly isAgain: boolean;
}

/** A device of one gateway. */
export class Device implements PresenceEffects {
  readonly name: string;
  /** Its name in subjects. */
  readonly word: string;
  session: Session;
  address: string | undefined;
  /** The number of its claim. */
  epoch = 0;
  /** The number with which the program has heard of it; null: it has not. */
  toldEpoch: number | null = null;
  /** When it was claimed, as ISO 8601 writes it. */
  since = '';
  /** Requests that it has not answered. */
  inFlight = 0;
  /** The gateway that has its name now, where it is another one. */
  holder: string | null = null;
  readonly #here: DevicesHere;
  readonly #subscription: BusSubscription;
  readonly #actor: PresenceActor;

  /** @throws BusError where its messages cannot be subscribed to */
  constructor(
    here: DevicesHere,
    { name, word, session, address }: Pick<Device, 'name' | 'word' | 'session' | 'address'>,
  ) {
    this.#here = here;
    this.name = name;
    this.word = word;
    this.session = session;
    this.address = address;
    this.#subscription = here.subscribe(word, (message) => this.#take(message));
    this.#actor = makePresenceActor(this, name, here.parts.clock, here.parts.inspect);
  }

  get state(): PresenceState {
    return this.#actor.getSnapshot().value as PresenceState;
  }

  /** Whether what the bus brings is for its session here. */
  get isServed(): boolean {
    const { state } = this;
    return state !== 'yielding' && state !== 'refused' && state !== 'leaving' && state !== 'gone';
  }

  #take(message: BusMessage): void {
    this.#here.parts.take(this, message);
  }

  // ── what happens to it ──

  /** It has come, and the bus is there or is not. */
  arrive(isBusUp: boolean): void {
    this.#actor.send({ type: isBusUp ? 'bus.up' : 'bus.away' });
  }

  /** The bus is there again, or is away. */
  busMoved(isUp: boolean): void {
    this.#actor.send({ type: isUp ? 'bus.up' : 'bus.away' });
  }

  gatewaysMet(): void {
    this.#actor.send({ type: 'gateways.met' });
  }

  /** It has a newer connection to this gateway. */
  replace(session: Session, address: string | undefined): void {
    const before = this.session;
    this.session = session;
    this.address = address;
    this.#actor.send({ type: 'session.replaced' });
    // the server has done so, unless the two names are one word only here
    before.commInstance.disconnect?.('name-taken-over');
  }

  lost(reason: LinkReason): void {
    this.#actor.send({ type: 'session.lost', reason });
  }

  /** Nobody has contested the claim of a number, as far as it is still the present one. */
  settled(epoch: number): void {
    if (epoch === this.epoch && this.state === 'claiming') this.#actor.send({ type: 'claim.settled' });
  }

  /** A gateway has answered a claim. */
  answered(verdict: 'contested' | 'refused', about: number, gateway: string): void {
    if (about === this.epoch) this.#actor.send({ type: `claim.${verdict}`, gateway });
  }

  /** Another gateway has claimed its name. */
  rivalled(verdict: 'above' | 'below' | 'jailed', { gateway, epoch }: Claim): void {
    this.#actor.send({ type: `rival.${verdict}`, gateway, epoch });
  }

  closing(): void {
    this.#actor.send({ type: 'gateway.closing' });
  }

  // ── what its machine lets happen ──

  takeNumber(): void {
    this.epoch = this.#here.parts.epochs.next();
    this.since = this.#here.parts.timestamp();
  }

  claim(isAgain: boolean): void {
    this.#here.claim(this, isAgain);
  }

  contest(rival: Claim): void {
    this.#here.answerClaim(this, rival, 'contested');
  }

  refuse(rival: Claim): void {
    this.#here.answerClaim(this, rival, 'refused');
  }

  noteHolder(gateway: string): void {
    this.holder = gateway;
  }

  drain(): void {
    this.#here.goes(this);
    const drained = (): void => this.#actor.send({ type: 'subscription.drained' });
    this.#subscription.drain().then(drained, drained);
  }

  announceLeft(reason: LinkReason): void {
    this.#here.announceLeft(this, reason);
  }

  endSession(reason: LinkReason): void {
    this.session.commInstance.disconnect?.(reason);
  }

  forget(): void {
    this.#here.forget(this);
  }

  // ── as the owner of its actor ──

  announced(): void {}

  stepped(): void {}

  crashed(error: unknown): void {
    warnOfThrown(
      'a state machine failed, a device is not reachable through its gateway',
      error,
      'SP_INTERNAL',
      {
        scope: this.#here,
      },
    );
    this.#subscription.unsubscribe();
    this.#here.goes(this);
    this.#here.forget(this);
  }
}
