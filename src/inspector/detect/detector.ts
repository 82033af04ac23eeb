/**
 * Finds trouble in what is seen of one session or connection. It waits for nothing and keeps no timers: it is fed, and
 * answers with what it found.
 *
 * It knows what a session observes, and needs none of it: the traffic of a proxy and recordings have messages, drops and
 * notes alone. Two laws hold. What is healthy makes no trouble: a program that closes or drains its session, cancels a
 * request, or hangs up when it has what it wanted. And each trouble is told once, by the cause that explains most: what
 * follows from it is covered by it.
 */

import { LINK_REASONS } from '../../protocol/reasons.js';
import type { Observation } from '../../session/journal/observation.js';
import type { ObservedRefusal } from '../../session/journal/refusal-door.js';
import type { InspectorEntry, NoteEntry } from '../entries.js';
import type { TroubleCode } from '../troubles.js';
import { Codecs } from './codecs.js';
import { Drops } from './drops.js';
import type { Trouble } from './incidents.js';
import { Links } from './links.js';
import { Refusals } from './refusals.js';
import { Requests } from './requests.js';
import { Scene } from './scene.js';
import { Secrets } from './secrets.js';
import { Silence } from './silence.js';

export type { Trouble } from './incidents.js';

/** Looks for trouble in one group. */
export interface Detector {
  /**
   * An entry of the group was added: of a message, a drop, a note or a session; of any other kind says nothing.
   *
   * @returns the troubles that it shows; of those of one incident, the last counts
   */
  took(entry: InspectorEntry & { readonly ms: number }): readonly Trouble[];
  /**
   * A session of this process observed something; comes before the entry for it, if there is one.
   *
   * @param ms when, as in entries
   * @param own which side this is
   */
  observed(observation: Observation, ms: number, own: 'client' | 'server'): readonly Trouble[];
  /**
   * Time has passed: to be called about once a second.
   *
   * @param ms the time, as in entries
   */
  passed(ms: number): readonly Trouble[];
  /**
   * This process stood still: what came meanwhile is read now, before anything counts as missing.
   *
   * @param ms the time, as in entries
   */
  stoodStill(ms: number): void;
  /**
   * A server refused a peer that has no session.
   *
   * @param listener where the server listens
   * @param ms when, as in entries
   */
  refused(refusal: ObservedRefusal, listener: string, ms: number): readonly Trouble[];
  /**
   * What is still untold because it happened too often in a second; of a group that is over, that is all there is.
   *
   * @param ms the time, as in entries; infinite: nothing more comes
   */
  untold(ms: number): readonly Trouble[];
}

/** How often entries by themselves make time pass: those of a recording come with the time that they have. */
const TIME_PASSES_MS = 500;

/** Makes the detector of a group. */
export function detectorOf(): Detector {
  return new SceneDetector();
}

class SceneDetector implements Detector {
  readonly #scene = new Scene();
  readonly #codecs = new Codecs(this.#scene);
  readonly #secrets = new Secrets(this.#scene, this.#codecs);
  readonly #requests = new Requests(this.#scene, this.#codecs, this.#secrets);
  readonly #silence = new Silence(this.#scene);
  readonly #links = new Links(this.#scene, this.#secrets, this.#silence);
  readonly #drops = new Drops(this.#scene, this.#codecs, this.#secrets);
  readonly #refusals = new Refusals(this.#scene.incidents);
  #lookedMs = 0;

  took(entry: InspectorEntry & { readonly ms: number }): readonly Trouble[] {
    const { ms } = entry;
    switch (entry.kind) {
      case 'session':
        this.#scene.own = entry.role;
        this.#codecs.reads(entry.codec);
        break;
      case 'message':
        this.#look(ms);
        this.#heard(entry.from, ms).messages++;
        this.#scene.understood.add(entry.from);
        this.#codecs.reads(entry.codec);
        this.#secrets.passed(entry, ms);
        this.#requests.passed(entry, ms);
        break;
      case 'drop':
        this.#look(ms);
        if (
          entry.from !== null &&
          entry.from !== this.#scene.own &&
          entry.hiddenBytes + (entry.hex?.length ?? 0) > 0
        )
          this.#heard(entry.from, ms);
        this.#drops.dropped(entry, ms);
        break;
      case 'note':
        this.#noted(entry, ms);
        break;
      default:
        return [];
    }
    return this.#scene.incidents.take(ms);
  }

  observed(observation: Observation, ms: number, own: 'client' | 'server'): readonly Trouble[] {
    this.#scene.own = own;
    if (observation.type === 'timed-out') this.#requests.timedOut(observation, own, ms);
    else if (observation.type === 'link-lost') this.#links.observed(observation);
    else return [];
    return this.#scene.incidents.take(ms);
  }

  passed(ms: number): readonly Trouble[] {
    this.#look(ms);
    return this.#scene.incidents.take(ms);
  }

  refused(refusal: ObservedRefusal, listener: string, ms: number): readonly Trouble[] {
    this.#refusals.refused(refusal, listener, ms);
    return this.#scene.incidents.take(ms);
  }

  untold(ms: number): readonly Trouble[] {
    return this.#scene.incidents.take(ms);
  }

  stoodStill(ms: number): void {
    this.#lookedMs = ms;
  }

  #look(ms: number): void {
    if (ms - this.#lookedMs < TIME_PASSES_MS) return;
    this.#lookedMs = ms;
    this.#requests.timePassed(ms);
    this.#silence.timePassed(ms);
  }

  #heard(from: 'client' | 'server', ms: number): { messages: number } {
    const { link, own } = this.#scene;
    const heard = link.heard[from];
    heard.lastMs = ms;
    if (from !== own) link.sinceHeard.clear();
    return heard;
  }

  #noted(entry: NoteEntry, ms: number): void {
    const { incidents } = this.#scene;
    const { code, reason, text } = entry;
    const tell = (trouble: TroubleCode, key = '', coveredBy: number | null = null): void =>
      void incidents.happened({ code: trouble, key, text, about: { reason, detail: text }, coveredBy }, ms);
    switch (code) {
      case 'connected':
        return this.#links.opened(ms);
      case 'trusted':
        this.#scene.link.isTrusted = true;
        this.#scene.link.secretIncident = null;
        return;
      case 'disconnected':
        return this.#links.lost(entry, ms);
      case 'connect-failed':
        return this.#links.connectFailed(entry, ms);
      case 'connection-failed':
        return this.#links.failed(entry, ms);
      case 'hung-up':
        return this.#links.hungUp(entry, ms);
      case 'authentication-failed':
        return this.#secrets.failed(entry, ms);
      case 'authentication-impossible':
        return tell('authentication-impossible', '', this.#scene.noLinkIncident);
      case 'message-not-sent':
        if (reason !== 'session-closed') tell('message-not-sent', reason ?? '', this.#whyNotSent(entry));
        return;
      case 'callback-failed':
      case 'session-failed':
      case 'cut-at-the-end':
      case 'name-overwritten':
        return tell(code);
      case 'failure':
        return tell('recorded-failure');
      default:
    }
  }

  #whyNotSent({ reason }: NoteEntry): number | null {
    const { link, noLinkIncident } = this.#scene;
    if (reason === 'not-trusted' || reason === 'wrong-secret') return link.secretIncident;
    const isAboutLink =
      reason === 'not-connected' || (reason !== null && Object.hasOwn(LINK_REASONS, reason));
    return isAboutLink ? noLinkIncident : null;
  }
}
