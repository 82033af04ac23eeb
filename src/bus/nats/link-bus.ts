/** The bus: what its users call, what its machine lets happen, and what its links tell. */

import { randomBytes } from 'node:crypto';
import type { BusLinkEvent } from '../../../machines/index.js';
import { warnOfThrown } from '../../base/thrown.js';
import { warn } from '../../base/warnings.js';
import { BusError } from '../../protocol/errors.js';
import type {
  BusHeaders,
  BusMessage,
  BusRequestOptions,
  BusState,
  BusSubscription,
  PublishOptions,
  RequestAllOptions,
  SubscribeOptions,
} from '../bus.js';
import { checkMessage, checkPattern, checkSubject } from '../checks.js';
import { type OnState, StateListeners } from '../hearing.js';
import type { Dial } from './dial.js';
import { Dialer, type DialerHost } from './dialer.js';
import type { Link, LinkOwner, Violation } from './link.js';
import { type LinkActor, type LinkEffects, makeLinkActor } from './link-actor.js';
import { Links } from './links.js';
import type { NatsSettings } from './option-table.js';
import type { NatsBus, NatsBusStats } from './options.js';
import { Requests, type RequestsHost } from './requests.js';
import { Subscriptions } from './subscriptions.js';

/** The first pause between two rounds, and the longest: a server that was restarted is found within two seconds. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;

/** A promise that is settled from outside. */
class Settling {
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** A bus on links to servers. */
export class LinkBus implements NatsBus, LinkEffects, LinkOwner, DialerHost, RequestsHost {
  readonly name: string;
  readonly #settings: NatsSettings;
  readonly #dialer: Dialer;
  readonly #actor: LinkActor;
  readonly #subscriptions: Subscriptions;
  readonly #requests: Requests;
  readonly #links: Links;
  readonly #listeners = new StateListeners(this);
  #state: BusState = 'connecting';
  /** Why the state is what it is. */
  #detail: string | null = null;
  /** The address of the server that was written to last. */
  #lastServer: string | null = null;
  #maxPayload = Number.POSITIVE_INFINITY;
  #connections = 0;
  #violations = 0;
  #lateAnswers = 0;
  #secondAnswers = 0;
  readonly #ended = new Settling();
  readonly #isUp = new Settling();

  constructor(settings: NatsSettings, dial: Dial) {
    this.#settings = settings;
    this.#dialer = new Dialer(this, settings, dial);
    this.name = `NATS at ${this.#dialer.text}`;
    this.#subscriptions = new Subscriptions(this.respond);
    const inbox = `${settings.inboxPrefix}.${randomBytes(12).toString('hex')}.`;
    this.#requests = new Requests(this, settings, inbox);
    this.#links = new Links(this, this.#requests, this.#subscriptions);
    this.#actor = makeLinkActor(this, settings);
  }

  /** Resolves when it is up for the first time; rejects where that cannot be. To be called once. */
  start(): Promise<void> {
    this.#actor.start();
    return this.#isUp.promise;
  }

  get state(): BusState {
    return this.#state;
  }

  get maxPayload(): number {
    return this.#maxPayload;
  }

  get server(): string | null {
    return this.link?.server ?? null;
  }

  get link(): Link | null {
    return this.#links.current;
  }

  stats(): NatsBusStats {
    return {
      connections: this.#connections,
      waiting: this.#requests.waiting,
      held: this.#requests.held,
      lateAnswers: this.#lateAnswers,
      duplicates: this.#subscriptions.duplicates + this.#secondAnswers,
      unheard: this.#subscriptions.unheard,
      violations: this.#violations,
    };
  }

  publish(subject: string, data: Uint8Array, { headers, reply }: PublishOptions = {}): void {
    checkSubject(subject, reply);
    this.#publish(subject, data, reply, headers);
  }

  /** Publishes an answer; where it goes has come from the server, and is not checked again. */
  readonly respond = (reply: string, data: Uint8Array, headers: BusHeaders | undefined): void =>
    this.#publish(reply, data, undefined, headers);

  #publish(
    subject: string,
    data: Uint8Array,
    reply: string | undefined,
    headers: BusHeaders | undefined,
  ): void {
    const { link } = this;
    if (link === null) throw this.#notUp(subject);
    checkMessage(subject, data, headers, link.maxPayload);
    try {
      link.publish(subject, data, reply, headers);
    } catch (cause) {
      throw new BusError('bus-away', { subject, cause });
    }
  }

  #notUp(subject?: string): BusError {
    if (this.#isEnding) return new BusError('bus-closed', { subject });
    const detail = this.#detail === null ? undefined : `the bus is away: ${this.#detail}`;
    return new BusError('bus-away', { subject, detail });
  }

