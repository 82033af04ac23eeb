/** Requests that time out, that nobody answers, or whose answers have another status than okay. */

import {
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_AUTH_REQUIRED,
  STATUS_CALLBACK_ERROR,
  STATUS_CHECKSUM_ERROR,
  STATUS_OKAY,
} from '../../protocol/ids.js';
import { textOfReason } from '../../protocol/reasons.js';
import type { ObservedTimeout } from '../../session/journal/observation.js';
import type { MessageEntry } from '../entries.js';
import type { Codecs } from './codecs.js';
import { type Asked, isAnsweredByAnyPeer, peerOf, type Scene, type Side, timeText } from './scene.js';
import type { Secrets } from './secrets.js';

/** Time-outs of one request are told one by one up to so many in a second. */
const TIMEOUTS_PER_SECOND = 20;
/**
 * When an observer takes a request for unanswered. It does not know the time-outs of the two sides; that of this library is half as
 * long, unless a program sets another.
 */
const UNANSWERED_MS = 10_000;
/** When a request that any peer answers at once counts as never answered. */
const NEVER_ANSWERED_MS = 5_000;

/** Of so many requests with different ids it is known that they timed out: a program may ask for any number of data. */
const MAX_TIMED_OUT = 1_000;

/** Watches what is asked. */
export class Requests {
  readonly #scene: Scene;
  readonly #codecs: Codecs;
  readonly #secrets: Secrets;
  /** The incidents of written requests that timed out, by what was asked, oldest first. */
  readonly #byKey = new Map<string, number>();

  constructor(scene: Scene, codecs: Codecs, secrets: Secrets) {
    this.#scene = scene;
    this.#codecs = codecs;
    this.#secrets = secrets;
  }

  /** A request of this side timed out. */
  timedOut(observed: ObservedTimeout, own: Side, ms: number): void {
    const { incidents, link } = this.#scene;
    const { serviceId, dataId, names, waitedMs, timeoutMs, isWritten, reason } = observed;
    const asked = isWritten ? this.#lineOf(own, serviceId, dataId)[observed.ahead] : undefined;
    const { lastMs, messages } = link.heard[peerOf(own)];
    const askedMs = ms - waitedMs;
    const isSilent = isWritten && (lastMs === null || lastMs <= askedMs);
    const name = `${names.service}, data_id: ${names.data}`;
    const exchange = asked?.exchange ?? null;
    if (isWritten && messages === 0) this.#codecs.neverAnswered(own, ms, name, exchange);
    const why = isWritten ? 'no answer' : `not sent, ${textOfReason(reason)}`;
    const about = {
      service: names.service,
      data: names.data,
      serviceId,
      dataId,
      requestNumber: exchange,
      waitedMs: Math.round(waitedMs),
      timeoutMs,
      isWritten,
      reason,
      silentMs: isSilent ? Math.round(ms - (lastMs ?? link.openedMs)) : null,
      lateAnswers: 0,
      lateByMs: null,
    };
    const coveredBy = this.#explanationOf(reason, serviceId, dataId);
    const key = `${serviceId} ${dataId} ${reason}`;
    const incident = incidents.happened(
      {
        code: 'request-timed-out',
        key,
        text: `${name}: ${why} within ${timeText(timeoutMs)}`,
        about: { ...about, ...this.#lateSoFar(key) },
        exchange,
        coveredBy,
        perSecond: TIMEOUTS_PER_SECOND,
      },
      ms,
    );
    if (!isWritten) return;
    this.#remember(key, incident);
    link.suspects.add(incident);
    link.sinceHeard.add(incident);
    if (asked !== undefined) asked.incident = incident;
  }

  #remember(key: string, incident: number): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, incident);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_TIMED_OUT && oldest !== undefined) this.#byKey.delete(oldest);
  }

