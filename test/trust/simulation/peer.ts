/** One peer of a world: a session with callbacks on everything, watched from outside. */

import type { Drop, DropReason, Role } from '../../../src/index.js';
import { DECODING_DROPS, type DecodingDropReason } from '../../../src/protocol/reasons.js';

import type { PendingRequests } from '../../../src/session/asking/pending-requests.js';
import { entriesOf } from '../../../src/session/flight/read-entries.js';
import { withInternals } from '../../../src/session/internals.js';
import type { PendingCounts } from '../../../src/session/sending/output.js';
import type { Session } from '../../../src/session/session.js';
import type { Wiring } from '../../../src/session/wiring.js';
import type { AuthenticationInput } from '../../support/authentication-inputs.js';
import { answerAll } from './callbacks.js';
import { cellIndex, inputOf } from './cells.js';
import { CountedClock } from './counted-clock.js';
import { FORGING_FAULTS } from './faults.js';
import { Leaks } from './leaks.js';
import {
  openSession,
  type Tap,
  TappedAccepted,
  TappedClient,
  TappedStream,
  type TappedTransport,
} from './participant.js';
import type { Party } from './party.js';
import { sessionOptions } from './session-options.js';
import { Side } from './side.js';
import type { SimulatedSocket } from './socket.js';
import { openedStream, SimulatedStream } from './stream.js';
import type { World } from './world.js';

/** What may wait in a transport: the largest that it may hold, and the answers that were being made meanwhile. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** How long a closed session may still have a timer. */
const MAX_LINGER_MS = 5_000;
/** What only happens to bytes that nobody sent like that. */
const STREAM_DROPS: ReadonlySet<DropReason> = new Set([
  'wrong-protocol',
  'noise',
  'restarted',
  'broken-escape',
  ...(Object.keys(DECODING_DROPS) as DecodingDropReason[]),
]);
const RESPONSE_SIDS: ReadonlySet<number> = new Set([11, 21, 31, 101, 111]);

/** A session and everything that is known about it. */
export class Peer implements Tap {
  readonly world: World;
  readonly role: Role;
  readonly name: string;
  /** The program that it is a part of. */
  readonly party: Party;
  readonly clock: CountedClock;
  readonly session: Session;
  readonly wiring: Wiring;
  readonly transport: TappedTransport;
  readonly leaks: Leaks;
  readonly pending: PendingRequests;
  side: Side | null = null;
  /** How many `receive`s wait: they, and nothing else, outlive a connection. */
  receives = 0;
  running = 0;
  wasConnectedSinceHealing = false;
  /** What a program calls once, it has called. */
  hasReconnected = false;
  hasAuthenticated = false;
  /** Whether its key was refused, and it does not try again by itself. */
  isRefusedForGood = false;
  readonly secret: string | null;
  #closedAtMs: number | null = null;
  #stateBefore = 0;

  /** @param socket of an accepted connection; null: it is a client, with this secret */
  constructor(
    world: World,
    role: Role,
    name: string,
    party: Party,
    socket: SimulatedSocket | null,
    secret: string | null,
  ) {
    const { random } = world;
    this.world = world;
    this.role = role;
    this.name = name;
    this.leaks = new Leaks(world, name);
    this.party = party;
    this.clock = new CountedClock(party.clock);
    this.secret = secret;
    this.transport = this.#transportOf(socket);
    this.transport.tap = this;
    if (socket !== null) this.side = new Side(role, secret, world, () => this.sleptMs());
    const opened = openSession(
      this.transport,
      withInternals(sessionOptions(world, this.clock, secret, this.leaks), {
        endsWithItsLink: role === 'server',
        randomBytes: (length) => random.bytes(length),
      }),
    );
    this.session = opened.session;
    this.wiring = opened.wiring;
    const { holder } = this.wiring.asking;
    if (holder === null) throw new Error('the session has no holder of pending requests');
    this.pending = holder;
    world.requests.register(opened.wiring.asking, this);
    this.session.on('dropped', (drop) => this.#dropped(drop));
    // somebody hears of them, so that the process need not be warned
    this.session.on('callbackError', () => {});
    this.session.on('abandoned', (reason) => {
      if (reason === 'key-refused') this.isRefusedForGood = true;
    });
    this.session.on('connected', () => {
      this.isRefusedForGood = false;
    });
    answerAll(this);
  }

  #transportOf(socket: SimulatedSocket | null): TappedTransport {
    const { world, clock, party } = this;
    const { isOverStreams, refusedDelayMs } = world.config;
    if (socket !== null)
      return new TappedAccepted(isOverStreams ? new SimulatedStream(socket) : socket.asSocket(), clock);
    const random = (): number => world.random.fraction();
    const connect = (): SimulatedSocket => world.network.connect(party);
    return isOverStreams
      ? new TappedStream(clock, random, refusedDelayMs, () => openedStream(connect()))
      : new TappedClient(clock, random, refusedDelayMs, () => connect().asSocket());
  }

