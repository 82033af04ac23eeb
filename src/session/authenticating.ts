/** What `authenticate()` does and waits for: the verdict of a handshake that runs, or of one on the next connection. */

import { AUTH_STATE_TRUSTED_CONNECTION, AUTH_STATE_UNTRUSTED_CONNECTION } from '../protocol/ids.js';
import { AUTHENTICATION_STATE_NUMBERS, authenticationStateOf } from '../protocol/role.js';
import type { SessionActor } from './actors.js';
import type { Asking } from './asking/asking.js';
import { TrustVerdicts } from './handshake/trust-verdicts.js';
import type { Journal } from './journal/journal.js';
import type { Link } from './link.js';
import type { SessionSettings } from './options.js';
import type { Gate } from './sending/gate.js';
import type { SessionHandle } from './session-handle.js';

/** What authenticating works with. */
export interface AuthenticatingParts {
  readonly settings: SessionSettings;
  readonly journal: Journal;
  readonly gate: Gate;
  readonly link: Link;
  readonly asking: Pick<Asking, 'isAbandoned'>;
  readonly handle: SessionHandle;
  readonly actor: SessionActor;
}

/** One of the `AUTH_STATE_…` numbers. */
export function authenticationStateIn(actor: SessionActor): number {
  const child = actor.getSnapshot().children.authentication;
  return AUTHENTICATION_STATE_NUMBERS[authenticationStateOf(child?.getSnapshot().value)];
}

/** The calls of `authenticate()` of one session. */
export class Authenticating {
  readonly #parts: AuthenticatingParts;
  readonly #verdicts: TrustVerdicts;

  constructor(parts: AuthenticatingParts) {
    this.#parts = parts;
    this.#verdicts = new TrustVerdicts(parts.settings.clock);
  }

  /** Resolves with whether the peer is trusted, at the latest when the time-out is over. */
  authenticate(timeoutMs: number): Promise<boolean> {
    const { actor, gate, handle } = this.#parts;
    const state = authenticationStateIn(actor);
    if (state === AUTH_STATE_TRUSTED_CONNECTION && gate.isAnswering) return Promise.resolve(true);
    // no handshake can be done without waiting, and one that is given up costs a seed
    if (timeoutMs === 0) return Promise.resolve(false);
    const obstacle = this.#obstacle();
    if (obstacle !== null) {
      this.#noteImpossible(obstacle);
      return Promise.resolve(false);
    }
    if (!gate.isLinked) return this.#onNextLink(timeoutMs);
    // one that runs already has a time-out of its own, which may be longer
    const isRunning = state !== AUTH_STATE_UNTRUSTED_CONNECTION;
    const decided = this.#verdicts.next(isRunning ? timeoutMs : null);
    handle.send({ type: 'session.authenticate', timeoutMs });
    return decided;
  }

  #obstacle(): string | null {
    const { actor, asking, gate, handle, journal, settings } = this.#parts;
    if (handle.isClosed) return 'the session is closed';
    if (journal.role === 'server') return 'a server waits for its client to authenticate';
    if (settings.secret === null) return 'no secret is set';
    if (gate.isLinked && !gate.isAnswering) return 'the peer has ended its stream';
    if (actor.getSnapshot().matches('refused')) return 'the peer has refused the key';
    return asking.isAbandoned
      ? 'there is no connection, and none is made before reconnect() is called'
      : null;
  }

  #noteImpossible(why: string): void {
    this.#parts.journal.note('authentication-impossible', null, why);
  }

  /** Begins as soon as there is a link; an attempt may be due sooner for it. */
  #onNextLink(timeoutMs: number): Promise<boolean> {
    const { handle, link, settings } = this.#parts;
    const decided = this.#verdicts.onNextLink(timeoutMs, () =>
      this.#noteImpossible(`no connection within ${timeoutMs} ms`),
    );
    if (link.isDueSooner(settings.clock.now() + timeoutMs)) handle.send({ type: 'requests.waiting' });
    return decided;
  }

  /** When the time of the first who waits for a link is over; Infinity if nobody waits. */
  get firstDeadlineMs(): number {
    return this.#verdicts.firstDeadlineMs;
  }

  /** There is a link: begins the handshake that callers have been waiting for. It may take as long as the last of them waits. */
  linkOpened(): void {
    const { handle, settings } = this.#parts;
    const timeoutMs = this.#verdicts.linkOpened();
    // with autoAuth the machine begins by itself, and has the order of the messages right
    if (timeoutMs === 0 || settings.isAutoAuthOn) return;
    handle.send({ type: 'session.authenticate', timeoutMs });
  }

  /** Passes a verdict on; false also means that there will be none. */
  settle(isTrusted: boolean): void {
    this.#verdicts.settle(isTrusted);
  }
}
