/**
 * A real request, message or `receive`, and what it waits for. It is no actor of its own: its moves are read off the
 * object that the session hands to the actor which holds all of them, as any inspector can.
 */

import type { AnyStateNode } from 'xstate';
import { pendingRequestMachine } from '../../../machines/index.js';
import { Bench, type Effect } from './bench.js';
import { type ModelEvent, type ModelState, textOfValue } from './model.js';
import type { World } from './variant.js';
import type { Processed } from './watcher.js';

/** What a request is, and what keeps it from being written. */
export interface Situation {
  readonly kind: 'request' | 'message' | 'receive';
  readonly obstacle: 'no connection' | 'no trust' | 'no room' | 'a ghost ahead' | 'nothing';
  /** Whether a secret is set, so that a link alone lets only the whitelist pass. */
  readonly isSecretSet: boolean;
}

/** How long a request waits in all. */
export const TIMEOUT_MS = 1_000;
/** How long a late answer may take. */
export const LATE_ANSWER_GRACE_MS = 30_000;

const SECRET = Buffer.from('a secret that only a test knows');
const ONE_ATTEMPT = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000_000 };
const [READ_REQUEST, READ_RESPONSE, OWN_SERVICE, DATA_ID] = [10, 11, 200, 7];

/** The request object as an inspector sees it. */
interface SeenRequest {
  state: { readonly name: string };
}

/** A request on its bench. */
export class PendingWorld implements World {
  readonly bench: Bench;
  readonly #situation: Situation;
  readonly #abort = new AbortController();
  #processed: Processed[] = [];
  #request: SeenRequest | null = null;
  #moves: string[] = [];
  #state = 'queued';
  #settled: string[] = [];

  private constructor(situation: Situation) {
    this.#situation = situation;
    this.bench = new Bench({
      isClient: true,
      policy: ONE_ATTEMPT,
      session: {
        autoAuth: false,
        lateAnswerGrace: LATE_ANSWER_GRACE_MS,
        ...(situation.isSecretSet ? { secret: SECRET } : {}),
      },
    });
  }

  /** A request that was just made and could not be written. */
  static async open(situation: Situation): Promise<PendingWorld> {
    const world = new PendingWorld(situation);
    const { bench } = world;
    if (situation.obstacle !== 'no connection') await bench.link();
    if (situation.obstacle === 'no room') bench.comm.shownBufferedBytes = 64 * 1024 * 1024;
    if (situation.obstacle === 'a ghost ahead') await world.#leaveGhost();
    bench.heard();
    bench.effects();
    world.#watch();
    world.#make();
    await bench.settle();
    return world;
  }

