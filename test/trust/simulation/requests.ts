/** The requests of a world: what was asked, what became of it, and the invariants about that (I1, I2, I3, I8, I11, I16). */

import { getEventListeners } from 'node:events';
import type { Message } from '../../../src/index.js';
import type { Asking } from '../../../src/session/asking/asking.js';
import type { PendingRequest } from '../../../src/session/asking/pending-request.js';
import type { Peer } from './peer.js';
import type { SettleListener } from './probe.js';
import type { World } from './world.js';

/** Time that a settling may take beyond the time-out: B4. */
const LATENESS_MS = 1_000;

interface Asked {
  /** What its data say; they are not kept once it is written. */
  readonly tag: number | null;
  readonly createdMs: number;
  readonly sleptMs: number;
  settles: number;
}

/** Keeps the books of all requests. */
export class Requests implements SettleListener {
  readonly #world: World;
  readonly #asked = new Map<PendingRequest, Asked>();
  readonly #peers = new Map<Asking, Peer>();
  /** Tags that were handed to the transport, that a callback ran for, and that the user was told were never sent. */
  readonly #sent = new Set<number>();
  readonly #ran = new Set<number>();
  readonly #notSent = new Set<number>();
  readonly signals: AbortSignal[] = [];
  /** When the ghost of a request must be gone at the latest. */
  readonly #ghosts = new Map<Peer, number[]>();

  constructor(world: World) {
    this.#world = world;
  }

  register(asking: Asking, peer: Peer): void {
    this.#peers.set(asking, peer);
  }

  added(asking: Asking, request: PendingRequest): void {
    const peer = this.#peers.get(asking);
    if (peer === undefined) return;
    const tag = tagOf(request);
    this.#asked.set(request, { tag, createdMs: this.#world.nowMs(), sleptMs: peer.sleptMs(), settles: 0 });
  }

  settled(asking: Asking, request: PendingRequest, how: string, args: readonly unknown[]): void {
    const asked = this.#asked.get(request);
    const peer = this.#peers.get(asking);
    if (asked === undefined || peer === undefined) return;
    const world = this.#world;
    const { tag } = asked;
    world.note(how, tag ?? 0);
    world.tally.settled++;
    if (++asked.settles > 1) world.violate('I1', `request ${tag} is settled twice, now: ${how}`);
    const lateMs = world.nowMs() - asked.createdMs - request.timeoutMs - (peer.sleptMs() - asked.sleptMs);
    if (lateMs > LATENESS_MS) world.violate('I16', `request ${tag} settled ${lateMs} ms late`);
    if (how === 'answered') this.#answered(peer, request, tag, args[0] as Message);
    if (how === 'connectionLost' || how === 'timedOut') this.#failed(request, tag, how, args);
    if ((how === 'timedOut' || how === 'cancelled') && request.line !== null) this.#ghostBegins(peer);
  }

  #answered(peer: Peer, request: PendingRequest, tag: number | null, answer: Message): void {
    const world = this.#world;
    const got = (answer.data as { t?: unknown } | null)?.t;
    const isEcho = tag !== null && answer.status === 0;
    if (isEcho && typeof got === 'number' && got !== tag) {
      world.violate('I2', `request ${tag} got the answer to ${got}`);
    }
    const current = peer.side?.current ?? null;
    if (request.kind === 'request' && (current === null || !current.isGood)) {
      world.violate('I11', `request ${tag} was settled by a frame that is no message`);
    }
  }

  #failed(request: PendingRequest, tag: number | null, how: string, args: readonly unknown[]): void {
    if (tag === null || request.kind !== 'request') return;
    const isWritten = how === 'connectionLost' ? args[0] === true : request.line !== null;
    const wasSent = this.#sent.has(tag);
    if (isWritten !== wasSent) {
      const claim = isWritten ? 'written' : 'not sent';
      this.#world.violate(
        'I3',
        `request ${tag} is said to be ${claim}, and was ${wasSent ? '' : 'not '}handed over`,
      );
    }
    if (isWritten) return;
    this.#notSent.add(tag);
    if (this.#ran.has(tag)) this.#world.violate('I3', `request ${tag} is said to be not sent, and ran`);
  }

  /** A request leaves (I8: once). */
  leaves(tag: number): void {
    if (this.#sent.has(tag)) this.#world.violate('I8', `request ${tag} is written twice`);
    this.#sent.add(tag);
  }

  /** A callback runs for a request (I3: not for one whose user was told that it was never sent). */
  runs(tag: number): void {
    this.#ran.add(tag);
    if (this.#notSent.has(tag)) this.#world.violate('I3', `request ${tag} was said to be not sent, and runs`);
  }

  #ghostBegins(peer: Peer): void {
    const untilMs = this.#world.nowMs() + peer.wiring.settings.lateAnswerGraceMs;
    const ghosts = this.#ghosts.get(peer);
    if (ghosts === undefined) this.#ghosts.set(peer, [untilMs]);
    else ghosts.push(untilMs);
  }

  /** I16: a line that is not trusted any more ends with its connection, and does not stay. */
  checkGhosts(peer: Peer): void {
    const now = this.#world.nowMs();
    const young = (this.#ghosts.get(peer) ?? []).filter((untilMs) => untilMs + LATENESS_MS >= now).length;
    const { ghosts } = peer.wiring.asking.counts;
    if (ghosts > young)
      this.#world.violate('I16', `${peer.name}: ${ghosts - young} ghosts outlive their grace`);
  }

  /** I1, I13: each was settled, and nothing listens to a signal any more. */
  checkEnd(): void {
    for (const { tag, settles } of this.#asked.values()) {
      if (settles !== 1) this.#world.violate('I1', `request ${tag} was settled ${settles} times`);
    }
    for (const signal of this.signals) {
      const listeners = getEventListeners(signal, 'abort').length;
      if (listeners > 0) this.#world.violate('I13', `${listeners} listeners are left on a signal`);
    }
  }
}

function tagOf({ message }: PendingRequest): number | null {
  const tag = (message?.data as { t?: unknown } | null | undefined)?.t;
  return typeof tag === 'number' ? tag : null;
}
