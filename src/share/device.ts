/**
 * The way to the device: takes requests, and sends them one after the other.
 *
 * The law: a request is sent once at most. Anything but a READ is under way alone: a READ is sent either before it, or after it was
 * answered. So the answer of a READ is never older than an answer that came before the READ.
 */

import type { SharedDeviceEvent } from '../../machines/index.js';
import { SID_READ_REQUEST, STATUS_OKAY } from '../protocol/ids.js';
import { LATE_ANSWERS } from '../session/relay.js';
import { type DeviceEffects, makeDeviceActor, type ShareActor } from './actors.js';
import {
  type Answer,
  loss,
  refusal,
  type ShareLossReason,
  type ShareRefusalReason,
  TO_NOBODY,
} from './answers.js';
import { type Client, noRequests, type RequestCounts } from './client.js';
import { Deadlines } from './deadlines.js';
import type { DeviceParts } from './device-parts.js';
import { Line, type Ticket, type Wanted } from './line.js';
import { detailOf, NOT_WRITTEN, outcomeOf } from './outcomes.js';
import { sizeOf } from './size.js';
import { type Ask, type ClientTicket, UnderWay } from './under-way.js';

/** Whom each state lets ask. */
const MAY_ASK: Readonly<Record<string, 'everybody' | 'holder'>> = {
  idle: 'everybody',
  asking: 'everybody',
  reserved: 'holder',
};