  // ── what passes ──

  opened(): void {
    this.side = new Side(this.role, this.secret, this.world, () => this.sleptMs());
    this.wasConnectedSinceHealing = true;
    this.world.note('opened', 0);
  }

  sent(payload: Buffer): void {
    const seen = this.side?.sent(payload);
    this.world.note(`${this.role} sends`, payload.length);
    if (seen == null) return;
    this.world.tell(
      () => `${this.name} → ${seen.serviceId}/${seen.dataId} status ${seen.status} tag ${seen.tag}`,
    );
    this.world.overhear(payload, seen.serviceId, seen.dataId);
    // the states of a client in which it waits are short: whoever wants to meet them speaks up now
    if (seen.serviceId === 0 && this.world.config.isHostile && this.world.random.chance(0.4))
      this.world.forge(false);
    if (seen.tag !== null && seen.tag > 0 && !RESPONSE_SIDS.has(seen.serviceId))
      this.world.requests.leaves(seen.tag);
  }

  received(payload: Buffer): void {
    const { side } = this;
    if (this.world.isStaleReplay)
      this.world.violate('I6', `${this.name} believes bytes of a connection that is gone`);
    if (side === null) return this.world.violate('I6', `${this.name} got a frame without a connection`);
    const limit = side.isTrusted ? this.wiring.settings.trusted : this.wiring.settings.untrusted;
    if (payload.length > limit.maxFrameLength) {
      this.world.violate('I10', `${this.name} got a frame of ${payload.length} bytes`);
    }
    const seen = side.received(payload);
    this.world.tell(
      () => `${this.name} ← ${seen?.serviceId}/${seen?.dataId} good ${seen?.isGood} tag ${seen?.tag}`,
    );
    const input = inputOf(
      seen,
      () => this.world.codec.decode(payload).data,
      (key) => typeof key === 'string' && this.world.allKeys.has(key),
      () => seen !== null && this.pending.firstInLine(seen.serviceId, seen.dataId) !== null,
    );
    if (input !== null) this.#countCell(input, this.session.authenticationState);
    if (
      this.world.config.isHostile &&
      seen !== null &&
      seen.serviceId <= 1 &&
      this.world.random.chance(0.3)
    ) {
      this.world.forge(this.role === 'server');
    }
  }

  closing(): void {
    this.#stateBefore = this.session.authenticationState;
    this.#countCell('disconnect', this.#stateBefore);
  }

  closed(): void {
    this.world.note('closed', this.#stateBefore);
    this.side = null;
  }

  #countCell(input: AuthenticationInput, state: number): void {
    const { cells } = this.world.tally;
    if (this.secret !== null)
      cells[cellIndex(this.role, state, input)] = (cells[cellIndex(this.role, state, input)] ?? 0) + 1;
  }

  // ── what must hold ──

  /** The invariants that can be seen at any time; they must be cheap, because they are checked after every step. */
  check(): void {
    const { wiring, world, side } = this;
    if (wiring.actor.getSnapshot().status === 'error')
      world.violate('I15', `${this.name}: its actor has failed`);
    if (wiring.gate.passage === 'everything' && side?.isTrusted !== true) {
      world.violate('I4', `${this.name} trusts a peer that has proven nothing`);
    }
    if (this.session.isClosed) this.#checkTimers();
    // not by the holder: that of a session that is over knows it no more
    const { counts } = wiring.asking;
    const { maxPendingRequests, bufferLimits } = wiring.settings;
    if (wiring.gate.passage === 'nothing') this.#checkDisconnected(counts);
    if (counts.queued + counts.inLine > maxPendingRequests)
      world.violate('I10', `${this.name}: pending requests`);
    if (wiring.buffer.size > bufferLimits.messages) world.violate('I10', `${this.name}: receive buffer`);
    if (this.transport.bufferedBytes > MAX_OUTPUT_BYTES) world.violate('I10', `${this.name}: output`);
  }

