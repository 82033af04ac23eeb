/** A share: lets programs in, connects to the device, and takes requests from one side to the other. */

import { EventEmitter } from 'node:events';
import type { Clock } from '../base/clock.js';
import type { OptionReader, ValuesOf } from '../base/option-table.js';
import { MAX_TIMEOUT_MS } from '../base/options.js';
import type { ServiceIds } from '../base/service-ids.js';
import { warnOfThrown } from '../base/thrown.js';
import { SessionClosedError } from '../protocol/errors.js';
import type { JsonValue, Message } from '../protocol/message.js';
import type { ServerCloseReport } from '../server/close-report.js';
import { listen } from '../server/listen.js';
import type { Server } from '../server/server.js';
import { type CloseOptions, drainTimeoutOf } from '../session/close-options.js';
import { logLevelsOf, namedLog } from '../session/journal/logging.js';
import { RELAY_TO } from '../session/relay.js';
import type { Session } from '../session/session.js';
import type { Answer, ShareRefusalReason } from './answers.js';
import { Client } from './client.js';
import { Device } from './device.js';
import { FromDevice } from './from-device.js';
import { Lease } from './lease.js';
import { addLeaseService, LeaseRequests } from './lease-requests.js';
import type { Wanted } from './line.js';
import type { SHARE_OPTIONS } from './option-table.js';
import type { RightsTable } from './rights.js';
import type { ShareEvents } from './share-events.js';
import { ShareNews, seen } from './share-news.js';
import { type ShareStats, statsOfClient, statsOfLease } from './stats.js';
import { ShareView } from './view.js';

/** A device that is shared. Its events are {@link ShareEvents}. */
export interface Share extends EventEmitter<ShareEvents>, AsyncDisposable {
  /** Where the programs connect to. */
  readonly server: Server;
  /** The session with the device. */
  readonly session: Session;
  /** Who waits for what, and what has become of the requests so far. */
  stats(): ShareStats;
  /**
   * Stops listening, and closes all sessions, that with the device last.
   *
   * @param options `drain` lets what waits and what is under way finish first, for `timeout` milliseconds in all
   * @returns what had to be cut, all sessions together; the same for every call
   * @throws (rejects) OptionError for a wrong option
   */
  close(options?: CloseOptions): Promise<ServerCloseReport>;
}

type Reader = OptionReader<ValuesOf<typeof SHARE_OPTIONS>>;

/** What a client sends to the lease service besides what it may have waiting. */
const ROOM_FOR_LEASES = 64;

/** A device, its lease and its clients. */
export class DeviceShare extends EventEmitter<ShareEvents> implements Share {
  readonly session: Session;
  readonly #read: Reader;
  readonly #clock: Clock;
  readonly #rights: RightsTable | null;
  readonly #leaseService: ServiceIds | false;
  readonly #services: readonly ServiceIds[];
  readonly #clients = new Map<Session, Client>();
  readonly #device: Device;
  readonly #lease: Lease;
  readonly #leaseRequests: LeaseRequests;
  readonly #fromDevice: FromDevice;
  readonly #news: ShareNews;
  #server: Server | null = null;
  #closing: Promise<ServerCloseReport> | null = null;
  /** Why there will be no device. */
  #givenUpFor: { readonly error: unknown } | null = null;