  async #leaveGhost(): Promise<void> {
    this.bench.session.read(DATA_ID, { timeout: 1 }).catch(() => {});
    await this.bench.clock.advanceAsync(1);
  }

  #make(): void {
    const { session } = this.bench;
    const { kind } = this.#situation;
    const settled = (text: string): void => void this.#settled.push(text);
    if (kind === 'request')
      session.read(DATA_ID, { timeout: TIMEOUT_MS, signal: this.#abort.signal }).then(
        (data) => settled(JSON.stringify(data)),
        (error: unknown) => settled(nameOf(error)),
      );
    else if (kind === 'message')
      session
        .send(OWN_SERVICE, DATA_ID, 'a message', 0, TIMEOUT_MS)
        .then((isSent) => settled(String(isSent)));
    else
      session
        .receive(OWN_SERVICE, DATA_ID, TIMEOUT_MS)
        .then((message) => settled(JSON.stringify(message?.data ?? null)));
  }

  // ── what a request goes through ──

  #watch(): void {
    const { watcher } = this.bench;
    watcher.onEvent = (_, event) => {
      if (event.type === 'request.made' && this.#request === null)
        this.#follow(event['request'] as SeenRequest);
    };
    watcher.onProcessed = (actorId, { event }) => {
      if (actorId === 'pendingRequests') this.#saw(event);
    };
  }

  #follow(request: SeenRequest): void {
    let { state } = request;
    this.#request = request;
    Object.defineProperty(request, 'state', {
      get: () => state,
      set: (next: SeenRequest['state']) => {
        state = next;
        this.#moves.push(next.name);
      },
    });
  }

  /** Names what a request has heard, from what the actor that holds it has processed. */
  #saw(event: ModelEvent): void {
    const moves = this.#moves;
    this.#moves = [];
    if (moves.length === 0) this.#ignored(event);
    for (const to of moves) {
      this.#processed.push({
        event: { type: typeOfMove(this.#state, to, event.type) },
        value: to,
        context: undefined,
      });
      this.#state = to;
    }
  }

  #ignored({ type, ...fields }: ModelEvent): void {
    const isToAll = type === 'link.closed' || type === 'connection.abandoned' || type === 'session.closed';
    const isToIt = type === 'request.cancelled' && fields['request'] === this.#request;
    const isHeld = nodeOf(this.#state)?.type !== 'final';
    if (isHeld && (isToAll || isToIt))
      this.#processed.push({ event: { type }, value: this.#state, context: undefined });
  }

  // ── what is done to it ──

  async perform({ type }: ModelEvent): Promise<void> {
    const { bench } = this;
    switch (type) {
      case 'request.written':
      case 'message.written':
      case 'message.refused':
        return await this.#removeObstacle();
      case 'receive.started':
        return;
      case 'peer.answered':
        return await bench.say(
          this.#situation.kind === 'request' ? READ_RESPONSE : OWN_SERVICE,
          DATA_ID,
          'answer',
        );
      case 'request.cancelled':
        this.#abort.abort();
        return await bench.settle();
      case 'link.closed':
        return await bench.unlink();
      case 'connection.abandoned':
        return await this.#abandon();
      case 'session.closed':
        await bench.session.close();
        return await bench.settle();
      default:
        throw new Error(`expected an event with a translation to reality, got ${type}`);
    }
  }

  async #removeObstacle(): Promise<void> {
    const { bench } = this;
    if (this.#state !== 'queued') return;
    switch (this.#situation.obstacle) {
      case 'no connection':
        return await bench.link();
      case 'no trust':
        void bench.session.authenticate();
        await bench.say(1, 0, '0'.repeat(64));
        return await bench.say(1, 1, true);
      case 'no room':
        bench.comm.shownBufferedBytes = null;
        bench.comm.announceDrained();
        return await bench.settle();
      case 'a ghost ahead':
        return await bench.say(READ_RESPONSE, DATA_ID, 'late');
    }
  }

  /** Only a connection that is opening can be given up. */
  async #abandon(): Promise<void> {
    const { bench } = this;
    if (this.#situation.kind === 'receive' && bench.comm.isConnected()) await bench.unlink();
    if (!bench.comm.isConnected()) bench.session.reconnect();
    bench.comm.announceFailed('connection-refused');
    await bench.settle();
  }

  // ── what is seen ──

  processed(): Processed[] {
    const processed = this.#processed;
    this.#processed = [];
    return processed;
  }

  effects(): Effect[] {
    const settled = this.#settled.map((text): Effect => ({ channel: 'settled', text }));
    this.#settled = [];
    const wire = this.bench
      .heard()
      .filter(({ serviceId }) => serviceId === READ_REQUEST || serviceId === OWN_SERVICE)
      .map(
        ({ serviceId, data }): Effect => ({ channel: 'wire', text: `${serviceId} ${JSON.stringify(data)}` }),
      );
    const others = this.bench
      .effects()
      .filter(
        ({ channel, text }) =>
          (channel === 'dropped' && text === 'late-answer' && !this.#isOfGhostAhead()) ||
          (channel === 'announced' && text === 'disconnected: answer-overdue'),
      );
    return [...settled, ...wire, ...others];
  }

  /** The answer to the ghost ahead is dropped when this request is written. */
  #isOfGhostAhead(): boolean {
    return this.#situation.obstacle === 'a ghost ahead' && this.#state !== 'answeredLate';
  }

  check({ machine }: ModelState): string[] {
    const expected = textOfValue(machine.value);
    const got = this.#request?.state.name;
    return got === expected ? [] : [`expected the request to be ${expected}, got ${got}`];
  }
}

/** The event of the machine that leads from one state to another; `hint`: what the actor that holds the request heard. */
function typeOfMove(from: string, to: string, hint: string): string {
  const types = [...(nodeOf(from)?.transitions ?? [])]
    .filter(([, [transition]]) => transition?.target?.[0]?.key === to)
    .map(([type]) => String(type));
  const isDelay = hint === 'request.delayElapsed';
  return (
    types.find((type) => type === hint) ??
    types.find((type) => type.startsWith('xstate.after.') === isDelay) ??
    `(an unknown way from ${from} to ${to})`
  );
}

function nodeOf(state: string): AnyStateNode | undefined {
  return pendingRequestMachine.root.states[state];
}

function nameOf(error: unknown): string {
  const { name, written } = error as { name?: string; written?: boolean };
  return written === undefined ? String(name) : `${name}, ${written ? '' : 'not '}written`;
}