/** Takes requests for the device. */
export class Device implements DeviceEffects {
  /** How many requests were sent to the device. */
  asked = 0;
  /** Waiting requests whose client was gone. */
  dropped = 0;
  readonly counts: RequestCounts = noRequests();
  readonly #parts: DeviceParts;
  readonly #line = new Line();
  readonly #underWay: UnderWay;
  readonly #deadlines: Deadlines<ClientTicket>;
  readonly #actor: ShareActor<SharedDeviceEvent>;
  /** How many turns are left before the next lease; null: as many as there are. */
  #turns: number | null = null;
  #isAdvancing = false;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    this.#underWay = new UnderWay(parts.concurrency);
    this.#deadlines = new Deadlines(parts.clock, (ticket) => this.#timeIsOver(ticket));
    this.#actor = makeDeviceActor(this, parts.clock, parts.inspect);
  }

  /** The name of the state that it is in. */
  get state(): string {
    return this.#actor.state;
  }

  /** Whether its connection is there. */
  get isThere(): boolean {
    return this.state !== 'away';
  }

  get waiting(): number {
    return this.#line.size;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /**
   * Takes a request, and sees to it that it is answered.
   *
   * @param isGuarded whether it must not be sent once the lease of its client is over
   */
  take(client: Client, wanted: Wanted, settle: (answer: Answer) => void, isGuarded = false): void {
    this.#take(client, wanted, settle, isGuarded, false);
  }

  /** Takes a message to which no answer is expected. */
  pass(client: Client, wanted: Wanted): void {
    this.#take(client, wanted, () => {}, false, true);
  }

  #take(
    client: Client,
    wanted: Wanted,
    settle: (answer: Answer) => void,
    isGuarded: boolean,
    isMessage: boolean,
  ): void {
    const { clock, requestTimeoutMs, news } = this.#parts;
    if (this.state === 'closed') return settle(this.refused(client, 'share-closed'));
    const byteLength = wanted.data === null ? 0 : sizeOf(wanted.data);
    const isRead = !isMessage && !isGuarded && isPlainRead(wanted);
    const ticket: ClientTicket = {
      place: client,
      wanted,
      isRead,
      isMessage,
      isGuarded,
      byteLength,
      dueMs: clock.now() + requestTimeoutMs,
      settle,
      state: 'waiting',
      isIndexed: false,
    };
    const ask = isRead ? this.#underWay.joinable(client, wanted) : undefined;
    if (ask === undefined) {
      const { perClient, inAll, bytes } = this.#parts.limits;
      const { size, byteLength: waitingBytes } = this.#line;
      if (client.waiting.size >= perClient || size >= inAll || waitingBytes + byteLength > bytes)
        return settle(this.refused(client, 'too-many-waiting'));
      this.#line.add(ticket as Ticket);
    } else this.#join(ask, ticket);
    this.#deadlines.add(ticket);
    this.#advance();
    news.changed();
  }

  /** Counts a request that is not sent, and makes its answer. */
  refused(client: Client, reason: ShareRefusalReason, detail?: string): Answer {
    for (const { refused } of [client.counts, this.counts]) refused[reason] = (refused[reason] ?? 0) + 1;
    this.#parts.news.refused(client, reason);
    return refusal(reason, detail);
  }

  /** A client is gone: what it has waiting is dropped, and what is under way for it is answered to nobody. */
  clientLeft(client: Client): void {
    for (const ticket of [...client.waiting] as ClientTicket[]) {
      this.#line.remove(ticket as Ticket);
      this.#settle(ticket, TO_NOBODY);
      this.dropped++;
    }
    this.#lookAtTurns();
    // what was first may have waited for what is under way, which what is first now need not
    this.#advance();
  }

  /** A lease is over: what its holder has waiting under it is refused, and never sent. */
  refuseGuarded(client: Client): void {
    for (const ticket of [...client.waiting] as ClientTicket[]) {
      if (!ticket.isGuarded) continue;
      this.#line.remove(ticket as Ticket);
      this.#settle(ticket, this.refused(client, 'fence-not-current'));
    }
  }

  // ── what happens to the connection ──

  came(): void {
    this.#actor.send({ type: 'device.came' });
  }

  left(): void {
    this.#actor.send({ type: 'device.left' });
    this.#parts.news.changed();
  }

  /** An answer came that nobody waited for any more. */
  lateAnswerCame(): void {
    this.#lookWhetherAlone();
  }

  /** Nothing begins any more, and what waits is refused. */
  close(): void {
    this.#actor.send({ type: 'share.closed' });
    let first = this.#line.first;
    for (; first !== undefined; first = this.#line.first)
      for (const ticket of [...first.waiting] as ClientTicket[]) {
        this.#line.remove(ticket as Ticket);
        this.#settle(ticket, this.refused(ticket.place, 'share-closed'));
      }
  }

  // ── what the lease decides ──

  /** @param turns whether everybody has one turn, and no more */
  letBegin(who: 'nobody' | 'everybody' | 'holder', turns = false): void {
    this.#turns = turns ? this.#line.clients : null;
    const access = { nobody: 'access.none', everybody: 'access.all', holder: 'access.holder' } as const;
    this.#actor.send({ type: access[who] });
    this.#lookAtTurns();
  }

  // ── what the machine lets happen ──

  /** Later: the machine is in its new state only after the step that calls this. */
  beginWaiting(): void {
    queueMicrotask(() => this.#advance());
  }

  lookWhetherUnderWay(): void {
    this.#lookWhetherAlone();
  }

  sayAlone(): void {
    this.#parts.lease.deviceAlone();
  }

  announced(): void {}

  stepped(): void {}

  crashed(error: unknown): void {
    this.#parts.news.crashed(error);
  }

  // ── whose turn it is ──

  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      while (this.#beginNext());
    } finally {
      this.#isAdvancing = false;
    }
  }

  /** Begins the next request; false where none may begin now. */
  #beginNext(): boolean {
    const client = this.#whoseTurn();
    const [ticket] = (client?.waiting ?? []) as Iterable<ClientTicket>;
    if (client === undefined || ticket === undefined || !this.#underWay.hasRoomFor(ticket)) return false;
    this.#line.remove(ticket as Ticket);
    this.#line.passTurn(client);
    if (this.#turns !== null) this.#turns--;
    this.#begin(ticket);
    this.#lookAtTurns();
    return true;
  }

  #whoseTurn(): Client | undefined {
    switch (MAY_ASK[this.#actor.state]) {
      case 'everybody':
        return this.#turns === 0 ? undefined : (this.#line.first as Client | undefined);
      case 'holder':
        return this.#parts.lease.holder ?? undefined;
      default:
        return undefined;
    }
  }

  #lookAtTurns(): void {
    if (this.#turns === null) return;
    this.#turns = Math.min(this.#turns, this.#line.clients);
    if (this.#turns === 0) this.#parts.lease.turnsOver();
  }

  // ── READs that are answered together ──

  #join(ask: Ask, ticket: ClientTicket): void {
    ticket.state = 'under way';
    ticket.place.underWay++;
    ask.tickets.add(ticket);
    ticket.place.counts.joined++;
    this.counts.joined++;
  }

  // ── the request to the device ──

  #begin(ticket: ClientTicket): void {
    const { wanted, isRead } = ticket;
    const holder = MAY_ASK[this.#actor.state] === 'holder' ? this.#parts.lease.holder : null;
    const ask: Ask = { wanted, isRead, tickets: new Set([ticket]), holder };
    ticket.state = 'under way';
    ticket.place.underWay++;
    if (isRead)
      for (const equal of [...this.#line.joinable(wanted.dataId)] as ClientTicket[]) {
        if (holder !== null && equal.place !== holder) continue;
        this.#line.remove(equal as Ticket);
        this.#join(ask, equal);
      }
    this.#underWay.add(ask);
    this.asked++;
    if (this.#actor.state === 'idle') this.#actor.send({ type: 'request.began' });
    this.#send(ask, ticket.isMessage).then(
      (answer) => this.#answered(ask, answer),
      (error: unknown) => this.#failed(ask, error),
    );
  }

  async #send({ wanted }: Ask, isMessage: boolean): Promise<Answer> {
    const { session, requestTimeoutMs } = this.#parts;
    const { serviceId, dataId, data, status } = wanted;
    if (isMessage) {
      if (await session.send(serviceId, dataId, data, status, requestTimeoutMs)) return [0, null];
      throw NOT_WRITTEN;
    }
    const answer = await session.request(serviceId, dataId, data, { timeout: requestTimeoutMs });
    return [answer.status, answer.data];
  }

  #answered(ask: Ask, answer: Answer): void {
    for (const ticket of ask.tickets) {
      if (ticket.state === 'settled') continue;
      ticket.place.counts.answered++;
      this.counts.answered++;
      this.#settle(ticket, answer);
    }
    this.#over(ask);
  }

  #failed(ask: Ask, error: unknown): void {
    const outcome = outcomeOf(error);
    for (const ticket of ask.tickets) {
      if (ticket.state === 'settled') continue;
      if (outcome === 'no-answer' || outcome === 'connection-lost') this.#lose(ticket, outcome);
      else this.#settle(ticket, this.refused(ticket.place, outcome, detailOf(outcome, error)));
    }
    this.#over(ask);
  }

  #over(ask: Ask): void {
    this.#underWay.delete(ask);
    this.#advance();
    this.#lookWhetherAlone();
    this.#parts.news.changed();
  }

  #lookWhetherAlone(): void {
    const { session } = this.#parts;
    if (this.#underWay.size === 0 && session[LATE_ANSWERS] === 0) this.#actor.send({ type: 'requests.over' });
  }

  #timeIsOver(ticket: ClientTicket): void {
    if (ticket.state === 'under way') return this.#lose(ticket, 'no-answer');
    this.#line.remove(ticket as Ticket);
    this.#settle(ticket, this.refused(ticket.place, this.#whyItWaited(ticket)));
    this.#lookAtTurns();
    this.#advance();
    this.#parts.news.changed();
  }

  #whyItWaited({ place }: ClientTicket): ShareRefusalReason {
    const { state } = this;
    if (state === 'away') return 'device-away';
    const isOpen = MAY_ASK[state] === 'everybody' || this.#parts.lease.holder === place;
    return isOpen ? 'device-busy' : 'device-leased';
  }

  #lose(ticket: ClientTicket, reason: ShareLossReason): void {
    ticket.place.counts.lost++;
    this.counts.lost++;
    this.#settle(ticket, loss(reason));
    this.#parts.news.lost(ticket.place, ticket.wanted, reason);
  }

  #settle(ticket: ClientTicket, answer: Answer): void {
    if (ticket.state === 'under way') ticket.place.underWay--;
    ticket.state = 'settled';
    this.#deadlines.delete(ticket);
    ticket.settle(answer);
  }
}

function isPlainRead({ serviceId, data, status }: Wanted): boolean {
  return serviceId === SID_READ_REQUEST && data === null && status === STATUS_OKAY;
}
