import type { Clock } from '../base/clock.js';
import type { CommInstance, DataCallback } from '../transport/comm-instance.js';

/** The heartbeat of a client, in milliseconds. */
export interface HeartbeatSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Clients that lost nothing at the same moment do not ask at the same moment: each waits up to a tenth longer or shorter. */
const JITTER = 0.1;
/**
 * The question waits behind what was sent before it, so the time to answer grows with that. In bytes a second, the slowest
 * link on which a file of any size does not look like silence.
 */
const SLOWEST_LINK = 32 * 1024;
/** The part of its time to answer that a peer has at the very least. */
const LEAST_SHARE = 0.75;
/** What does not count: it is on its way in no time. */
const SMALL_BYTES = 64 * 1024;

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

  constructor(comm: CommInstance, settings: HeartbeatSettings, clock: Clock, random: () => number) {
    this.#comm = comm;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#lastPayloadMs = this.#heardMs = clock.now();
  }

  /** The receiver of payloads, which remembers when one came where the transport does not. */
  noting(receive: DataCallback): DataCallback {
    if (this.#comm.lastHeardMs !== undefined) return receive;
    return (payload) => {
      this.#lastPayloadMs = this.#clock.now();
      receive(payload);
    };
  }

  /** A link opened: the silence begins. */
  linkOpened(): void {
    this.#lastPayloadMs = this.#clock.now();
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
    const bytesAhead = Math.max(0, (this.#comm.unconfirmed?.bytes ?? 0) - SMALL_BYTES);
    // asked sooner or later than others, all find out after the same time; one that comes late itself leaves the whole of it
    const leftMs = this.#heardMs + intervalMs + timeoutMs - this.#clock.now();
    const answerMs = leftMs >= LEAST_SHARE * timeoutMs ? leftMs : timeoutMs;
    return answerMs + (bytesAhead / SLOWEST_LINK) * 1_000;
  }

  /** Whether something came during the present wait. */
  get wasHeard(): boolean {
    return this.#lastHeardMs !== this.#heardMs;
  }

  get #lastHeardMs(): number {
    return this.#comm.lastHeardMs ?? this.#lastPayloadMs;
  }
}