  constructor(session: Session, read: Reader, clock: Clock) {
    super();
    this.session = session;
    this.#read = read;
    this.#rights = read('rights') ?? null;
    this.#leaseService = read('leaseService');
    this.#services = read('services');
    this.#clock = clock;
    const [logger, inspect] = [read('logger'), read('inspect')];
    const news = new ShareNews({
      emitter: this,
      clock,
      log:
        logger === undefined
          ? null
          : namedLog(logger, 'socket_protocol.share', logLevelsOf(logger, read('logLevel'))),
      view: inspect === undefined ? null : new ShareView(() => this.stats(), clock, inspect),
      crashed: (error) => this.#crashed(error),
    });
    this.#news = news;
    const lease = (): Lease => this.#lease;
    this.#device = new Device({
      session,
      clock,
      requestTimeoutMs: read('requestTimeout'),
      concurrency: read('concurrency'),
      limits: {
        perClient: read('maxWaitingPerClient'),
        inAll: read('maxWaiting'),
        bytes: read('maxWaitingBytes'),
      },
      inspect,
      lease: {
        get holder() {
          return lease().holder;
        },
        deviceAlone: () => lease().deviceAlone(),
        turnsOver: () => lease().turnsOver(),
      },
      news,
    });
    this.#lease = new Lease({
      clock,
      maxLeaseMs: read('maxLease'),
      maxWaiters: read('maxLeaseWaiters'),
      waitMs: read('requestTimeout'),
      inspect,
      device: this.#device,
      news,
    });
    this.#leaseRequests = new LeaseRequests({
      lease: this.#lease,
      services: this.#services,
      mayLease: ({ name }) => this.#rights === null || this.#rights.mayLease(name),
      mayAsk: (client, serviceId, dataId) => this.#mayAsk(client, serviceId, dataId),
      refuse: (client, reason, detail) => this.#refuse(client, reason, detail),
      takeGuarded: (client, wanted) => this.#take(client, wanted, true),
    });
    this.#fromDevice = new FromDevice({
      clients: () => this.#clients.values(),
      holder: () => this.#lease.holder,
      answering: read('deviceRequests'),
      requestTimeoutMs: read('requestTimeout'),
      missed: () => this.#device.counts.missed++,
    });
    this.#followDevice();
  }

  get server(): Server {
    if (this.#server === null) throw new Error('the share does not listen yet');
    return this.#server;
  }

  /**
   * Lets programs in.
   *
   * @throws (rejects) as `listen` does; where the device is given up meanwhile, why, or SessionClosedError
   */
  async listen(): Promise<void> {
    const read = this.#read;
    const clock = this.#clock;
    // the limits of the share come first: their answers say why
    const room = Math.min(Number.MAX_SAFE_INTEGER, read('maxWaitingPerClient') + ROOM_FOR_LEASES);
    const patienceMs = Math.min(MAX_TIMEOUT_MS, 2 * read('requestTimeout') + read('maxLease'));
    const given = read('listen');
    const options = {
      ...given,
      clock: given.clock ?? clock,
      maxRunningCallbacks: given.maxRunningCallbacks ?? room,
      callbackTimeout: given.callbackTimeout ?? patienceMs,
    };
    this.#server = await listen(options, (session) => this.#clientCame(session));
    if (this.#closing === null) return;
    // the device was given up meanwhile, and nobody has closed this
    await this.#server.close();
    throw this.#givenUpFor?.error ?? new SessionClosedError('its device was shared');
  }

  stats(): ShareStats {
    const [device, lease] = [this.#device, this.#lease];
    const waitingForLease = lease.waitingClients;
    return {
      device: device.state,
      asked: device.asked,
      underWay: device.underWay,
      waiting: device.waiting,
      ...device.counts,
      refused: { ...device.counts.refused },
      dropped: device.dropped,
      unsolicited: this.#fromDevice.unsolicited,
      unanswerable: this.#fromDevice.unanswerable,
      lease: statsOfLease(lease),
      clients: [...this.#clients.values()].map((client) => ({
        ...seen(client),
        ...statsOfClient(client),
        waitsForLease: waitingForLease.has(client),
        hasLease: lease.holder === client,
      })),
    };
  }

  close(options?: CloseOptions): Promise<ServerCloseReport> {
    try {
      const drainMs = options === undefined ? null : drainTimeoutOf(options);
      if (drainMs === null && this.#closing !== null) {
        // a call without it ends the draining
        void this.#server?.close();
        void this.session.close();
      }
      this.#closing ??= this.#close(drainMs);
      return this.#closing;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => {});
  }

  async #close(drainMs: number | null): Promise<ServerCloseReport> {
    const clock = this.#clock;
    const untilMs = clock.now() + (drainMs ?? 0);
    const drain = (): CloseOptions =>
      drainMs === null ? {} : { drain: true, timeout: Math.max(0, untilMs - clock.now()) };
    const ofClients = (await this.#server?.close(drain())) ?? NOTHING_CUT;
    this.#lease.close();
    this.#device.close();
    const { lostBytes, cutRequests, cutCallbacks } = await this.session.close(drain());
    const report = Object.freeze({
      sessions: ofClients.sessions,
      lostBytes: ofClients.lostBytes + lostBytes,
      cutRequests: ofClients.cutRequests + cutRequests,
      cutCallbacks: ofClients.cutCallbacks + cutCallbacks,
    });
    this.#news.closed(report);
    return report;
  }

  /** There will be no device. */
  gaveUp(error: unknown): void {
    // a share that is closed while it waits gives up nothing
    if (this.#closing !== null) return;
    this.#givenUpFor = { error };
    this.#news.gaveUp(error);
    void this.close();
  }

  // ── clients ──

  #clientCame(session: Session): void {
    const client = new Client(session);
    this.#clients.set(session, client);
    this.#addServices(session);
    if (this.#leaseService !== false) addLeaseService(session, this.#leaseService);
    session[RELAY_TO]({
      request: (message) => this.#asked(client, message),
      unsolicited: (message) => this.#told(client, message),
    });
    const left = (): void => this.#clientLeft(client);
    session.on('disconnected', left);
    session.on('closed', left);
    this.#news.changed();
  }

  #clientLeft(client: Client): void {
    if (!this.#clients.delete(client.session)) return;
    this.#device.clientLeft(client);
    this.#lease.clientLeft(client);
    this.#news.changed();
  }

  #addServices(session: Session): void {
    for (const [requestSid, responseSid] of this.#services) session.addService(requestSid, responseSid);
  }

  #asked(client: Client, message: Message<JsonValue>): Answer | Promise<Answer> {
    const { serviceId, dataId } = message;
    if (this.#leaseService !== false && serviceId === this.#leaseService[0])
      return this.#leaseRequests.asked(client, message);
    if (!this.#mayAsk(client, serviceId, dataId)) return this.#refuse(client, 'not-permitted');
    return this.#take(client, message, false);
  }

  /** A message to which no answer is expected, or one of a service that nobody has declared. */
  #told(client: Client, message: Message<JsonValue>): void {
    if (this.#mayAsk(client, message.serviceId, message.dataId)) this.#device.pass(client, message);
    else this.#refuse(client, 'not-permitted');
  }

  #take(client: Client, wanted: Wanted, isGuarded: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      this.#device.take(client, wanted, resolve, isGuarded);
    });
  }

  #mayAsk({ name }: Client, serviceId: number, dataId: number): boolean {
    return this.#rights === null || this.#rights.mayAsk(name, serviceId, dataId);
  }

  #refuse(client: Client, reason: ShareRefusalReason, detail?: string): Answer {
    return this.#device.refused(client, reason, detail);
  }

  // ── the device ──

  #followDevice(): void {
    const { session } = this;
    this.#addServices(session);
    session[RELAY_TO]({
      request: (message) => this.#fromDevice.asked(message),
      unsolicited: (message) => this.#fromDevice.said(message),
    });
    const look = (): void => this.#lookAtLink();
    for (const event of ['connected', 'trusted', 'untrusted', 'disconnected'] as const)
      session.on(event, look);
    session.on('dropped', ({ reason }) => {
      if (reason === 'late-answer') this.#device.lateAnswerCame();
    });
    session.on('closed', () => {
      this.#lookAtLink();
      void this.close();
    });
    // it may have connected already
    this.#lookAtLink();
  }

  #lookAtLink(): void {
    const isUp = this.session.isTrusted;
    if (this.#device.state === 'closed' || this.#device.isThere === isUp) return;
    if (isUp) this.#device.came();
    else this.#device.left();
    this.#news.deviceMoved(isUp);
  }

  #crashed(error: unknown): void {
    warnOfThrown('a state machine failed, its share is closed', error, 'SP_INTERNAL', { scope: this });
    void this.close();
  }
}

const NOTHING_CUT: ServerCloseReport = { sessions: 0, lostBytes: 0, cutRequests: 0, cutCallbacks: 0 };
