/** What must be seen of a session, line by line. */

import { VirtualClock } from '../../support/virtual-clock.js';

/** Where something is seen: by the peer, by the user, by the transport, or in the log. */
export type Channel = 'wire' | 'announced' | 'dropped' | 'settled' | 'transport' | 'logged';

/** One thing that is seen, and its moment. */
export interface Line {
  readonly atMs: number;
  readonly channel: Channel;
  readonly text: string;
}

/** The lines so far, and the time in which they are written. */
export class Book {
  readonly clock = new VirtualClock();
  readonly lines: Line[] = [];

  /** The peer gets a message. */
  sent(serviceId: number, dataId: number, data: unknown = null, status = 0): void {
    this.#write('wire', JSON.stringify([serviceId, dataId, status, data]));
  }

  /** The user of the session gets an event. */
  announced(text: string): void {
    this.#write('announced', text);
  }

  dropped(reason: string): void {
    this.#write('dropped', reason);
  }

  /** What the user waits for by this number has come. */
  settled(number: number, text: string): void {
    this.#write('settled', `${number}: ${text}`);
  }

  /** The log gets a warning. */
  warned(text: string): void {
    this.#write('logged', text);
  }

  /** The transport is asked for something. */
  asked(text: string): void {
    this.#write('transport', text);
  }

  #write(channel: Channel, text: string): void {
    this.lines.push({ atMs: this.clock.now(), channel, text });
  }
}

/** A timer of which there is at most one. */
export class Timer {
  readonly #clock: VirtualClock;
  #timer: unknown = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  start(delayMs: number, elapsed: () => void): void {
    this.stop();
    this.#timer = this.#clock.setTimeout(elapsed, delayMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
