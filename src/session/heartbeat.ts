import type { Clock } from '../base/clock.js';
import type { CommInstance } from '../transport/comm-instance.js';

/** The heartbeat of a client, in milliseconds. */
export interface HeartbeatSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Clients that lost nothing at the same moment do not ask at the same moment: each waits up to a tenth longer or shorter. */
const JITTER = 0.1;
/** The part of its time to answer that a peer has at the very least. */
const LEAST_SHARE = 0.75;
/** How much a new round trip counts in the smoothed one, as with TCP. */
const NEWEST_SHARE = 1 / 8;

/** How long the peer took to answer the heartbeat, in milliseconds. */
export interface RoundTrip {
  readonly lastMs: number;
  /** Over about the last eight. */
  readonly smoothedMs: number;
}

/** What the heartbeat machine has looked up: whether anything comes in. */
export class Heartbeat {
  readonly #comm: CommInstance;
  readonly #settings: HeartbeatSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** When the last payload came, for a transport that does not know better. */
  #lastPayloadMs: number;
  /** When the line was last heard, as of the beginning of the present wait. */
  #heardMs: number;
  /** When the peer was asked for the sign of life that has not come yet. */
  #askedMs: number | null = null;
  /** Null until the first sign of life that was asked for; most links are never silent for so long. */
  roundTrip: RoundTrip | null = null;

  constructor(comm: CommInstance, settings: HeartbeatSettings, clock: Clock, random: () => number) {
    this.#comm = comm;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#lastPayloadMs = this.#heardMs = clock.now();
  }

  /** Whether the transport knows when something came; if not, `heard` is to be called for each payload. */
  get isToldByTransport(): boolean {
    return this.#comm.lastHeardMs !== undefined;
  }

  /** A payload came. */
  heard(): void {
    this.#lastPayloadMs = this.#clock.now();
  }

  /** A link opened: the silence begins. */
  linkOpened(): void {
    this.#lastPayloadMs = this.#clock.now();
    this.#askedMs = null;
  }

  /** The answer to a question came, perhaps to that of the heartbeat. */
  answered(): void {
    if (this.#askedMs === null) return;
    const lastMs = Math.max(0, this.#lastHeardMs - this.#askedMs);
    this.#askedMs = null;
    const before = this.roundTrip?.smoothedMs ?? lastMs;
    this.roundTrip = { lastMs, smoothedMs: before + NEWEST_SHARE * (lastMs - before) };
  }

  /** How long the peer may still be silent, from now. */
  restOfSilenceMs(): number {
    this.#heardMs = this.#lastHeardMs;
    const silenceMs = this.#settings.intervalMs * (1 + JITTER * (2 * this.#random() - 1));
    return Math.max(0, this.#heardMs + silenceMs - this.#clock.now());
  }

  /** How long the peer may take to answer. */
  answerTimeMs(): number {
    this.#heardMs = this.#lastHeardMs;
    const { intervalMs, timeoutMs } = this.#settings;
    // asked sooner or later than others, all find out after the same time; one that comes late itself leaves the whole of it
    const nowMs = this.#clock.now();
    this.#askedMs = nowMs;
    const leftMs = this.#heardMs + intervalMs + timeoutMs - nowMs;
    const answerMs = leftMs >= LEAST_SHARE * timeoutMs ? leftMs : timeoutMs;
    // the question waits behind what was sent before it
    return answerMs + Math.max(0, (this.#comm.arrivedByMs ?? 0) - nowMs);
  }

  /** Whether something came during the present wait. */
  get wasHeard(): boolean {
    return this.#lastHeardMs !== this.#heardMs;
  }

  get #lastHeardMs(): number {
    return this.#comm.lastHeardMs ?? this.#lastPayloadMs;
  }
}