  /** I13: a session that is closed has no timer; one whose socket lingers has it until that is gone. */
  #checkTimers(): void {
    const { world, name, clock, party } = this;
    // time in which its program was awake
    const awakeMs = world.nowMs() - this.sleptMs();
    this.#closedAtMs ??= awakeMs;
    const lingersMs = awakeMs - this.#closedAtMs;
    if (clock.timers > 0 && lingersMs > MAX_LINGER_MS && !party.isFrozen)
      world.violate('I13', `${name}: ${clock.timers} timers are left of a closed session`);
  }

  /** I6: nothing outlives a connection. */
  #checkDisconnected({ inLine }: PendingCounts): void {
    const { world, name } = this;
    if (inLine > this.receives) world.violate('I6', `${name}: ${inLine} requests outlive their connection`);
    if (this.wiring.authenticationState !== 0) world.violate('I6', `${name} is trusted without a connection`);
  }

  /** How many callbacks may run now (I10). */
  checkRunning(): void {
    const { trusted, untrusted } = this.wiring.settings;
    const isTrusted = this.wiring.gate.passage === 'everything';
    // those that wait for the peer themselves come on top, and one for each second in which nothing moved
    const { queued, inLine, ghosts } = this.wiring.asking.counts;
    const most =
      trusted.maxRunningCallbacks + queued + inLine - ghosts + Math.floor(this.world.nowMs() / 1_000);
    const limit = isTrusted ? most : untrusted.maxRunningCallbacks;
    if (this.running > Math.max(limit, 1))
      this.world.violate('I10', `${this.name}: ${this.running} callbacks run`);
  }

  /** I6, I11: where nobody forges bytes, every byte belongs to a frame of this connection, and every frame is good. */
  #dropped({ reason, detail }: Drop): void {
    const { isHostile, faults } = this.world.config;
    if (isHostile || faults.some((fault) => FORGING_FAULTS.has(fault)) || !STREAM_DROPS.has(reason)) return;
    this.world.violate('I6', `${this.name} drops what its peer sent (${reason}): ${detail}`);
  }

  /** I12: what the peer calls itself is no way into a log. */
  checkClosed(): void {
    const { channelName } = this.session;
    if (channelName !== this.wiring.settings.channelName && /\p{Cc}/u.test(channelName ?? '')) {
      this.world.violate('I12', `${this.name} has control characters in its name`);
    }
    this.leaks.look(this.session);
    this.#checkFlight();
    const actor = this.wiring.actor.getSnapshot();
    for (const child of Object.values(actor.children)) {
      if (child?.getSnapshot().status === 'error')
        this.world.violate('I15', `${this.name}: ${child.id} has failed`);
    }
  }

  /** I17: the flight recorder is bounded and in order, and keeps nothing of an authentication but its verdict. */
  #checkFlight(): void {
    const { world, name } = this;
    const { journal, settings } = this.wiring;
    // the entries alone: the rest of a record is the same for all, and would take a sixteenth of the time of a world
    const entries = journal.flight === null ? [] : entriesOf(journal.flight, journal.vocabulary);
    if (entries.length > settings.flightEntries) world.violate('I17', `${name}: too many entries`);
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const entry of entries) {
      if (entry.ms < lastMs) world.violate('I17', `${name}: entries out of order`);
      lastMs = entry.ms;
      if (
        entry.kind === 'message' &&
        entry.serviceId <= 1 &&
        entry.data !== null &&
        typeof entry.data !== 'boolean'
      )
        world.violate('I17', `${name}: the recorder keeps what an authentication says`);
    }
  }

  /** How long its program has slept, or the machine that it runs on. */
  sleptMs(): number {
    return this.world.slept + this.party.frozenMs;
  }

  heal(): void {
    this.wasConnectedSinceHealing = this.session.isConnected();
  }
}
