/** The bus: opens and closes links as its machine decides, and sends over the current one. */

import { randomBytes } from 'node:crypto';
import type { BusLinkEvent } from '../../../machines/index.js';
import { messageOfThrown, warnOfThrown } from '../../base/thrown.js';
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
import type { Link, LinkOwner, Violation } from './link.js';
import { type LinkActor, type LinkEffects, makeLinkActor } from './link-actor.js';
import type { NatsSettings } from './option-table.js';
import type { NatsBus, NatsBusStats } from './options.js';
import { Requests, type RequestsHost } from './requests.js';
import { type ServerAddress, Servers } from './servers.js';
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
export class LinkBus implements NatsBus, LinkEffects, LinkOwner, RequestsHost {
  readonly name: string;
  readonly #settings: NatsSettings;
  readonly #dial: Dial;
  readonly #servers: Servers;
  readonly #actor: LinkActor;
  readonly #subscriptions: Subscriptions;
  readonly #requests: Requests;
  readonly #listeners = new StateListeners(this);
  #state: BusState = 'connecting';
  /** Why the state is what it is. */
  #detail: string | null = null;
  #faults: readonly string[] = [];
  /** Why all servers refused the connection. */
  #refusal: 'bus-refused' | 'bus-unauthorized' = 'bus-refused';
  /** The link that is written to; null while the bus is away. */
  #link: Link | null = null;
  /** One that was opened, and is not in use yet. */
  #opened: Link | null = null;
  /** One whose server goes away: only answers to earlier requests still come over it. */
  #old: Link | null = null;
  /** Whether only answers can still come over the old one. */
  #isOldDrained = false;
  #attempt: AbortController | null = null;
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
    this.#dial = dial;
    this.#servers = new Servers(settings.servers, settings.random);
    this.name = `NATS at ${this.#servers.text}`;
    this.#subscriptions = new Subscriptions(this.respond);
    const inbox = `${settings.inboxPrefix}.${randomBytes(12).toString('hex')}.`;
    this.#requests = new Requests(this, settings, inbox);
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
    return this.#link?.server ?? null;
  }

  get link(): Link | null {
    return this.#link;
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

  /** Where an answer goes, the server has said. */
  readonly respond = (reply: string, data: Uint8Array, headers: BusHeaders | undefined): void =>
    this.#publish(reply, data, undefined, headers);

  #publish(
    subject: string,
    data: Uint8Array,
    reply: string | undefined,
    headers: BusHeaders | undefined,
  ): void {
    const link = this.#link;
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
    const link = this.#link;
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
    void this.#round(this.#servers.round(this.#lastServer), () => this.#send({ type: 'link.opened' }));
  }

  dialAnother(): void {
    void this.#round(this.#servers.others(this.#lastServer), (link) => void this.#prepare(link));
  }

  /** Tries one server after the other. */
  async #round(servers: readonly ServerAddress[], opened: (link: Link) => void): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const faults: string[] = [];
    let isFinal = servers.length > 0;
    let isUnauthorized = false;
    for (const server of servers) {
      const outcome = await this.#dial(server, this.#settings, attempt.signal);
      if (attempt.signal.aborted) {
        await outcome.link?.close();
        return;
      }
      if (outcome.link === null) {
        faults.push(outcome.fault);
        isFinal &&= outcome.isFinal;
        isUnauthorized ||= outcome.isUnauthorized === true;
        continue;
      }
      const fault = this.#adopt(outcome.link, server);
      if (fault === null) return opened(outcome.link);
      faults.push(fault);
      isFinal = false;
    }
    this.#faults = faults;
    this.#refusal = isUnauthorized ? 'bus-unauthorized' : 'bus-refused';
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

  /** Returns what is wrong with a link that broke before it was in use; null where nothing is. */
  #adopt(link: Link, server: ServerAddress): string | null {
    this.#servers.learn(link.knownServers, server);
    try {
      this.#requests.open(link);
      this.#subscriptions.open(link);
    } catch (error) {
      this.#forget(link);
      return `Could not connect to ${server.address}: ${messageOfThrown(error)}`;
    }
    this.#connections++;
    this.#opened = link;
    link.begin(this);
    return null;
  }

  /** The server that takes over must have everything before it does. */
  async #prepare(link: Link): Promise<void> {
    try {
      await link.flush();
    } catch {
      // its owner has heard of it
      return;
    }
    if (this.#opened === link) this.#send({ type: 'link.replaced' });
  }

  giveUpDial(): void {
    this.#attempt?.abort();
    this.#attempt = null;
  }

  takeUp(): void {
    this.#use(this.#opened);
    this.#opened = null;
  }

  #use(link: Link | null): void {
    if (link === null) return;
    this.#link = link;
    this.#lastServer = link.server;
    this.#maxPayload = link.maxPayload;
    this.#detail = link.server;
  }

  sendHeld(): void {
    if (this.#link !== null) this.#requests.release(this.#link);
  }

  drop(): void {
    this.#forget(this.#link);
    this.#link = null;
    this.#forget(this.#opened);
    this.#opened = null;
    this.letOldGo();
  }

  move(): void {
    void this.#old?.close();
    this.#old = this.#link;
    this.#isOldDrained = false;
    this.takeUp();
    this.#tell();
  }

  drainOld(): void {
    if (this.#old !== null) void this.#subscriptions.drainLink(this.#old);
  }

  /** What was asked over it may still be answered, as long as its server is there. */
  letOldGo(): void {
    const old = this.#old;
    if (old === null) return;
    this.#subscriptions.forget(old);
    this.#isOldDrained = true;
    this.settledElsewhere();
  }

  takeLeave(): void {
    this.#requests.close();
    void this.#farewell();
  }

  async #farewell(): Promise<void> {
    await this.#subscriptions.drainAll();
    try {
      await this.#link?.flush();
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
    const links = [this.#link, this.#opened, this.#old];
    this.#link = this.#opened = this.#old = null;
    void Promise.all(links.map((link) => link?.close())).finally(() => this.#ended.resolve());
    const detail = this.#faults.join('; ');
    if (this.#connections === 0)
      this.#isUp.reject(new BusError(this.#refusal, { detail: detail === '' ? undefined : detail }));
  }

  pauseMs(failures: number): number {
    const fullMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** (failures - 1));
    // those who lost the same server do not come back at the same moment
    return fullMs / 2 + (fullMs / 2) * this.#settings.random();
  }

  get closeTimeoutMs(): number {
    return this.#settings.closeTimeoutMs;
  }

  #forget(link: Link | null): void {
    if (link === null) return;
    this.#subscriptions.forget(link);
    void link.close();
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

  // ── what its links tell ──

  lost(link: Link, detail: string): void {
    if (link === this.#old) {
      this.#subscriptions.forget(link);
      this.#old = null;
    } else if (link === this.#opened && this.#link !== null) {
      this.#subscriptions.forget(link);
      this.#opened = null;
      this.#send({ type: 'dial.failed' });
    } else if (link === this.#link) {
      this.#detail = `${link.server}: ${detail}`;
      this.#send({ type: 'link.lost' });
    }
  }

  lameDuck(link: Link): void {
    if (link === this.#link) this.#send({ type: 'server.lameDuck' });
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
    const old = this.#old;
    if (old === null || !this.#isOldDrained || this.#requests.waitsOn(old)) return;
    this.#old = null;
    void old.close();
  }

  strayed(): void {
    // while one server takes over from another, both have each answer
    if (this.#old === null && this.#opened === null) this.#lateAnswers++;
    else this.#secondAnswers++;
  }
}