  get #isEnding(): boolean {
    return this.#state === 'leaving' || this.#state === 'closed';
  }

  subscribe(
    subject: string,
    onMessage: (message: BusMessage) => void,
    { queue }: SubscribeOptions = {},
  ): BusSubscription {
    checkPattern(subject, queue);
    if (this.#isEnding) throw new BusError('bus-closed', { subject });
    return this.#subscriptions.add(subject, queue, onMessage);
  }

  request(subject: string, data: Uint8Array, options: BusRequestOptions): Promise<BusMessage> {
    if (this.#isEnding) return Promise.reject(new BusError('bus-closed', { subject }));
    return this.#requests.ask(subject, data, options);
  }

  requestAll(subject: string, data: Uint8Array, options: RequestAllOptions): Promise<BusMessage[]> {
    if (this.#isEnding) return Promise.reject(new BusError('bus-closed', { subject }));
    return this.#requests.askAll(subject, data, options);
  }

  async flush(): Promise<void> {
    const { link } = this;
    if (link === null) throw this.#notUp();
    try {
      await link.flush();
    } catch (cause) {
      throw new BusError('bus-away', { cause });
    }
  }

  onState(listener: OnState): () => void {
    return this.#listeners.add(listener);
  }

  close(): Promise<void> {
    this.#send({ type: 'bus.close' });
    return this.#ended.promise;
  }

  #send(event: BusLinkEvent): void {
    this.#actor.send(event);
  }

  // ── what the machine lets happen ──

  dial(): void {
    this.#dialer.dial(this.#lastServer, () => this.#send({ type: 'link.opened' }));
  }

  dialAnother(): void {
    this.#dialer.dialAnother(this.#lastServer, (link) => void this.#prepare(link));
  }

  /** The server that takes over must have everything before it does. */
  async #prepare(link: Link): Promise<void> {
    try {
      await link.flush();
    } catch {
      // its owner has heard of it
      return;
    }
    if (this.#links.next === link) this.#send({ type: 'link.replaced' });
  }

  giveUpDial(): void {
    this.#dialer.giveUp();
  }

  takeUp(): void {
    this.#links.takeUp();
    this.#use(this.link);
  }

  #use(link: Link | null): void {
    if (link === null) return;
    this.#lastServer = link.server;
    this.#maxPayload = link.maxPayload;
    this.#detail = link.server;
  }

  sendHeld(): void {
    if (this.link !== null) this.#requests.release(this.link);
  }

  drop(): void {
    this.#links.drop();
  }

  move(): void {
    this.#links.move();
    this.#use(this.link);
    this.#tell();
  }

  drainOld(): void {
    this.#links.drainOld();
  }

  letOldGo(): void {
    this.#links.letOldGo();
  }

  takeLeave(): void {
    this.#requests.close();
    void this.#farewell();
  }

  async #farewell(): Promise<void> {
    await this.#subscriptions.drainAll();
    try {
      await this.link?.flush();
    } catch {
      // the machine hears that it is lost
      return;
    }
    this.#send({ type: 'farewell.done' });
  }

  cutShort(): void {
    const text = `${this.name} did not take leave within ${this.#settings.closeTimeoutMs} ms or broke meanwhile: messages may be lost`;
    warn('SP_BUS_FAILED', text, { scope: this });
  }

  settleAll(): void {
    this.giveUpDial();
    this.#requests.close();
    this.#subscriptions.clear();
    void this.#links.closeAll().then(() => this.#ended.resolve());
    if (this.#connections === 0) this.#isUp.reject(this.#dialer.refusal);
  }

  pauseMs(failures: number): number {
    const fullMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** (failures - 1));
    // those who lost the same server do not come back at the same moment
    return fullMs / 2 + (fullMs / 2) * this.#settings.random();
  }

  get closeTimeoutMs(): number {
    return this.#settings.closeTimeoutMs;
  }

  // ── what its actor tells ──

  announced(): void {}

  stepped(): void {
    const { value } = this.#actor.getSnapshot();
    const state = (typeof value === 'string' ? value : Object.keys(value)[0]) as BusState;
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'up') this.#isUp.resolve();
    if (state === 'leaving' || state === 'closed') this.#detail = null;
    this.#tell();
  }

  #tell(detail: string | null = this.#detail): void {
    this.#listeners.tell(this.#state, detail);
  }

  crashed(error: unknown): void {
    warnOfThrown('a state machine failed, the message bus is closed', error, 'SP_INTERNAL', { scope: this });
    this.#state = 'closed';
    this.settleAll();
    this.#tell();
  }

  // ── what its dialer tells ──

  adopt(link: Link): string | null {
    const fault = this.#links.adopt(link);
    if (fault === null) this.#connections++;
    return fault;
  }

  foundNobody(faults: readonly string[], isFinal: boolean): void {
    this.#failedAgain(faults, isFinal);
    this.#send({ type: isFinal ? 'dial.refused' : 'dial.failed' });
  }

  /** Says why it does not come back, once for each reason: a server may refuse now what it allowed before. */
  #failedAgain(faults: readonly string[], isFinal: boolean): void {
    if (this.#state !== 'away') return;
    // servers are tried in any order
    const detail = faults.toSorted().join('; ');
    if (detail === this.#detail) return;
    this.#detail = detail;
    this.#tell();
    if (isFinal) warn('SP_BUS_FAILED', `${this.name} does not come back: ${detail}`, { scope: this });
  }

  // ── what its links tell ──

  lost(link: Link, detail: string): void {
    const which = this.#links.lost(link);
    if (which === 'next') this.#send({ type: 'dial.failed' });
    if (which !== 'current') return;
    this.#detail = `${link.server}: ${detail}`;
    this.#send({ type: 'link.lost' });
  }

  lameDuck(link: Link): void {
    if (link === this.link) this.#send({ type: 'server.lameDuck' });
  }

  clusterChanged(link: Link): void {
    this.#dialer.learnFrom(link);
  }

  violated(link: Link, { operation, subject, text }: Violation): void {
    this.#violations++;
    const detail = `the server does not allow it: ${text}`;
    if (operation === 'publish' && this.#requests.refusePublish(link, subject, detail)) return;
    if (operation === 'subscription') {
      if (this.#requests.refuseInbox(subject, detail)) return;
      this.#subscriptions.refused(link, subject);
    }
    this.#tell(detail);
    // those who listen may be gateways and workers, who tell nobody
    warn('SP_BUS_FAILED', `${this.name}: ${detail}`, { scope: this, matter: text });
  }

  // ── what its requests tell ──

  settledElsewhere(): void {
    this.#links.closeIdleOld();
  }

  strayed(): void {
    // while one server takes over from another, both have each answer
    if (this.#links.areTwo) this.#secondAnswers++;
    else this.#lateAnswers++;
  }
}
