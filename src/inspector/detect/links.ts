/** Connections: that they open, do not come about, or end, and what waited on them then. */

import { SID_CHANNEL_NAME_REQUEST } from '../../protocol/ids.js';
import { isLinkReason, type LinkReason, type Reason } from '../../protocol/reasons.js';
import type { ObservedLoss } from '../../session/journal/observation.js';
import type { NoteEntry } from '../entries.js';
import { Endings } from './endings.js';
import { type Asked, peerOf, type Scene, type Side, timeText } from './scene.js';
import type { Secrets } from './secrets.js';
import type { Silence } from './silence.js';

/** A side that hangs up on its own request has given up after this time; before, it has changed its mind. */
const GIVEN_UP_MS = 1_000;

/** Watches connections. */
export class Links {
  readonly #scene: Scene;
  readonly #endings: Endings;
  /** What a session has observed of the end that the next note is about. */
  #observed: ObservedLoss | null = null;
  #failedInARow = 0;

  constructor(scene: Scene, secrets: Secrets, silence: Silence) {
    this.#scene = scene;
    this.#endings = new Endings(scene, secrets, silence);
  }

  opened(ms: number): void {
    this.#failedInARow = 0;
    this.#scene.linkOpened(ms);
  }

  /** An attempt to connect came to nothing. */
  connectFailed({ reason, text }: NoteEntry, ms: number): void {
    const { incidents } = this.#scene;
    this.#failedInARow++;
    this.#scene.noLinkIncident = incidents.happened(
      {
        code: 'connect-failed',
        text,
        about: { reason, detail: text, inARow: this.#failedInARow },
      },
      ms,
    );
  }

  /** A session has lost its link; the note about it follows. */
  observed(loss: ObservedLoss): void {
    this.#observed = loss;
  }

  /** A session's link is gone. */
  lost({ reason, text }: NoteEntry, ms: number): void {
    const observed = this.#observed;
    this.#observed = null;
    const { own } = this.#scene;
    const asker = own ?? 'client';
    const unanswered = observed?.requestsUnanswered ?? this.#waiting(asker).length;
    const queued = observed?.requestsQueued ?? 0;
    this.#ended(isLinkReason(reason) ? reason : 'link-closed', text, { unanswered, queued, by: null }, ms);
  }

  /** A proxy noted that one of its two connections failed. */
  failed(note: NoteEntry, ms: number): void {
    const { reason } = note;
    if (CONNECT_REASONS.has(reason)) return this.connectFailed(note, ms);
    const unanswered = this.#waiting('client').length + this.#waiting('server').length;
    const by = note.from ?? null;
    this.#ended(isLinkReason(reason) ? reason : 'link-closed', note.text, { unanswered, queued: 0, by }, ms);
  }

  /** A proxy noted that one of the peers hung up. */
  hungUp({ from, text }: NoteEntry, ms: number): void {
    const { link } = this.#scene;
    // the connection failed before, and its failure says more than this
    if (from === undefined || link.isOver) return;
    const other = peerOf(from);
    const waiting = this.#waiting(other);
    const heard = link.heard[from];
    const isMute = from === 'server' && heard.lastMs === null && link.heard[other].messages > 0;
    if (waiting.length > 0 || link.unfinishedBytes > 0 || isMute)
      this.#ended('peer-closed', text, { unanswered: waiting.length, queued: 0, by: from }, ms);
    const [oldest] = this.#waiting(from).filter(
      (asked) => ms - asked.ms >= GIVEN_UP_MS && asked.incident === null,
    );
    if (oldest !== undefined) this.#gaveUp(oldest, ms);
    // no answer can come any more
    link.open.clear();
  }

  #gaveUp(asked: Asked, ms: number): void {
    const { link } = this.#scene;
    const { from, names } = asked;
    const text = `${names.service}, data_id: ${names.data}: the ${from} hung up after it had waited for ${timeText(ms - asked.ms)}`;
    const coveredBy = link.codecIncident ?? link.neverAnsweredIncident ?? link.halfOpenIncident;
    this.#scene.unanswered(asked, { text, hasHungUp: true, coveredBy }, ms);
  }

  /** Requests of a side that wait for an answer and are part of no incident yet; heartbeats are not counted. */
  #waiting(side: Side): Asked[] {
    const { link } = this.#scene;
    return link.openOf(side).filter((asked) => {
      const isHeartbeat = asked.serviceId === SID_CHANNEL_NAME_REQUEST;
      return asked.incident === null && !isHeartbeat && this.#scene.expectsAnswer(asked);
    });
  }

  #ended(
    reason: LinkReason,
    text: string,
    waiting: { readonly unanswered: number; readonly queued: number; readonly by: Side | null },
    ms: number,
  ): void {
    const { link, own } = this.#scene;
    const peer = own === null ? (waiting.by ?? 'server') : peerOf(own);
    const isMute = link.heard[peer].lastMs === null;
    this.#scene.noLinkIncident = this.#endings.tell(reason, text, { ...waiting, peer, isMute }, ms);
    link.isOver = true;
    link.open.clear();
  }
}

/** Why a proxy did not reach the server. */
const CONNECT_REASONS: ReadonlySet<Reason | null> = new Set<Reason>([
  'connection-refused',
  'name-not-found',
  'host-unreachable',
  'connect-timeout',
  'connect-failed',
  'connected-to-itself',
  'tls-certificate-invalid',
  'tls-certificate-refused',
  'tls-psk-refused',
  'tls-handshake-failed',
  'tls-handshake-timeout',
  'peer-speaks-no-tls',
]);
