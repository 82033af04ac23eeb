/** A real request, message or `receive`, and what it waits for: an actor, since the bench inspects its session. */

import type { ReconnectPolicy } from '../../../src/index.js';
import { Bench, type Effect, nameOfError } from './bench.js';
import { type ModelEvent, type ModelState, textOfValue } from './model.js';
import type { World } from './variant.js';
import type { Processed } from './watcher.js';

/** What a request is, and what keeps it from being written. */
export interface Situation {
  readonly kind: 'request' | 'message' | 'receive';
  readonly obstacle: 'no connection' | 'no trust' | 'a refusal' | 'no room' | 'a ghost ahead' | 'nothing';
  /** Whether a secret is set, so that a link alone lets only the whitelist pass. */
  readonly isSecretSet: boolean;
  /** Whether the session authenticates on each link by itself, and opens another after one was lost. */
  readonly comesBack?: true;
  /** Whether the session opens another link after one was lost, until an attempt fails. */
  readonly mayComeBack?: true;
  /** How long a handshake may take that begins by itself. */
  readonly authenticationTimeoutMs?: number;
  /** Whether it may pass before there is trust. */
  readonly isWhitelisted?: true;
}

/** How long a request waits in all. */
export const TIMEOUT_MS = 1_000;
const AUTHENTICATION_TIMEOUT_MS = 2_000;
/** How long a late answer may take. */
export const LATE_ANSWER_GRACE_MS = 30_000;

const SECRET = Buffer.from('a secret that only a test knows');
const ONE_ATTEMPT = { delayMs: () => 100, maxAttempts: 1, reopens: false, connectTimeoutMs: 1_000_000 };
const MAY_COME_BACK = { ...ONE_ATTEMPT, reopens: true };
const COMES_BACK = { ...ONE_ATTEMPT, maxAttempts: 10, reopens: true, refusalDelayMs: null };
/** What the actor of a request, a message or a `receive` is called. */
const REQUEST_ACTOR = /^(?:request|message|receive) \d+: /;
const [READ_REQUEST, READ_RESPONSE, OWN_SERVICE, DATA_ID] = [10, 11, 200, 7];
const WHITELISTED_DID = 90;

function policyOf({ comesBack, mayComeBack }: Situation): ReconnectPolicy {
  if (comesBack) return COMES_BACK;
  return mayComeBack ? MAY_COME_BACK : ONE_ATTEMPT;
}

/** A request on its bench. */
export class PendingWorld implements World {
  readonly bench: Bench;
  readonly #situation: Situation;
  readonly #abort = new AbortController();
  /** The id of its actor. */
  #actorId: string | null = null;
  #state = 'queued';
  #settled: string[] = [];

  private constructor(situation: Situation) {
    this.#situation = situation;
    this.bench = new Bench({
      isClient: true,
      policy: policyOf(situation),
      session: {
        autoAuth: situation.comesBack === true,
        authenticationTimeout: situation.authenticationTimeoutMs,
        lateAnswerGrace: LATE_ANSWER_GRACE_MS,
        ...(situation.isSecretSet ? { secret: SECRET } : {}),
      },
    });
    this.bench.session.addMsgToAuthWhitelist(READ_REQUEST, WHITELISTED_DID);
  }

  /** A request that was just made and could not be written. */
  static async open(situation: Situation): Promise<PendingWorld> {
    const world = new PendingWorld(situation);
    const { bench } = world;
    if (situation.obstacle !== 'no connection') await bench.link();
    if (situation.obstacle === 'no room') bench.fill();
    if (situation.obstacle === 'a ghost ahead') await world.#leaveGhost();
    if (situation.obstacle === 'a refusal') await world.#judge(false);
    bench.heard();
    bench.effects();
    world.#watch();
    world.#make();
    await bench.settle();
    return world;
  }

  get #dataId(): number {
    return this.#situation.isWhitelisted ? WHITELISTED_DID : DATA_ID;
  }

  async #leaveGhost(): Promise<void> {
    this.bench.read(DATA_ID, 1).catch(() => {});
    await this.bench.clock.advanceAsync(1);
  }

  /** The peer says whether the key is right that the session sends for its seed. */
  async #judge(isRight: boolean): Promise<void> {
    await this.bench.say(1, 0, '0'.repeat(64));
    await this.bench.say(1, 1, isRight);
  }

  #make(): void {
    const { bench } = this;
    const { kind } = this.#situation;
    const settled = (text: string): void => void this.#settled.push(text);
    if (kind === 'request')
      bench.read(this.#dataId, TIMEOUT_MS, this.#abort.signal).then(
        (data) => settled(JSON.stringify(data)),
        (error: unknown) => settled(nameOfError(error)),
      );
    else if (kind === 'message')
      bench.send(OWN_SERVICE, DATA_ID, 'a message', TIMEOUT_MS).then((isSent) => settled(String(isSent)));
    else
      bench
        .receive(OWN_SERVICE, DATA_ID, TIMEOUT_MS)
        .then((message) => settled(JSON.stringify(message?.data ?? null)));
  }

  /** The next actor of a request is the one that is to be watched. */
  #watch(): void {
    const { watcher } = this.bench;
    watcher.onActor = (actorId) => {
      if (REQUEST_ACTOR.test(actorId)) this.#actorId ??= actorId;
    };
    watcher.onProcessed = (actorId, { value }) => {
      if (actorId === this.#actorId) this.#state = value;
    };
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
          this.#dataId,
          'answer',
        );
      case 'request.cancelled':
        this.#abort.abort();
        return await bench.settle();
      case 'link.closed':
        return await bench.unlink();
      case 'authentication.refused':
        return await this.#judge(false);
      case 'connection.abandoned':
        return await this.#abandon();
      case 'session.closed':
        return await bench.closeSession();
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
        void bench.authenticate(AUTHENTICATION_TIMEOUT_MS);
        return await this.#judge(true);
      case 'no room':
        return await bench.drain();
      case 'a ghost ahead':
        return await bench.say(READ_RESPONSE, DATA_ID, 'late');
    }
  }

  /** Only a connection that is opening can be given up. */
  async #abandon(): Promise<void> {
    const { bench } = this;
    if (this.#situation.kind === 'receive' && bench.comm.isConnected()) await bench.unlink();
    if (!bench.comm.isConnected()) await bench.reconnect();
    await bench.fail('connection-refused');
  }

  // ── what is seen ──

  processed(): Processed[] {
    if (this.#actorId === null) return [];
    return this.bench.watcher
      .processed(this.#actorId)
      .map(({ event, value }) => ({ event: { type: event.type }, value, context: undefined }));
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
    const got = this.#state;
    return got === expected ? [] : [`expected the request to be ${expected}, got ${got}`];
  }
}
