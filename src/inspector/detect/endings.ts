/** What the end of a connection means: nothing, a loss, a limit, or that it comes again and again. */

import { type LinkReason, textOfReason } from '../../protocol/reasons.js';
import type { TroubleCode } from '../troubles.js';
import { countText, type Scene, type Side, timeText } from './scene.js';
import type { Secrets } from './secrets.js';
import type { Silence } from './silence.js';

/** How long it counts as "again" that a connection ended. */
const AGAIN_MS = 60_000;
/** So many ends by the peer in that time are trouble, also where each one looks like a farewell. */
const HANG_UPS = 3;
/** And so many where the peer hung up before it had said anything. */
const MUTE_HANG_UPS = 2;
/** How links end, by what it means; all others are a loss. */
const ENDS: Readonly<Partial<Record<LinkReason, 'wanted' | 'by-peer' | 'told' | TroubleCode>>> = {
  'session-closed': 'wanted',
  'reconnect-requested': 'wanted',
  'peer-closed': 'by-peer',
  'link-closed': 'by-peer',
  'key-refused': 'told',
  'handshake-missed': 'told',
  'too-many-wrong-keys': 'told',
  'peer-silent': 'half-open',
  'slow-consumer': 'peer-does-not-read',
  'output-stalled': 'peer-does-not-read',
  'frame-too-long': 'limit-exceeded',
  'too-many-bad-frames': 'limit-exceeded',
  'too-much-noise': 'limit-exceeded',
  'frame-timeout': 'limit-exceeded',
  'too-many-seed-requests': 'limit-exceeded',
  'too-many-untrusted': 'limit-exceeded',
  'too-many-untrusted-messages': 'limit-exceeded',
  'too-many-guesses': 'limit-exceeded',
  'peer-speaks-tls': 'other-protocol',
  'peer-speaks-http': 'other-protocol',
  'peer-speaks-ssh': 'other-protocol',
};

/** How a connection ended: what was open, and which side is the peer. */
export interface Ending {
  readonly unanswered: number;
  readonly queued: number;
  readonly peer: Side;
  /** Whether the peer had said nothing. */
  readonly isMute: boolean;
}

/** The end of a connection, to count them by. */
interface End {
  readonly ms: number;
  readonly isMute: boolean;
  /** The incident that told of it; null: none did. */
  readonly incident: number | null;
}

/** Tells what ends mean. */
export class Endings {
  readonly #scene: Scene;
  readonly #secrets: Secrets;
  readonly #silence: Silence;
  #resets: End[] = [];
  #hangUps: End[] = [];

  constructor(scene: Scene, secrets: Secrets, silence: Silence) {
    this.#scene = scene;
    this.#secrets = secrets;
    this.#silence = silence;
  }

  /**
   * A connection has ended.
   *
   * @returns the incident that says so; null: it is no trouble
   */
  tell(reason: LinkReason, text: string, how: Ending, ms: number): number | null {
    const { link } = this.#scene;
    const end = ENDS[reason];
    switch (end) {
      case 'wanted':
        return null;
      case 'told':
        return link.secretIncident ?? link.neverAnsweredIncident ?? link.codecIncident;
      case 'by-peer':
        return this.#hungUpByPeer(reason, text, how, ms);
      case 'half-open':
        return this.#silence.halfOpen(how.peer, ms);
      case undefined:
        break;
      default:
        return this.#broken(end, reason, text, how, ms);
    }
    if (reason === 'handshake-timeout') {
      this.#secrets.tooSlow(ms);
      return link.secretIncident;
    }
    const lost = this.#loss(reason, text, how, null, ms);
    return reason === 'connection-reset'
      ? this.#again('reset-again', { ms, isMute: how.isMute, incident: lost })
      : lost;
  }

  #hungUpByPeer(reason: LinkReason, text: string, how: Ending, ms: number): number | null {
    const { link, own } = this.#scene;
    const isInTheMiddle =
      own !== 'server' && link.hasAskedForSeed && !link.isTrusted && link.secretIncident === null;
    const isMuteServer = how.isMute && own !== 'server';
    const isTrouble = how.unanswered > 0 || link.unfinishedBytes > 0 || isInTheMiddle || isMuteServer;
    const lost = isTrouble
      ? this.#loss(reason, text, how, link.secretIncident ?? link.codecIncident, ms)
      : null;
    // a client may come and go as it likes
    if (own !== 'client' || link.secretIncident !== null) return lost ?? link.secretIncident;
    return this.#again('hangs-up-again', { ms, isMute: isMuteServer, incident: lost });
  }

  #loss(reason: LinkReason, text: string, how: Ending, coveredBy: number | null, ms: number): number {
    const { incidents, link, own } = this.#scene;
    const { unanswered, queued, peer, isMute } = how;
    const waited = unanswered === 0 ? '' : `, and ${countText(unanswered, 'request')} had no answer yet`;
    return incidents.happened(
      {
        code: 'link-lost',
        key: reason,
        text: `${textOfReason(reason)}${waited}`,
        about: {
          reason,
          detail: text,
          peer,
          isBetween: own === null,
          requestsWaiting: unanswered,
          requestsQueued: queued,
          wasClosedByUs: false,
          openMs: Math.round(ms - link.openedMs),
          unfinishedBytes: link.unfinishedBytes,
          isMute,
          wasAuthenticating: link.hasAskedForSeed && !link.isTrusted,
        },
        coveredBy,
      },
      ms,
    );
  }

  /** Whether that happens again and again, which is more telling than each by itself. */
  #again(code: 'reset-again' | 'hangs-up-again', end: End): number | null {
    const { incidents } = this.#scene;
    const { ms } = end;
    const before = code === 'reset-again' ? this.#resets : this.#hangUps;
    const ends = [...before, end].filter((each) => ms - each.ms <= AGAIN_MS);
    if (code === 'reset-again') this.#resets = ends;
    else this.#hangUps = ends;
    const isAgain =
      code === 'reset-again'
        ? ends.length >= 2
        : ends.length >= HANG_UPS || ends.filter(({ isMute }) => isMute).length >= MUTE_HANG_UPS;
    if (!isAgain) return end.incident;
    const withinMs = Math.round(ms - (ends[0] as End).ms);
    const mute = ends.filter(({ isMute }) => isMute).length;
    const what = code === 'reset-again' ? 'the connection was reset' : 'the peer hung up';
    const number = incidents.happened(
      {
        code,
        text: `${what} ${ends.length} times in ${timeText(withinMs)}`,
        about: { times: ends.length, withinMs, mute },
      },
      ms,
    );
    incidents.cover(
      ends.flatMap(({ incident }) => incident ?? []),
      number,
    );
    return number;
  }

  #broken(
    code: TroubleCode,
    reason: LinkReason,
    text: string,
    how: { readonly unanswered: number; readonly peer: Side },
    ms: number,
  ): number {
    const { incidents, link, own } = this.#scene;
    const coveredBy = reason === 'too-much-noise' ? link.noiseIncident : link.codecIncident;
    return incidents.happened(
      {
        code,
        key: code === 'other-protocol' ? '' : reason,
        text: textOfReason(reason),
        about: { reason, detail: text, peer: how.peer, requestsWaiting: how.unanswered, own },
        coveredBy: code === 'limit-exceeded' ? coveredBy : null,
      },
      ms,
    );
  }
}
