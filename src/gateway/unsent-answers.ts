import type { Clock } from '../base/clock.js';
import type { Bus } from '../bus/bus.js';
import { BusError } from '../protocol/errors.js';

/** How many bytes may wait: as many as those of requests that a bus on NATS holds. */
const MAX_BYTES = 64 * 1024 * 1024;

/** An answer that waits for the bus. */
interface UnsentAnswer {
  readonly send: () => void;
  /** When nobody waits for it any more. */
  readonly dueMs: number;
  readonly byteLength: number;
}

/** Answers that were ready while the bus was away: they leave when it is back, if somebody still waits for them. */
export class UnsentAnswers {
  /** Answers that nobody got: the bus was away for too long, or is closed. */
  lost = 0;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #most: number;
  #waiting: UnsentAnswer[] = [];
  #waitingBytes = 0;
  #isClosed = false;
  readonly #unlisten: () => void;

  /** @param most how many may wait */
  constructor(bus: Bus, clock: Clock, most: number) {
    this.#bus = bus;
    this.#clock = clock;
    this.#most = most;
    this.#unlisten = bus.onState((state) => {
      if (state === 'up') this.#sendAll();
    });
  }

  /**
   * Sends an answer, or keeps it until the bus is back.
   *
   * @param send publishes it
   * @param dueMs when nobody waits for it any more
   * @param byteLength how long it is
   * @throws what `send` throws for any other reason than that of the bus
   */
  send(send: () => void, dueMs: number, byteLength: number): void {
    try {
      send();
    } catch (error) {
      const reason = error instanceof BusError ? error.reason : null;
      if (reason === 'bus-away' && this.#hasRoomFor(byteLength)) {
        this.#waiting.push({ send, dueMs, byteLength });
        this.#waitingBytes += byteLength;
      } else if (reason === 'bus-away' || reason === 'bus-closed') this.lost++;
      else throw error;
    }
  }

  #hasRoomFor(byteLength: number): boolean {
    if (this.#isClosed) return false;
    return this.#waiting.length < this.#most && this.#waitingBytes + byteLength <= MAX_BYTES;
  }

  /** Those that still wait are lost, and none waits any more. */
  close(): void {
    this.#isClosed = true;
    this.#unlisten();
    this.lost += this.#take().length;
  }

  #sendAll(): void {
    for (const answer of this.#take()) {
      if (this.#clock.now() >= answer.dueMs || this.#bus.state === 'closed') this.lost++;
      else this.#sendAgain(answer);
    }
  }

  #take(): UnsentAnswer[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting;
  }

  /** The server that is there now may take less than the one before. */
  #sendAgain({ send, dueMs, byteLength }: UnsentAnswer): void {
    try {
      this.send(send, dueMs, byteLength);
    } catch {
      this.lost++;
    }
  }
}