  #lateSoFar(key: string): { lateAnswers?: number; lateByMs?: number } {
    const known = this.#byKey.get(key);
    if (known === undefined) return {};
    const { lateAnswers, lateByMs } = this.#scene.incidents.aboutOf(known);
    return typeof lateAnswers === 'number' && typeof lateByMs === 'number' ? { lateAnswers, lateByMs } : {};
  }

  #explanationOf(reason: ObservedTimeout['reason'], serviceId: number, dataId: number): number | null {
    const { link, noLinkIncident } = this.#scene;
    switch (reason) {
      case 'no-answer':
        return link.codecIncident ?? link.neverAnsweredIncident;
      case 'not-connected':
        return noLinkIncident;
      case 'not-trusted':
        return link.secretIncident ?? link.codecIncident ?? link.neverAnsweredIncident;
      case 'behind-unanswered-request':
        return this.#byKey.get(`${serviceId} ${dataId} no-answer`) ?? null;
      default:
        return null;
    }
  }

  /** Unanswered requests with the same ids, oldest first. */
  #lineOf(side: Side, serviceId: number, dataId: number): Asked[] {
    return this.#scene.link
      .openOf(side)
      .filter((asked) => asked.serviceId === serviceId && asked.dataId === dataId);
  }

  /** A message was sent or received. */
  passed(entry: MessageEntry, ms: number): void {
    const { link, own } = this.#scene;
    const { from, role, exchange, serviceId, status } = entry;
    if (role === 'request') link.asked(entry, ms);
    const asked = role === 'answer' && exchange !== null ? link.open.get(exchange) : undefined;
    if (asked !== undefined) {
      link.open.delete(asked.exchange);
      this.#scene.answeredServices.add(asked.serviceId);
      if (asked.incident !== null) this.#answeredLate(asked, asked.incident, ms);
    }
    if (status === STATUS_OKAY || serviceId === SID_AUTH_RESPONSE) return;
    // a peer that knows no names is healthy
    if (serviceId === SID_CHANNEL_NAME_RESPONSE) return;
    if (own !== from || !TOLD_BY_OTHERS.has(status))
      this.#answered(entry, asked ?? { names: entry.names, serviceId: null, incident: null }, ms);
  }

  #answeredLate({ ms: askedMs, names }: Asked, incident: number, ms: number): void {
    const { incidents } = this.#scene;
    const { lateAnswers, timeoutMs } = incidents.aboutOf(incident);
    const waitedMs = Math.round(ms - askedMs);
    const name = `${names.service}, data_id: ${names.data}`;
    if (typeof timeoutMs !== 'number') {
      const text = `${name}: answered after ${timeText(waitedMs)}`;
      return incidents.learned(incident, { text, about: { answeredAfterMs: waitedMs } }, ms);
    }
    const lateByMs = Math.max(0, waitedMs - timeoutMs);
    const late = typeof lateAnswers === 'number' ? lateAnswers + 1 : 1;
    const text = `${name}: no answer within ${timeText(timeoutMs)}; it came ${timeText(lateByMs)} too late`;
    incidents.learned(incident, { text, about: { lateAnswers: late, lateByMs } }, ms);
  }

  /** @param asked what was asked, as far as it is known; where it has timed out, that is the trouble */
  #answered(
    entry: MessageEntry,
    asked: Pick<Asked, 'names' | 'incident'> & { readonly serviceId: number | null },
    ms: number,
  ): void {
    const { names: request, incident: coveredBy } = asked;
    const { incidents, own } = this.#scene;
    const { from, serviceId, dataId, status, names, exchange } = entry;
    const name = `${request.service}, data_id: ${request.data}`;
    if (status === STATUS_AUTH_REQUIRED) return this.#secrets.authenticationWanted(name, exchange, ms);
    const isOwn = own === from;
    const who = isOwn ? 'this side' : `the ${from}`;
    incidents.happened(
      {
        code: 'bad-status',
        key: `${from} ${serviceId} ${dataId} ${status}`,
        text: `${name}: ${who} answered "${names.status}"`,
        about: {
          service: request.service,
          data: request.data,
          serviceId: asked.serviceId,
          dataId,
          status,
          statusName: names.status,
          from,
          isOwn,
        },
        exchange,
        coveredBy,
      },
      ms,
    );
  }

  /** Time has passed. */
  timePassed(ms: number): void {
    const { own, link } = this.#scene;
    for (const asked of link.open.values()) {
      const waitedMs = ms - asked.ms;
      if (waitedMs < NEVER_ANSWERED_MS) return;
      if (asked.incident !== null || (own !== null && own !== asked.from)) continue;
      if (!this.#scene.expectsAnswer(asked)) continue;
      const { messages } = link.heard[peerOf(asked.from)];
      const name = `${asked.names.service}, data_id: ${asked.names.data}`;
      if (messages === 0 && (own === null || isAnsweredByAnyPeer(asked))) {
        asked.incident = this.#codecs.neverAnswered(asked.from, ms, name, asked.exchange);
      } else if (own === null && waitedMs >= UNANSWERED_MS) this.#unanswered(asked, name, ms);
    }
  }

  /** A request of two others has waited for too long. */
  #unanswered(asked: Asked, name: string, ms: number): void {
    const { link } = this.#scene;
    const text = `${name}: the ${peerOf(asked.from)} has not answered for ${timeText(ms - asked.ms)}`;
    const coveredBy = link.codecIncident ?? link.halfOpenIncident;
    const incident = this.#scene.unanswered(asked, { text, hasHungUp: false, coveredBy }, ms);
    asked.incident = incident;
    link.suspects.add(incident);
    link.sinceHeard.add(incident);
  }
}

/** Statuses that this side answers because of something that another trouble tells. */
const TOLD_BY_OTHERS: ReadonlySet<number> = new Set([
  STATUS_CALLBACK_ERROR,
  STATUS_AUTH_REQUIRED,
  STATUS_CHECKSUM_ERROR,
]);
