/** Connections that look alive, and on which nobody is there. */

import { SID_CHANNEL_NAME_REQUEST } from '../../protocol/ids.js';
import { peerOf, type Scene, type Side, timeText } from './scene.js';

/** When an observer takes a sign of life, which any peer gives at once, for missing. */
const SIGN_OF_LIFE_MS = 8_000;

/** Watches for silence. */
export class Silence {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Nothing came for long, not even what any peer says when it is asked. */
  halfOpen(peer: Side, ms: number): number {
    const { incidents, link, own } = this.#scene;
    const asker = peerOf(peer);
    const { lastMs } = link.heard[peer];
    const heardMs = lastMs ?? link.openedMs;
    const open = link.openOf(asker).filter((asked) => asked.ms >= heardMs);
    const heartbeats = open.filter(({ serviceId }) => serviceId === SID_CHANNEL_NAME_REQUEST).length;
    const silentMs = Math.round(ms - heardMs);
    const number = incidents.happened(
      {
        code: 'half-open',
        key: peer,
        text: `nothing has come from the ${peer} for ${timeText(silentMs)}, not even an answer to a heartbeat`,
        about: {
          peer,
          silentMs,
          unansweredHeartbeats: heartbeats,
          unansweredRequests: open.length - heartbeats,
          isBetween: own === null,
          hasEverAnswered: lastMs !== null,
        },
        coveredBy: lastMs === null ? link.neverAnsweredIncident : null,
      },
      ms,
    );
    link.halfOpenIncident = number;
    incidents.cover(link.sinceHeard, number);
    return number;
  }

  /** Time has passed: an observer has no heartbeat of its own, and looks for missing answers to those of others. */
  timePassed(ms: number): void {
    const { own, link } = this.#scene;
    if (own !== null || link.halfOpenIncident !== null || link.open.size === 0) return;
    // the answer may be among the frames that cannot be read
    if (link.codecIncident !== null) return;
    for (const side of ['client', 'server'] as const) {
      const { lastMs, messages } = link.heard[side];
      if (lastMs === null || messages === 0) continue;
      const missing = link
        .openOf(peerOf(side))
        .some(
          (asked) =>
            asked.serviceId === SID_CHANNEL_NAME_REQUEST &&
            asked.ms >= lastMs &&
            ms - asked.ms >= SIGN_OF_LIFE_MS,
        );
      if (missing) this.halfOpen(side, ms);
    }
  }
}
